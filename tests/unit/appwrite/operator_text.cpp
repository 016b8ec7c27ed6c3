#include "support/catch.hpp"

#include <reel/backends/appwrite/answer_json.hpp>
#include <reel/backends/appwrite/operator_text.hpp>

namespace operator_text_tests {

using namespace reel;
using appwrite::Json;
using appwrite::looks_like_operator;

TEST_CASE("every string that a server may execute is recognised as an operator") {
  for (const char* text : {R"({"method":"increment","values":[5]})", R"( {"values":[],"method":"toggle"})",
                           "\n{\"method\":\"x\"}", R"({"\u006dethod":"dateSetNow"})",
                           R"({"method":"nothing that is known"})", R"({"method":1,"method":"increment"})"})
    CHECK(looks_like_operator(std::string(text)));
}

TEST_CASE("other strings are not recognised as operators") {
  for (const char* text : {"", " ", "{", "plain", "[1]", R"(["method"])", R"({"method":5})", R"({"m":"increment"})",
                           R"({"method":"increment")", R"(x{"method":"increment"})", R"("method")"})
    CHECK_FALSE(looks_like_operator(std::string(text)));
  CHECK_FALSE(looks_like_operator(driver::Value{}));
  CHECK_FALSE(looks_like_operator(driver::Value{driver::List{driver::Value{R"({"method":"increment"})"}}}));
}

TEST_CASE("a string that looks like an operator is stored by replacing the whole old string") {
  const std::string wanted = R"({"method":"increment","values":[5]})";
  const Json replacing = Json::parse(appwrite::operator_that_stores(wanted, driver::Value{"old \"text\""}).str());
  CHECK(replacing == Json{{"method", "stringReplace"}, {"values", {"old \"text\"", wanted}}});
  for (const driver::Value& nothing : {driver::Value{}, driver::Value{""}}) {
    const Json appending = Json::parse(appwrite::operator_that_stores(wanted, nothing).str());
    CHECK(appending == Json{{"method", "stringConcat"}, {"values", Json::array({wanted})}});
  }
}

}  // namespace operator_text_tests
