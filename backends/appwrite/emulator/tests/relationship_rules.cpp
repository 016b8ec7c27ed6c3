#include <string>

#include <emulator/tests/server.hpp>

#include "support/catch.hpp"

namespace relationship_rules_tests {

using namespace reel::emulator;

/// Parents in `c`, their children in `e`.
struct Store : Server {
  Store() {
    call("POST", "/databases/d/collections", {{"collectionId", "e"}, {"name", "e"}});
    add("string", "s", {{"size", 9}});
    call(
        "POST", c + "/attributes/relationship",
        {{"relatedCollectionId", "e"}, {"type", "oneToMany"}, {"twoWay", true}, {"key", "kids"}, {"twoWayKey", "mum"}});
    work();
    call("POST", e + "/documents", {{"documentId", "k"}, {"data", {{"mum", nullptr}}}});
  }
  Json update(const char* key, const Json& body) {
    return call("PATCH", c + "/attributes/" + key + "/relationship", body);
  }

  std::string e = "/databases/d/collections/e";
};

TEST_CASE("renaming a relationship updates the other side") {
  Store server;
  server.create("p", {{"s", "x"}, {"kids", {"k"}}});
  const Json answer = server.update("kids", {{"newKey", "children"}});
  CHECK(answer.at("key") == "children");
  CHECK(answer.at("twoWayKey") == "mum");
  CHECK(server.call("GET", server.e + "/attributes/mum").at("twoWayKey") == "children");
  CHECK(server.status("GET", server.c + "/attributes/kids") == 404);
  const Json query{{"method", "select"}, {"values", {"*", "children.*"}}};
  const Json shown = server.call("GET", server.c + "/documents/p", nullptr, Server::queries({query}));
  CHECK(shown.at("children").at(0).at("$id") == "k");
  CHECK_FALSE(shown.at("children").at(0).contains("mum"));
}

TEST_CASE("onDelete applies to both sides of a relationship") {
  Store server;
  CHECK(server.update("kids", {{"onDelete", "cascade"}}).at("onDelete") == "cascade");
  CHECK(server.call("GET", server.e + "/attributes/mum").at("onDelete") == "cascade");
  CHECK(server.update("kids", {{"onDelete", "no"}}).at("message") ==
        "Invalid `onDelete` param: Value must be one of (cascade, restrict, setNull) or null");
  CHECK(server.update("kids", {{"newKey", "has space"}}).at("type") == "general_argument_invalid");
  CHECK(server.update("kids", {{"newKey", "s"}}).at("type") == "general_unknown");
  CHECK(server.update("no", {{"onDelete", "cascade"}}).at("type") == "attribute_not_found");
}

TEST_CASE("an upsert sets relationships") {
  Store server;
  const Json made = server.call("PUT", server.c + "/documents/p", {{"data", {{"s", "x"}, {"kids", {"k"}}}}});
  CHECK(made.at("kids").at(0).at("$id") == "k");
  CHECK(server.call("GET", server.e + "/documents/k").at("mum") == "p");
}

}  // namespace relationship_rules_tests
