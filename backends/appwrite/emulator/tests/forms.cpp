#include <emulator/http/form.hpp>
#include <emulator/http/multipart.hpp>

#include "support/catch.hpp"

namespace forms_tests {

using namespace reel::emulator;

TEST_CASE("names of form fields nest as in PHP") {
  CHECK(parse_form("a=1&b=x+y%21") == Json{{"a", "1"}, {"b", "x y!"}});
  CHECK(parse_form("a=1&a=2") == Json{{"a", "2"}});
  CHECK(parse_form("q[]=x&q[]=y") == Json{{"q", {"x", "y"}}});
  CHECK(parse_form("q[0]=x&q[1]=y") == Json{{"q", {"x", "y"}}});
  CHECK(parse_form("q[5]=x&q[]=y") == Json{{"q", {{"5", "x"}, {"6", "y"}}}});
  CHECK(parse_form("q[a][b]=x") == Json{{"q", {{"a", {{"b", "x"}}}}}});
  CHECK(parse_form("q=1&q[]=x") == Json{{"q", Json::array({"x"})}});
  CHECK(parse_form("a.b=1&c d=2") == Json{{"a_b", "1"}, {"c_d", "2"}});
  CHECK(parse_form("a[=1") == Json{{"a_", "1"}});
  CHECK(parse_form("=1&&a") == Json{{"a", ""}});
  CHECK(parse_form("").empty());
}

TEST_CASE("fields that nest too deep are dropped") {
  const auto nested = [](std::size_t levels) {
    std::string name = "a";
    for (std::size_t i = 0; i < levels; ++i) name += "[]";
    return parse_form(name + "=1&b=2");
  };
  CHECK(nested(64).size() == 2);
  CHECK(nested(65) == Json{{"b", "2"}});
  CHECK(nested(1'000'000) == Json{{"b", "2"}});
}

const std::string type = "multipart/form-data; boundary=XX";

std::string part(const std::string& disposition, const std::string& content) {
  return "--XX\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n";
}

std::string name_of(const std::string& filename) {
  const std::string body = part("name=\"file\"; filename=\"" + filename + "\"", "x") + "--XX--\r\n";
  const auto form = parse_multipart(type, body);
  return form && form->files.size() == 1 ? form->files[0].name : "?";
}

TEST_CASE("fields and files of a multipart body are separated") {
  const std::string body = part("name=\"a\"", "1") + part("name=\"p[]\"", "x") + part("name=\"p[]\"", "y") +
                           part("name=\"file\"; filename=\"f.txt\"", "line\r\n--X") + part("name=\"e\"", "") +
                           "--XX--\r\n";
  const auto form = parse_multipart(type, body);
  REQUIRE(form);
  CHECK(form->fields == Json{{"a", "1"}, {"p", {"x", "y"}}, {"e", ""}});
  REQUIRE(form->files.size() == 1);
  CHECK(form->files[0].field == "file");
  CHECK(form->files[0].name == "f.txt");
  CHECK(form->files[0].content == "line\r\n--X");
}

TEST_CASE("a file name is cut and decoded like a cookie") {
  CHECK(name_of("a b.txt") == "a b.txt");
  CHECK(name_of("semi;colon.txt") == "semi");
  CHECK(name_of("per%20cent.txt") == "per cent.txt");
  CHECK(name_of("plus+.txt") == "plus+.txt");
  CHECK(name_of("back\\\"quote.txt") == "back\\\"quote.txt");
  CHECK(name_of("../../etc/passwd") == "../../etc/passwd");
  CHECK(name_of("").empty());
}

TEST_CASE("a damaged multipart body is rejected") {
  CHECK_FALSE(parse_multipart("multipart/form-data", part("name=\"a\"", "1") + "--XX--"));
  CHECK_FALSE(parse_multipart(type, "no boundary"));
  CHECK_FALSE(parse_multipart(type, part("name=\"a\"", "1")));
  CHECK_FALSE(parse_multipart(type, "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n"));
  CHECK(parse_multipart("multipart/form-data; boundary=\"XX\"", "\r\n" + part("name=\"a\"", "1") + "--XX--"));
}

}  // namespace forms_tests
