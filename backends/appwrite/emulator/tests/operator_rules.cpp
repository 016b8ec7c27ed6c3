#include <string>

#include <emulator/tests/server.hpp>

#include "support/catch.hpp"

namespace operator_rules_tests {

using namespace reel::emulator;

struct Store : Server {
  Store() {
    add("integer", "n", {{"max", 10}});
    add("integer", "wide");
    add("float", "f");
    add("string", "s", {{"size", 9}});
    add("boolean", "b");
    add("datetime", "d");
    add("string", "list", {{"size", 9}, {"array", true}});
    add("integer", "numbers", {{"array", true}});
    create("a", {{"n", 9}, {"f", 2.5}, {"s", "text"}, {"list", {"x", "y"}}});
  }
  Json change(const char* key, Json with) { return call("PATCH", a, {{"data", {{key, std::move(with)}}}}); }
  /// The message about an operator, without the common prefix.
  std::string refusal(const char* key, const Json& with) {
    const std::string start = "Invalid document structure: ";
    const Json answer = change(key, with);
    CHECK(answer.value("type", "") == "document_invalid_structure");
    const std::string message = answer.value("message", "");
    return message.starts_with(start) ? message.substr(start.size()) : "?" + message;
  }

  std::string a = c + "/documents/a";
};

TEST_CASE("the message about an operator names the attribute it does not fit") {
  Store server;
  CHECK(server.refusal("s", op("increment", {1})) == "Cannot apply increment operator to non-numeric field 's'");
  CHECK(server.refusal("n", op("stringConcat", {"x"})) == "Cannot apply stringConcat operator to non-string field 'n'");
  CHECK(server.refusal("list", op("stringConcat", {"x"})) ==
        "Cannot apply stringConcat operator to non-string field 'list'");
  CHECK(server.refusal("n", op("stringReplace", {"x", "y"})) ==
        "Cannot apply stringReplace operator to non-string field 'n'");
  CHECK(server.refusal("n", op("toggle")) == "Cannot apply toggle operator to non-boolean field 'n'");
  CHECK(server.refusal("s", op("arrayAppend", {"x"})) == "Cannot apply arrayAppend operator to non-array field 's'");
  CHECK(server.refusal("s", op("arrayUnique")) == "Cannot apply arrayUnique operator to non-array field 's'");
  CHECK(server.refusal("s", op("arrayDiff", {"x"})) == "Cannot use arrayDiff operator on non-array attribute 's'");
  CHECK(server.refusal("s", op("dateSetNow")) == "Cannot apply dateSetNow operator to non-datetime field 's'");
}

TEST_CASE("the message about an operator names the values it needs") {
  Store server;
  const auto number = [&](const char* method, Json values) { return server.refusal("n", op(method, values)); };
  CHECK(number("increment", {"x"}) == "Cannot apply increment operator: value must be numeric, got string");
  CHECK(number("increment", Json::array()) == "Cannot apply increment operator: value must be numeric, got NULL");
  CHECK(number("divide", {0}) == "Cannot apply divide operator: division by zero");
  CHECK(number("modulo", {0}) == "Cannot apply modulo operator: modulo by zero");
  CHECK(number("power", {2, "x"}) == "Cannot apply power operator: max/min limit must be numeric, got string");
  CHECK(server.refusal("s", op("stringConcat", {5})) == "Cannot apply stringConcat operator: requires a string value");
  CHECK(server.refusal("s", op("stringReplace", {"x"})) ==
        "Cannot apply stringReplace operator: requires exactly 2 string values (search and replace)");
  CHECK(server.refusal("d", op("dateAddDays", {1.5})) ==
        "Cannot apply dateAddDays operator: requires an integer number of days");
  const auto list = [&](const char* method, Json values) { return server.refusal("list", op(method, values)); };
  CHECK(list("arrayInsert", {0}) == "Cannot apply arrayInsert operator: requires exactly 2 values (index and value)");
  CHECK(list("arrayInsert", {-1, "z"}) == "Cannot apply arrayInsert operator: index must be a non-negative integer");
  CHECK(list("arrayInsert", {3, "z"}) ==
        "Cannot apply arrayInsert operator: index 3 is out of bounds for array of length 2");
  CHECK(list("arrayRemove", Json::array()) == "Cannot apply arrayRemove operator: requires a value to remove");
  CHECK(list("arrayIntersect", Json::array()) == "arrayIntersect operator requires a non-empty array value");
  CHECK(list("arrayFilter", {1}) == "Cannot apply arrayFilter operator: condition must be a string");
  CHECK(list("arrayFilter", {"between", 1}) ==
        "Invalid array filter condition 'between'. Must be one of: equal, notEqual, greaterThan, greaterThanEqual, "
        "lessThan, lessThanEqual, isNull, isNotNull");
}

TEST_CASE("results of operators are limited by 32 bits and the string size, not by min and max") {
  Store server;
  CHECK(server.change("n", op("increment", {2})).at("n") == 11);
  CHECK(server.refusal("n", op("increment", {2147483647})) ==
        "Cannot apply increment operator: would overflow maximum value of 2147483647");
  CHECK(server.refusal("n", op("multiply", {-2147483647})) ==
        "Cannot apply multiply operator: would underflow minimum value of -2147483648");
  CHECK(server.refusal("s", op("stringConcat", {" and so on"})) ==
        "Cannot apply stringConcat operator: result would exceed maximum length of 9 characters");
  CHECK(server.outcome("PATCH", server.a, {{"data", {{"numbers", op("increment", {1})}}}}) == "500 general_unknown");
}

TEST_CASE("a bound of an operator also applies to the stored value") {
  Store server;
  CHECK(server.change("n", op("increment", {-4, 8})).at("n") == 8);
  CHECK(server.change("n", op("decrement", {-4, 9})).at("n") == 9);
  CHECK(server.change("n", op("modulo", {5, 1})).at("n") == 4);
  CHECK(server.change("n", op("multiply", {3, 10})).at("n") == 10);
  CHECK(server.change("n", op("divide", {5, 3})).at("n") == 3);
  CHECK(server.change("f", op("power", {3, 10})).at("f") == 10);
  CHECK(server.change("f", 0.5).at("f") == 0.5);
  CHECK(server.change("f", op("power", {3, 10})).at("f") == 0.5);
}

TEST_CASE("operators treat null as 0 or as an empty string or list, except for replacing and inserting") {
  Store server;
  server.create("empty", {{"n", 1}});
  const auto after = [&](const char* key, Json with) {
    return server.call("PATCH", server.c + "/documents/empty", {{"data", {{key, with}}}}).at(key);
  };
  CHECK(after("list", op("arrayInsert", {0, "x"})).empty());
  CHECK(after("s", op("stringReplace", {"x", "y"})).is_null());
  CHECK(after("list", op("arrayAppend", {"x"})) == Json{"x"});
  CHECK(after("f", op("decrement", {0.5})) == -0.5);
  CHECK(after("s", op("stringConcat", {"x"})) == "x");
  CHECK(after("b", op("toggle")) == true);
  CHECK(after("d", op("dateAddDays", {1})).is_null());
  CHECK(after("d", op("dateSetNow")).get<std::string>().ends_with(".000+00:00"));
}

TEST_CASE("only the first value is removed from a list") {
  Store server;
  CHECK(server.change("list", op("arrayRemove", {"x", "y"})).at("list") == Json{"y"});
  CHECK(server.change("list", op("arrayDiff", {"x", "y"})).at("list").empty());
}

TEST_CASE("operators in bulk updates are not checked against stored values") {
  Store server;
  const auto change = [&](const char* key, Json with) {
    return server.call("PATCH", server.c + "/documents", {{"data", {{key, with}}}});
  };
  CHECK(change("s", op("increment", {1})).at("message") ==
        "Invalid document structure: Cannot apply increment operator to non-numeric field 's'");
  CHECK(change("wide", op("increment", {5'000'000'000})).at("documents").at(0).at("wide") == 5'000'000'000);
}

}  // namespace operator_rules_tests
