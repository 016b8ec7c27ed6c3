#include <string>

#include <emulator/tests/storage_client.hpp>

#include "support/catch.hpp"

namespace tokens_tests {

using namespace reel::emulator;

const std::string files = "/storage/buckets/b/files";
const std::string tokens = "/tokens/buckets/b/files/a";

/// A bucket with the files `a` and `c`, which only a key may read.
struct Shop : StorageClient {
  explicit Shop(const std::string& version = "1.8.1") : StorageClient{version} {
    make_bucket();
    upload("a", "hello");
    upload("c", "other");
  }
  Json make_token(const Json& body = Json::object()) { return json_of(send("POST", tokens, body)); }
  /// The outcome of a guest's request with the token.
  std::string visit(const std::string& path, const std::string& secret) {
    with_key = false;
    const std::string seen = outcome(ask("GET", files + path, {{"token", secret}}));
    with_key = true;
    return seen;
  }
};

TEST_CASE("a request with the secret of a token may read one file") {
  Shop shop;
  const Json token = shop.make_token();
  const std::string secret = token.at("secret");
  CHECK(token.at("resourceId") == "b:a");
  CHECK(token.at("resourceType") == "files");
  CHECK(token.at("expire") == "");
  CHECK(shop.visit("/a/download", secret) == "200");
  CHECK(shop.visit("/a/view", secret) == "200");
  CHECK(shop.visit("/a/preview", secret) == "200");
  CHECK(shop.visit("/c/download", secret) == "401 user_unauthorized");
  CHECK(shop.visit("/none/download", secret) == "401 user_unauthorized");
  CHECK(shop.visit("/a", secret) == "401 user_unauthorized");
  CHECK(shop.visit("/a/download", "unknown") == "401 user_unauthorized");
  CHECK(shop.visit("/a/download", std::string(513, 'x')) == "400 general_argument_invalid");
}

TEST_CASE("a token is valid until it expires, is deleted or its file is deleted") {
  Shop shop;
  const Json token = shop.make_token({{"expire", "2999-01-01T00:00:00.000+00:00"}});
  const std::string path = "/tokens/" + token.at("$id").get<std::string>();
  const std::string secret = token.at("secret");
  CHECK(shop.visit("/a/download", secret) == "200");

  SECTION("the expiry must be in the future") {
    CHECK(outcome(shop.send("PATCH", path, {{"expire", "2001-01-01"}})) == "400 general_argument_invalid");
    CHECK(json_of(shop.send("PATCH", path, {{"expire", nullptr}})).at("expire") == "");
  }
  SECTION("a deleted token permits nothing") {
    CHECK(shop.ask("DELETE", path).status == 204);
    CHECK(outcome(shop.ask("GET", path)) == "404 token_not_found");
    CHECK(shop.visit("/a/download", secret) == "401 user_unauthorized");
  }
  SECTION("a token does not apply to a later file with the same id") {
    shop.ask("DELETE", files + "/a");
    shop.upload("a", "again");
    CHECK(shop.visit("/a/download", secret) == "401 user_unauthorized");
  }
}

TEST_CASE("tokens are listed for each file, and only for keys") {
  Shop shop;
  shop.make_token();
  shop.make_token({{"expire", "2999-01-01"}});
  CHECK(json_of(shop.ask("GET", tokens)).at("total") == 2);
  const std::string dated = R"({"method":"isNotNull","attribute":"expire","values":[]})";
  CHECK(json_of(shop.ask("GET", tokens, {{"queries[0]", dated}})).at("total") == 1);
  CHECK(json_of(shop.ask("GET", "/tokens/buckets/b/files/c")).at("total") == 0);
  CHECK(outcome(shop.ask("GET", "/tokens/buckets/b/files/none")) == "404 storage_file_not_found");
  CHECK(outcome(shop.ask("GET", "/tokens/buckets/none/files/a")) == "404 storage_bucket_not_found");
  shop.with_key = false;
  CHECK(outcome(shop.ask("GET", tokens)) == "401 general_unauthorized_scope");
}

TEST_CASE("servers before 1.7 have no tokens") {
  Shop shop{"1.6.2"};
  CHECK(outcome(shop.send("POST", tokens, Json::object())) == "404 general_route_not_found");
}

}  // namespace tokens_tests
