#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <reel/json/reader.hpp>

#include "support/catch.hpp"

namespace reader_tests {

namespace json = reel::json;

TEST_CASE("every JSON escape is read") {
  json::Reader in(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u6f22\ud83c\udfac")");
  std::string text;
  CHECK(in.string(text));
  CHECK(in.done());
  CHECK(text == "\"\\/\b\f\n\r\tAé漢🎬");
  for (const char* bad : {"\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\ud83c\"", "\"\\ud83cx\"", "\"\\udfac\"",
                          "\"\\ud83c\\u0041\"", "\"\\u00g0\""}) {
    json::Reader reader(bad);
    CHECK_FALSE(reader.string(text));
  }
}

TEST_CASE("the members of an object are read with escaped names and white space") {
  json::Reader in(" { \"a\" : 1 , \"\\u0062\":[2,\n3], \"c\": {} }\t");
  std::int64_t a = 0;
  std::vector<int> b;
  std::string names;
  const bool whole = in.members([&](std::string_view name) {
    names += name;
    if (name == "a") return in.number(a);
    if (name == "b") return json::read(in, b);
    return in.skip_value();
  });
  CHECK(whole);
  CHECK(in.ends());
  CHECK(names == "abc");
  CHECK(a == 1);
  CHECK(b == std::vector{2, 3});
}

TEST_CASE("members and elements return false for other JSON and when the callback does") {
  const auto skipped = [](std::string_view text) {
    json::Reader in(text);
    const auto skip = [&](std::string_view) { return in.skip_value(); };
    return in.members(skip) && in.ends();
  };
  for (const char* good : {"{}", " { } ", R"({"a":{"b":[1,{"c":null}]}})"}) CHECK(skipped(good));
  for (const char* bad : {"", "{", "[]", R"({"a"})", R"({"a":1,})", R"({a:1})", R"({"a":1}x)", R"({"a":tru})"})
    CHECK_FALSE(skipped(bad));
  for (const char* bad : {"", "[", "{}", "[1,]", "[,1]", "[1 2]", "[true]", "[1"}) {
    json::Reader in(bad);
    std::vector<int> numbers;
    CHECK_FALSE((json::read(in, numbers) && in.ends()));
  }
}

TEST_CASE("a value's JSON ends at the end of the value") {
  for (const char* text : {"null", "-1.5e+3", R"("a\"]")", R"([1, {"b": []}])", R"({"a" : "}" })"}) {
    const std::string framed = "  " + std::string(text) + " , 1";
    json::Reader in(framed);
    CHECK(in.value_text() == text);
    CHECK(nlohmann::json::accept(text));
    CHECK(in.token(','));
  }
  CHECK_FALSE(json::Reader("nul").value_text());
}

}  // namespace reader_tests
