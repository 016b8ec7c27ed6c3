#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <reel/json.hpp>

#include "support/catch.hpp"

namespace {

enum class Size { small, large };

struct Box {
  std::string label{};
  std::optional<double> weight{};
  std::int64_t count = 7;
  bool open = false;
  Size size = Size::small;
  std::vector<std::string> tags{};
  reel::Timestamp packed_at{};

  friend bool operator==(const Box&, const Box&) = default;
};

}  // namespace

template <>
struct reel::EnumNames<Size> {
  static constexpr auto names = reel::enum_names(std::pair{Size::small, "small"}, std::pair{Size::large, "large"});
};

template <>
struct reel::Schema<Box> {
  static constexpr auto collection = reel::collection(
      "boxes", "Boxes", reel::attribute("label", &Box::label, reel::max_length(50)),
      reel::attribute("weight", &Box::weight), reel::attribute("count", &Box::count),
      reel::attribute("open", &Box::open), reel::attribute("size", &Box::size),
      reel::attribute("tags", &Box::tags, reel::max_length(20)), reel::attribute("packed_at", &Box::packed_at));
};

namespace {

reel::Record<Box> sample() {
  reel::Record<Box> record;
  record.id = reel::Id<Box>{"b1"};
  record.created_at = *reel::parse_timestamp("2026-01-02T03:04:05.678Z");
  record.updated_at = *reel::parse_timestamp("2026-01-03T00:00:00Z");
  record.permissions = {reel::Permission::read(reel::Role::any())};
  record.sequence = 12;
  record.value = {"Bücher \"A\"\n", 2.5, INT64_MAX, true, Size::large, {"x", ""}, reel::Timestamp{}};
  return record;
}

}  // namespace

TEST_CASE("a record is converted to JSON in the server's form and back") {
  const nlohmann::json json = sample();
  CHECK(json["$id"] == "b1");
  CHECK(json["$createdAt"] == "2026-01-02T03:04:05.678+00:00");
  CHECK(json["$permissions"] == nlohmann::json::array({"read(\"any\")"}));
  CHECK(json["count"] == INT64_MAX);
  CHECK(json["size"] == "large");
  CHECK(json["tags"] == nlohmann::json::array({"x", ""}));
  CHECK(nlohmann::json::parse(json.dump()).get<reel::Record<Box>>() == sample());
}

TEST_CASE("missing members keep the struct's default, and unknown ones are ignored") {
  const auto record =
      nlohmann::json::parse(R"({"$id":"b2","label":"a","weight":null,"colour":"red"})").get<reel::Record<Box>>();
  CHECK(record.value.count == 7);
  CHECK(record.value.weight == std::nullopt);
  CHECK(record.value.label == "a");
}

TEST_CASE("a value of the wrong type is invalid, and the error names it") {
  for (const char* text : {R"({"$id":5})",
                           R"({"$sequence":"x"})",
                           R"({"$sequence":""})",
                           R"({"$sequence":1.5})",
                           R"({"$sequence":"9223372036854775808"})",
                           R"({"$sequence":9223372036854775808})",
                           R"({"$sequence":[1]})",
                           R"({"$createdAt":"soon"})",
                           R"({"$createdAt":""})",
                           R"({"$updatedAt":17})",
                           R"~({"$permissions":"read(\"any\")"})~",
                           R"({"$permissions":[1]})",
                           R"~({"$permissions":["read(\"any\")","look(\"any\")"]})~",
                           R"~({"$permissions":["read(any)"]})~",
                           R"~({"$permissions":["write(\"unknown\")"]})~",
                           R"({"$permissions":{"a":"b"}})",
                           R"({"label":null})",
                           R"({"size":"huge"})",
                           R"({"size":null})",
                           R"({"tags":["a",null]})",
                           R"({"tags":{"a":1}})",
                           R"({"packed_at":{}})",
                           R"({"weight":"1"})",
                           R"({"count":1.5})",
                           R"({"count":"5"})",
                           R"({"open":1})",
                           R"({"label":5})",
                           R"({"tags":"x"})",
                           R"({"packed_at":"2026-02-30"})",
                           R"({"count":18446744073709551615})"}) {
    const auto json = nlohmann::json::parse(text);
    try {
      static_cast<void>(json.get<reel::Record<Box>>());
      FAIL("accepted " << text);
    } catch (const reel::Error& error) {
      CHECK(error.code() == reel::Errc::invalid);
      CHECK(error.attribute() == json.begin().key());
    }
  }
}

TEST_CASE("a sequence can be a string of digits, and write includes update and delete") {
  const auto json =
      nlohmann::json::parse(R"~({"$sequence":"12","$permissions":["write(\"users\")"],"$createdAt":null})~");
  const auto record = json.get<reel::Record<Box>>();
  CHECK(record.sequence == 12);
  CHECK(record.permissions == reel::write_permissions(reel::Role::users()));
  CHECK(record.created_at == reel::Timestamp{});
}

TEST_CASE("for every type of every field a record is read or refused unchanged") {
  using Json = nlohmann::json;
  const std::vector<Json> values = {nullptr,
                                    true,
                                    0,
                                    -1,
                                    INT64_MIN,
                                    UINT64_MAX,
                                    1.5,
                                    NAN,
                                    INFINITY,
                                    1e300,
                                    "",
                                    "text",
                                    "12",
                                    "2016-12-31T23:59:60Z",
                                    "read(\"any\")",
                                    "\xFF",
                                    "a\xC3",
                                    std::string(300, 'x'),
                                    Json::array(),
                                    Json::array({nullptr}),
                                    Json::array({"\xFF", 1}),
                                    Json::array({Json::array()}),
                                    Json::object(),
                                    Json::object({{"$id", "\xFF"}}),
                                    Json::binary({1, 2}),
                                    Json(Json::value_t::discarded)};
  const Json good = sample();
  int read = 0, refused = 0;
  const auto check = [&](const Json& json) {
    reel::Record<Box> record = sample();
    try {
      json.get_to(record);
      ++read;
    } catch (const reel::Error& error) {
      CHECK(error.code() == reel::Errc::invalid);
      CHECK(record == sample());
      ++refused;
    }
  };
  for (const Json& value : values) {
    check(value);
    for (const auto& [name, field] : good.items()) {
      for (const auto& [other, unused] : good.items()) {
        Json retyped = good;
        retyped[name] = value;
        retyped[other] = value;
        check(retyped);
      }
    }
  }
  CHECK(read > 100);
  CHECK(refused > 1000);
}
