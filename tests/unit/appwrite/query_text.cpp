#include <string>

#include <reel/backends/appwrite/query_text.hpp>

#include "support/catch.hpp"

namespace query_text_tests {

namespace driver = reel::driver;
using namespace reel::appwrite;

TEST_CASE("a query is an object of attribute, method and values") {
  CHECK(query_of("isNull", "note") == R"({"attribute":"note","method":"isNull"})");
  CHECK(query_of("equal", "title", {"a \"b\"\n", driver::Value{}}) ==
        R"({"attribute":"title","method":"equal","values":["a \"b\"\n",null]})");
  CHECK(query_of("select", {}, {"$id"}) == R"({"method":"select","values":["$id"]})");
  CHECK(id_query("a1") == R"({"attribute":"$id","method":"equal","values":["a1"]})");
  CHECK(limit_query(25) == R"({"method":"limit","values":[25]})");
}

TEST_CASE("a floating-point operand is written as one, even if it is a whole number") {
  CHECK(query_of("equal", "score", {10.0, 0.5, 1e300, std::int64_t{10}}) ==
        R"({"attribute":"score","method":"equal","values":[10.0,0.5,1e+300,10]})");
}

TEST_CASE("a group contains its queries as objects") {
  CHECK(grouped("and", {limit_query(1), id_query("a")}) ==
        R"({"method":"and","values":[{"method":"limit","values":[1]},)"
        R"({"attribute":"$id","method":"equal","values":["a"]}]})");
}

}  // namespace query_text_tests
