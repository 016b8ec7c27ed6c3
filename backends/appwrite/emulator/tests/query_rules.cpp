#include <string>

#include <emulator/tests/server.hpp>

#include "support/catch.hpp"

namespace query_rules_tests {

using namespace reel::emulator;

Json query(const char* method, const char* attribute, Json values = Json::array()) {
  return {{"method", method}, {"attribute", attribute}, {"values", std::move(values)}};
}
Json bare(const char* method, Json values) { return {{"method", method}, {"values", std::move(values)}}; }

struct Numbers : Server {
  Numbers() {
    add("integer", "n");
    add("string", "s", {{"size", 9}});
    create("a", {{"n", 1}, {"s", "x"}});
    create("b", {{"n", 2}});
    create("c", {{"n", 3}});
  }
  std::string problem(const Json& query) { return message("GET", c + "/documents", nullptr, queries({query})); }
};

TEST_CASE("the parts of `or` and `and` are checked before the group") {
  Numbers server;
  const Json good = query("equal", "n", {1});
  const std::string only = "Invalid query: Or queries can only contain filter queries";
  CHECK(server.problem(bare("or", {good, bare("limit", {1})})) == only);
  CHECK(server.problem(bare("or", {good, query("orderAsc", "n")})) == only);
  CHECK(server.problem(bare("or", {good, bare("select", {"n"})})) == only);
  CHECK(server.problem(bare("or", {good, bare("limit", {0})})) ==
        "Invalid query: Invalid limit: Value must be a valid range between 1 and 9,223,372,036,854,775,807");
  CHECK(server.problem(bare("or", {good, query("orderAsc", "no")})) ==
        "Invalid query: Attribute not found in schema: no");
  CHECK(server.problem(bare("and", {good, bare("or", Json::array({good}))})) ==
        "Invalid query: Or queries require at least two queries");
  CHECK(server.ids({bare("or", {good, bare("and", {query("greaterThan", "n", {1}), query("isNull", "s")})})}) ==
        std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("ids are found without case, in the order of the rows, with other filters and as other strings") {
  Numbers server;
  using Ids = std::vector<std::string>;
  CHECK(server.ids({query("equal", "$id", {"C", "a", "none"})}) == Ids{"a", "c"});
  CHECK(server.ids({query("equal", "$id", {"a", "b"}), query("greaterThan", "n", {1})}) == Ids{"b"});
  CHECK(server.ids({query("equal", "$id", {"a", "b"}), query("equal", "$id", {"b", "c"})}) == Ids{"b"});
  CHECK(server.ids({query("equal", "$id", {"a", "b", "c"}), query("orderDesc", "n"), bare("limit", {2})}) ==
        Ids{"c", "b"});
  CHECK(server.ids({query("equal", "$id", {"\xc3\xa1", "b "})}) == Ids{"a", "b"});
  CHECK(server.ids({bare("or", {query("equal", "$id", {"a"}), query("equal", "n", {3})})}) == Ids{"a", "c"});
}

TEST_CASE("limits may be numeric strings, but must be integers") {
  Numbers server;
  CHECK(server.ids({bare("limit", {" 2"})}) == std::vector<std::string>{"a", "b"});
  CHECK(server.problem(bare("limit", {"1.5"})) ==
        "Invalid query: Invalid limit: Value must be a valid range between 1 and 9,223,372,036,854,775,807");
  CHECK(server.problem(bare("limit", {"one"})) == "Invalid query: Invalid limit: Value must be a valid number");
  CHECK(server.problem(bare("offset", {-1})) ==
        "Invalid query: Invalid offset: Value must be a valid range between 0 and 9,223,372,036,854,775,807");
}

TEST_CASE("the message about an offset that is not a number is about a limit") {
  Numbers server;
  CHECK(server.problem(bare("offset", {"one"})) == "Invalid query: Invalid limit: Value must be a valid number");
  CHECK(server.problem(bare("offset", Json::array())) == "Invalid query: Invalid limit: Value must be a valid number");
}

TEST_CASE("the values of isNull and isNotNull are ignored, but their type is checked") {
  Numbers server;
  CHECK(server.ids({query("isNull", "s", {"x"})}) == std::vector<std::string>{"b", "c"});
  CHECK(server.ids({query("isNotNull", "n", {1, 2, 3})}) == std::vector<std::string>{"a", "b", "c"});
  CHECK(server.problem(query("isNull", "n", {"x"})) == "Invalid query: Query value is invalid for attribute \"n\"");
  CHECK(server.problem(query("isNotNull", "s", {nullptr})) ==
        "Invalid query: Query value is invalid for attribute \"s\"");
}

TEST_CASE("a date in a query must have a year of four digits") {
  Server server;
  server.add("datetime", "d");
  server.create("a", {{"d", "2020-06-15T12:30:45.123+00:00"}});
  for (const char* text : {"2020-06", "15.06.2020", "June 1, 2020", "2020-01-01T00:00:00+14:00"}) {
    CAPTURE(text);
    CHECK(server.ids({query("greaterThanEqual", "d", {text})}) == std::vector<std::string>{"a"});
  }
  for (const char* text :
       {"now", "tomorrow", "@1592224245", "20200615", "0999-01-01", "", "9999-12-31T23:59:59.999Z"}) {
    CAPTURE(text);
    CHECK(server.outcome("GET", server.c + "/documents", nullptr, Server::queries({query("lessThan", "d", {text})})) ==
          "400 general_query_invalid");
  }
}

TEST_CASE("spatial values are arrays, and a query may have several") {
  Server server;
  server.add("point", "at");
  const auto problem = [&](const Json& one) {
    return server.message("GET", server.c + "/documents", nullptr, Server::queries({one}));
  };
  CHECK(problem(query("equal", "at", {"x"})) == "Invalid query: Spatial data must be an array");
  CHECK(problem(query("crosses", "at", {"x"})) == "Invalid query: Spatial data must be an array");
  CHECK(problem(query("crosses", "at")) == "Invalid query: Crosses queries require at least one value.");
  CHECK(problem(query("intersects", "$id", {"x", "y"})) ==
        "Invalid query: Spatial query \"intersects\" cannot be applied on non-spatial attribute: $id");
}

TEST_CASE("orderRandom ignores cursors and sorts only rows that are equal in earlier keys") {
  Numbers server;
  const Json random = bare("orderRandom", Json::array());
  const Json after{{"method", "cursorAfter"}, {"values", {"b"}}};
  CHECK(server.ids({random, after}).size() == 3);
  CHECK(server.ids({query("orderRandom", "no")}).size() == 3);
  CHECK(server.ids({query("orderDesc", "n"), random, after}) == std::vector<std::string>{"a"});
  CHECK(server.ids({query("orderDesc", "n"), random}) == std::vector<std::string>{"c", "b", "a"});
}

TEST_CASE("a null list in the row of a cursor counts as empty") {
  Server server;
  server.add("string", "tags", {{"size", 9}, {"array", true}});
  server.create("none", {{"tags", nullptr}});
  server.create("red", {{"tags", {"red"}}});
  const Json after{{"method", "cursorAfter"}, {"values", {"none"}}};
  CHECK(server.ids({query("orderDesc", "tags"), after}) == std::vector<std::string>{"red"});
  CHECK(server.ids({query("isNull", "tags")}) == std::vector<std::string>{"none"});
}

TEST_CASE("a query whose only value is an empty list counts as a query without values") {
  Numbers server;
  CHECK(server.problem(query("equal", "n", Json::array({Json::array()}))) ==
        "Invalid query: Equal queries require at least one value.");
  CHECK(server.problem(query("notContains", "s", Json::array({Json::array()}))) ==
        "Invalid query: NotContains queries require at least one value.");
}

TEST_CASE("filters go through relationships, orders do not") {
  Server server;
  server.add("string", "name", {{"size", 9}});
  server.call("POST", "/databases/d/collections", {{"collectionId", "kids"}, {"name", "kids"}});
  const std::string kids = "/databases/d/collections/kids";
  server.call("POST", kids + "/attributes/integer", {{"key", "age"}, {"required", false}});
  server.call("POST", server.c + "/attributes/relationship",
              {{"relatedCollectionId", "kids"},
               {"type", "oneToMany"},
               {"twoWay", true},
               {"key", "kids"},
               {"twoWayKey", "parent"}});
  server.work();
  server.create("p", {{"name", "P"}, {"kids", {{{"$id", "k1"}, {"age", 3}}, {{"$id", "k2"}, {"age", 9}}}}});
  server.create("q", {{"name", "Q"}, {"kids", {{{"$id", "k3"}, {"age", 9}}}}});
  CHECK(server.ids({query("equal", "kids.age", {3})}) == std::vector<std::string>{"p"});
  CHECK(server.ids({query("equal", "kids.age", {9}), query("equal", "kids.$id", {"k1"})}).empty());
  CHECK(server.ids({query("greaterThan", "kids.age", {4})}) == std::vector<std::string>{"p", "q"});
  const auto outcome = [&](const Json& one) {
    return server.message("GET", server.c + "/documents", nullptr, Server::queries({one}));
  };
  CHECK(outcome(query("equal", "kids.age", {"3"})) == "Invalid query: Query value is invalid for attribute \"age\"");
  CHECK(outcome(query("orderAsc", "kids.age")) == "Invalid query: Cannot order by nested attribute: kids");
  CHECK(outcome(query("equal", "kids", {"k1"})) == "Invalid query: Cannot query on virtual relationship attribute");
  const Json parent =
      server.call("GET", kids + "/documents", nullptr, Server::queries({query("equal", "parent.name", {"Q"})}));
  CHECK(parent.at("documents").at(0).at("$id") == "k3");
}

}  // namespace query_rules_tests
