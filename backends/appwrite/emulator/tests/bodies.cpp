#include <limits>
#include <string>

#include <emulator/tests/server.hpp>
#include <emulator/tests/storage_client.hpp>
#include <emulator/values/json.hpp>

#include "support/catch.hpp"

namespace bodies_tests {

using namespace reel::emulator;

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST_CASE("JSON that nests deeper than 512 levels is not valid") {
  CHECK(parse_json(nested(512)));
  CHECK_FALSE(parse_json(nested(513)));
  CHECK(parse_json('"' + nested(600) + '"'));
  CHECK(parse_json(R"(["\"[", ")" + std::string(600, '[') + R"("])"));
}

TEST_CASE("numbers beyond the range of doubles are infinite, and a NUL makes JSON invalid") {
  const double beyond = std::numeric_limits<double>::infinity();
  CHECK(parse_json("1e400") == Json(beyond));
  CHECK(parse_json(R"({"a":[-1e400,1e3],"b":"1e400 \" 1e400"})") ==
        Json{{"a", {-beyond, 1000.0}}, {"b", "1e400 \" 1e400"}});
  CHECK_FALSE(parse_json("[1e400"));
  CHECK_FALSE(parse_json("[1e400.]"));
  CHECK_FALSE(parse_json(std::string_view{"{}\0", 3}));
}

TEST_CASE("the server survives bodies with millions of nested levels") {
  StorageClient server;
  const auto answer = [&](const std::string& type, const std::string& body) {
    return outcome(server.ask("POST", "/storage/buckets", {}, {{"content-type", type}}, body));
  };
  CHECK(answer("application/json", nested(6'000'000)) == "400 general_argument_invalid");
  std::string name = "bucketId=b&name=b&x";
  for (int i = 0; i < 1'000'000; ++i) name += "[a]";
  CHECK(answer("application/x-www-form-urlencoded", name + "=1") == "201");
}

TEST_CASE("data may be a string of JSON, but a scalar in it fails because members cannot be added") {
  Server server;
  const std::string documents = server.c + "/documents";
  server.create("a", {{"$createdAt", "2020-01-01T00:00:00.000+00:00"}});
  for (const char* text : {"5", "true", "1.5", "\"x\""}) {
    CAPTURE(text);
    CHECK(server.outcome("POST", documents, {{"documentId", "b"}, {"data", text}}) == "500 general_unknown");
    CHECK(server.outcome("PATCH", documents + "/a", {{"data", text}}) == "500 general_unknown");
    CHECK(server.outcome("PATCH", documents + "/none", {{"data", text}}) == "404 document_not_found");
    CHECK(server.outcome("PUT", documents + "/a", {{"data", text}}) == "500 general_unknown");
    CHECK(server.outcome("PATCH", documents, {{"data", text}}) == "500 general_unknown");
  }
  for (const char* text : {"0", "false", "null", "\"\"", "[]", "{}"}) {
    CAPTURE(text);
    CHECK(server.outcome("POST", documents, {{"documentId", "b"}, {"data", text}}) == "400 document_missing_data");
    CHECK(server.outcome("PATCH", documents + "/a", {{"data", text}}) == "400 document_missing_payload");
  }
}

TEST_CASE("documentSecurity accepts strings and numbers for a bool, enabled does not") {
  Server server;
  const auto made = [&](const char* id, const Json& more) {
    Json body{{"collectionId", id}, {"name", id}};
    body.update(more);
    return server.call("POST", "/databases/d/collections", body);
  };
  CHECK(made("one", {{"documentSecurity", "1"}}).at("documentSecurity") == true);
  CHECK(made("two", {{"documentSecurity", 0}}).at("documentSecurity") == false);
  CHECK(made("three", {{"documentSecurity", "false"}}).at("documentSecurity") == true);
  CHECK(made("four", {{"documentSecurity", "x"}}).at("code") == 400);
  CHECK(made("five", {{"enabled", "1"}}).at("code") == 400);
}

}  // namespace bodies_tests
