#include <limits>
#include <string>

#include "support/appwrite_server/json.hpp"
#include "support/catch.hpp"
#include "unit/appwrite_server/storage_client.hpp"

using namespace appwrite_server;

namespace {

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("JSON that nests deeper than 512 is no JSON") {
  CHECK(parse_json(nested(512)));
  CHECK_FALSE(parse_json(nested(513)));
  CHECK(parse_json('"' + nested(600) + '"'));
  CHECK(parse_json(R"(["\"[", ")" + std::string(600, '[') + R"("])"));
}

TEST_CASE("numbers beyond doubles are infinite, and a NUL ends no JSON") {
  const double beyond = std::numeric_limits<double>::infinity();
  CHECK(parse_json("1e400") == Json(beyond));
  CHECK(parse_json(R"({"a":[-1e400,1e3],"b":"1e400 \" 1e400"})") ==
        Json{{"a", {-beyond, 1000.0}}, {"b", "1e400 \" 1e400"}});
  CHECK_FALSE(parse_json("[1e400"));
  CHECK_FALSE(parse_json("[1e400.]"));
  CHECK_FALSE(parse_json(std::string_view{"{}\0", 3}));
}

TEST_CASE("a server survives bodies that nest without end") {
  StorageClient server;
  const auto answer = [&](const std::string& type, const std::string& body) {
    return outcome(server.ask("POST", "/storage/buckets", {}, {{"content-type", type}}, body));
  };
  CHECK(answer("application/json", nested(6'000'000)) == "400 general_argument_invalid");
  std::string name = "bucketId=b&name=b&x";
  for (int i = 0; i < 1'000'000; ++i) name += "[a]";
  CHECK(answer("application/x-www-form-urlencoded", name + "=1") == "201");
}
