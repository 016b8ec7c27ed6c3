#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <reel/json/writer.hpp>

#include "support/catch.hpp"

namespace writer_tests {

using namespace reel::json;
namespace driver = reel::driver;
using reel::Timestamp;

TEST_CASE("every UTF-8 string is read back unchanged") {
  std::string all;
  for (int c = 0; c < 0x80; ++c) all += static_cast<char>(c);
  for (const std::string& text : {all, std::string("é漢🎬"), std::string(), std::string("\"\\")}) {
    std::string out;
    append_string(out, text);
    CHECK(nlohmann::json::parse(out) == text);
  }
}

TEST_CASE("values are written as JSON") {
  const auto written = [](const driver::Value& value) {
    std::string out;
    append_value(out, value);
    return out;
  };
  CHECK(written({}) == "null");
  CHECK(written(true) == "true");
  CHECK(written(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(written(0.1) == "0.1");
  CHECK(written(Timestamp{}) == R"("1970-01-01T00:00:00.000+00:00")");
  CHECK(written(driver::List{"a", std::int64_t{1}, false}) == R"(["a",1,false])");
  CHECK(written(driver::List{}) == "[]");
}

TEST_CASE("an object has its members in the order of their addition") {
  Object inner, empty;
  inner.add("x", 1.5).add("y", std::vector<std::string>{"a", "\""});
  Object object;
  CHECK(object.empty());
  object.add("id", "a\n")
      .add(empty)
      .add("flag", false)
      .add("in", inner)
      .add(inner)
      .add_json("raw", "[]")
      .add("none", empty);
  CHECK(object.str() ==
        R"({"id":"a\n","flag":false,"in":{"x":1.5,"y":["a","\""]},"x":1.5,"y":["a","\""],"raw":[],"none":{}})");
  CHECK(nlohmann::json::accept(object.str()));
  CHECK(empty.str() == "{}");
}

TEST_CASE("names and lists are separated by commas") {
  std::string out = "{";
  append_name(out, "a");
  append(out, std::vector<int>{});
  append_name(out, "b{");
  append(out, std::vector<driver::Value>{driver::Value{}, driver::Value{"["}});
  CHECK(out == R"({"a":[],"b{":[null,"["])");
}

}  // namespace writer_tests
