#include <reel/backends/appwrite/env_file.hpp>

#include "support/catch.hpp"

namespace {

using reel::appwrite::parse_env;
using Settings = std::map<std::string, std::string>;

std::string refusal(std::string_view text) {
  try {
    static_cast<void>(parse_env(text, ".env"));
  } catch (const reel::Error& error) {
    CHECK(error.code() == reel::Errc::invalid);
    return error.reason();
  }
  return "";
}

TEST_CASE("spaces, export and line ends of any kind are taken", "[appwrite]") {
  CHECK(parse_env("\xEF\xBB\xBF"
                  "A=1\r\nB_2 = two words  \r\n\n\t export C=3\nexport\tD=4\nE=",
                  ".env") == Settings{{"A", "1"}, {"B_2", "two words"}, {"C", "3"}, {"D", "4"}, {"E", ""}});
  CHECK(parse_env("", ".env").empty());
  CHECK(parse_env("A=1\nA=2", ".env") == Settings{{"A", "2"}});
  CHECK(parse_env("exported=1", ".env") == Settings{{"exported", "1"}});
}

TEST_CASE("a comment is a line, or follows a space", "[appwrite]") {
  CHECK(parse_env("# A=0\n  # more\nA=1 # one\nB=a#b\nC=#\nD='x' # quoted\nE=\"#\"", ".env") ==
        Settings{{"A", "1"}, {"B", "a#b"}, {"C", ""}, {"D", "x"}, {"E", "#"}});
}

TEST_CASE("quotes keep spaces, and escapes inside them mean what they usually mean", "[appwrite]") {
  CHECK(parse_env(R"(A="  a \"b\" \\ \n|"
B='  a "b" \n it\'s \\|'
C="line one
# line two"
D=after)",
                  ".env") ==
        Settings{
            {"A", "  a \"b\" \\ \n|"}, {"B", R"(  a "b" \n it's \|)"}, {"C", "line one\n# line two"}, {"D", "after"}});
  CHECK(parse_env(R"(A=a"b"
B=''
C="$HOME")",
                  ".env") == Settings{{"A", "a\"b\""}, {"B", ""}, {"C", "$HOME"}});
}

TEST_CASE("a line that is no setting is named by its number, and not shown", "[appwrite]") {
  CHECK(refusal("A=1\nsecret\n") == ".env:2: there is no '=': write NAME=value");
  CHECK(refusal("A=1\n\n1A=secret") == ".env:3: what stands before '=' is no name: write NAME=value");
  CHECK(refusal("=secret") == ".env:1: what stands before '=' is no name: write NAME=value");
  CHECK(refusal("A=1\nB=\"secret\nC=3") == ".env:2: a quote is opened and never closed");
  CHECK(refusal("A='x' secret") == ".env:1: something follows the closing quote");
}

TEST_CASE("a file that is not there has no settings", "[appwrite]") {
  CHECK(reel::appwrite::read_env_file("there-is-no-such.env").empty());
}

}  // namespace
