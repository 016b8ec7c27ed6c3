#include <string>

#include "support/catch.hpp"
#include "unit/appwrite_server/server.hpp"

using namespace appwrite_server;

namespace {

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

}  // namespace

TEST_CASE("parts of or and and are checked as what they are, before the group") {
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
  CHECK(server.problem(bare("and", {good, bare("or", {good})})) ==
        "Invalid query: Or queries require at least two queries");
  CHECK(server.ids({bare("or", {good, bare("and", {query("greaterThan", "n", {1}), query("isNull", "s")})})}) ==
        std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("numeric texts count as limits, but must be whole") {
  Numbers server;
  CHECK(server.ids({bare("limit", {" 2"})}) == std::vector<std::string>{"a", "b"});
  CHECK(server.problem(bare("limit", {"1.5"})) ==
        "Invalid query: Invalid limit: Value must be a valid range between 1 and 9,223,372,036,854,775,807");
  CHECK(server.problem(bare("offset", {"one"})) == "Invalid query: Invalid offset: Value must be a valid number");
}

TEST_CASE("a query whose only value is an empty list has none") {
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
