#include <reel/schema.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <reel/record.hpp>

#include "support/catch.hpp"

namespace schema_tests {

using reel::Timestamp;
using reel::driver::AttributeSchema;
using reel::driver::AttributeType;
using reel::driver::IndexKind;
using reel::driver::IndexPart;
using reel::driver::Value;

enum class Mood { calm, bright, unnamed };
struct Other {
  std::string name;
};
struct Everything {
  bool flag = false;
  std::optional<bool> maybe_flag;
  std::int64_t big = 0;
  std::uint8_t tiny = 0;
  std::int32_t middle = 0;
  std::uint64_t huge = 0;
  std::int64_t ranged = 0;
  std::uint8_t tiny_ranged = 0;
  double real = 0;
  float single = 0;
  double real_ranged = 0;
  std::string text;
  std::optional<std::string> maybe_text;
  Mood mood = Mood::calm;
  Timestamp moment{};
  reel::Id<Other> other_id;
  std::optional<reel::Id<Other>> maybe_other_id;
  std::vector<reel::Id<Other>> other_ids;
  std::vector<std::string> tags;
  std::vector<Mood> moods;
  std::string language;
  std::int64_t count = 0;
  Mood usual = Mood::bright;
  std::string left_out;
};

}  // namespace schema_tests

template <>
struct reel::EnumNames<schema_tests::Mood> {
  using Mood = schema_tests::Mood;
  static constexpr auto names = reel::enum_names(std::pair{Mood::calm, "calm"}, std::pair{Mood::bright, "bright"});
};
template <>
struct reel::Schema<schema_tests::Other> {
  using Other = schema_tests::Other;
  static constexpr auto collection =
      reel::collection("others", "Others", reel::attribute("name", &Other::name, reel::max_length(10)));
};
template <>
struct reel::Schema<schema_tests::Everything> {
  using Mood = schema_tests::Mood;
  using Other = schema_tests::Other;
  using E = schema_tests::Everything;
  static constexpr auto collection = reel::collection(
      "everything", "Every thing", reel::attribute("flag", &E::flag), reel::attribute("maybe_flag", &E::maybe_flag),
      reel::unique("one_text", &E::text, reel::descending(&E::big)), reel::attribute("big", &E::big),
      reel::attribute("tiny", &E::tiny), reel::attribute("middle", &E::middle), reel::attribute("huge", &E::huge),
      reel::attribute("ranged", &E::ranged, reel::range(-5, 5)),
      reel::attribute("tiny_ranged", &E::tiny_ranged, reel::range(1, 9)), reel::attribute("real", &E::real),
      reel::attribute("single", &E::single), reel::attribute("real_ranged", &E::real_ranged, reel::range(0, 1)),
      reel::attribute("text", &E::text, reel::max_length(100)),
      reel::attribute("maybe_text", &E::maybe_text, reel::max_length(100'000)), reel::attribute("mood", &E::mood),
      reel::attribute("moment", &E::moment), reel::attribute("other_id", &E::other_id, reel::references<Other>()),
      reel::attribute("maybe_other_id", &E::maybe_other_id, reel::references<Other>(reel::on_remove::set_null)),
      reel::attribute("other_ids", &E::other_ids, reel::references<Other>(reel::on_remove::cascade)),
      reel::attribute("tags", &E::tags, reel::max_length(7)), reel::attribute("moods", &E::moods),
      reel::attribute("language", &E::language, reel::max_length(2), reel::default_value("en")),
      reel::attribute("count", &E::count, reel::default_value(1), reel::range(0, 10)),
      reel::attribute("usual", &E::usual, reel::default_value(Mood::calm)),
      reel::index("by_mood_big", &E::mood, reel::descending(&E::big)), reel::full_text("search_text", &E::text),
      reel::not_stored(&E::left_out));
};

namespace schema_tests {

const AttributeSchema& attribute(std::string_view name) {
  const reel::driver::CollectionSchema& schema = reel::schema_of<Everything>();
  return schema.attributes.at(static_cast<std::size_t>(schema.position(name).value()));
}

Value integer(std::int64_t number) { return Value{number}; }

TEST_CASE("a schema contains the collection and its attributes in order", "[schema]") {
  const reel::driver::CollectionSchema& schema = reel::schema_of<Everything>();
  CHECK(schema.id == "everything");
  CHECK(schema.name == "Every thing");
  CHECK(schema.attributes.size() == 23);
  CHECK(schema.attributes[0].name == "flag");
  CHECK(schema.attributes[2].name == "big");  // an index between attributes has no position
  CHECK(schema.position("flag") == 0);
  CHECK(schema.position("big") == 2);
  CHECK_FALSE(schema.position("Big"));
  CHECK_FALSE(schema.position("left_out"));
  CHECK(&reel::schema_of<Everything>() == &schema);
}

TEST_CASE("the type of a member determines kind, requirement and bounds", "[schema]") {
  const auto is = [](std::string_view name, AttributeType kind, bool required, bool list) {
    const AttributeSchema& made = attribute(name);
    INFO(name);
    CHECK(made.kind == kind);
    CHECK(made.required == required);
    CHECK(made.list == list);
  };
  is("flag", AttributeType::boolean, true, false);
  is("maybe_flag", AttributeType::boolean, false, false);
  is("big", AttributeType::integer, true, false);
  is("tiny", AttributeType::integer, true, false);
  is("real", AttributeType::floating, true, false);
  is("single", AttributeType::floating, true, false);
  is("text", AttributeType::text, true, false);
  is("maybe_text", AttributeType::text, false, false);
  is("mood", AttributeType::enumeration, true, false);
  is("moment", AttributeType::timestamp, true, false);
  is("other_id", AttributeType::reference, true, false);
  is("maybe_other_id", AttributeType::reference, false, false);
  is("other_ids", AttributeType::reference, false, true);
  is("tags", AttributeType::text, false, true);
  is("moods", AttributeType::enumeration, false, true);
}

TEST_CASE("the options of an attribute are in its schema", "[schema]") {
  CHECK(attribute("text").max_length == 100);
  CHECK(attribute("maybe_text").max_length == 100'000);
  CHECK(attribute("tags").max_length == 7);
  CHECK(attribute("big").max_length == 0);
  CHECK(attribute("mood").elements == std::vector<std::string>{"calm", "bright"});
  CHECK(attribute("moods").elements == std::vector<std::string>{"calm", "bright"});
  CHECK(attribute("text").elements.empty());

  CHECK(attribute("ranged").minimum == integer(-5));
  CHECK(attribute("ranged").maximum == integer(5));
  CHECK(attribute("real_ranged").minimum == Value{0.0});
  CHECK(attribute("real_ranged").maximum == Value{1.0});
  CHECK_FALSE(attribute("real").minimum);
}

TEST_CASE("a narrow integer member bounds its attribute, and a range narrows it further", "[schema]") {
  CHECK_FALSE(attribute("big").minimum);
  CHECK_FALSE(attribute("big").maximum);
  CHECK(attribute("tiny").minimum == integer(0));
  CHECK(attribute("tiny").maximum == integer(255));
  CHECK(attribute("middle").minimum == integer(std::numeric_limits<std::int32_t>::min()));
  CHECK(attribute("middle").maximum == integer(std::numeric_limits<std::int32_t>::max()));
  CHECK(attribute("huge").minimum == integer(0));
  CHECK_FALSE(attribute("huge").maximum);
  CHECK(attribute("tiny_ranged").minimum == integer(1));
  CHECK(attribute("tiny_ranged").maximum == integer(9));
}

TEST_CASE("an attribute with a default is not required", "[schema]") {
  CHECK(attribute("language").default_value == Value{"en"});
  CHECK_FALSE(attribute("language").required);
  CHECK(attribute("language").max_length == 2);
  CHECK(attribute("count").default_value == integer(1));
  CHECK(attribute("count").maximum == integer(10));
  CHECK(attribute("usual").default_value == Value{"calm"});
  CHECK(attribute("text").default_value.is_null());
}

TEST_CASE("a reference contains the target collection and the on_remove rule", "[schema]") {
  CHECK(attribute("other_id").references == "others");
  CHECK(attribute("other_id").on_remove == reel::on_remove::restrict);
  CHECK(attribute("maybe_other_id").on_remove == reel::on_remove::set_null);
  CHECK(attribute("other_ids").on_remove == reel::on_remove::cascade);
  CHECK(&attribute("other_ids").target() == &reel::schema_of<Other>());
  CHECK(attribute("text").references.empty());
  CHECK(attribute("text").target == nullptr);
}

TEST_CASE("indexes refer to their attributes by index and direction", "[schema]") {
  const auto& indexes = reel::schema_of<Everything>().indexes;
  const auto place = [](std::string_view name) { return reel::schema_of<Everything>().position(name).value(); };
  REQUIRE(indexes.size() == 3);
  CHECK(indexes[0].name == "one_text");
  CHECK(indexes[0].kind == IndexKind::unique);
  CHECK(indexes[0].parts == std::vector<IndexPart>{{place("text"), false}, {place("big"), true}});
  CHECK(indexes[1].name == "by_mood_big");
  CHECK(indexes[1].kind == IndexKind::key);
  CHECK(indexes[1].parts == std::vector<IndexPart>{{place("mood"), false}, {place("big"), true}});
  CHECK(indexes[2].kind == IndexKind::full_text);
  CHECK(indexes[2].parts == std::vector<IndexPart>{{place("text"), false}});
}

TEST_CASE("enumerators are stored under their names", "[schema]") {
  CHECK(reel::enum_name(Mood::bright) == "bright");
  CHECK(reel::enum_name(Mood::unnamed).empty());
  CHECK(reel::enum_value<Mood>("calm") == Mood::calm);
  CHECK_FALSE(reel::enum_value<Mood>("Calm"));
  CHECK_FALSE(reel::enum_value<Mood>(""));
}

TEST_CASE("a struct converts to values and back", "[schema]") {
  Everything made;
  made.flag = true;
  made.maybe_flag = false;
  made.big = INT64_MIN;
  made.tiny = 255;
  made.huge = INT64_MAX;
  made.single = 0.5F;
  made.text = "text";
  made.mood = Mood::bright;
  made.moment = Timestamp{std::chrono::milliseconds{5}};
  made.other_id = reel::Id<Other>{"O"};
  made.other_ids = {reel::Id<Other>{"a"}, reel::Id<Other>{"b"}};
  made.moods = {Mood::calm, Mood::calm};
  made.left_out = "not stored";
  const std::vector<Value> values = reel::driver::encode_values(made);
  const auto value = [&](std::string_view name) {
    return values.at(static_cast<std::size_t>(reel::schema_of<Everything>().position(name).value()));
  };
  CHECK(value("tiny") == integer(255));
  CHECK(value("single") == Value{0.5});
  CHECK(value("mood") == Value{"bright"});
  CHECK(value("maybe_text").is_null());
  CHECK(value("other_id") == Value{"O"});
  CHECK(value("tags") == Value{reel::driver::List{}});
  CHECK(value("moods") == Value{reel::driver::List{Value{"calm"}, Value{"calm"}}});

  Everything read;
  reel::driver::decode_values(reel::driver::Document{.values = values}, read);
  CHECK(reel::driver::encode_values(read) == values);
  CHECK(read.maybe_flag == false);
  CHECK(read.left_out.empty());
}

TEST_CASE("a value without a name or out of range is refused, and the error names the attribute", "[schema]") {
  const auto refusal = [](const Everything& value) {
    try {
      static_cast<void>(reel::driver::encode_values(value));
    } catch (const reel::Error& error) {
      CHECK(error.code() == reel::Errc::invalid);
      return error.attribute();
    }
    return std::string("none");
  };
  CHECK(refusal({.mood = Mood::unnamed}) == "mood");
  CHECK(refusal({.moods = {Mood::calm, Mood::unnamed}}) == "moods");
  CHECK(refusal({.huge = std::uint64_t{1} << 63}) == "huge");
  CHECK(refusal({}) == "none");
}

TEST_CASE("stored values that do not fit the struct are corrupt, and the error names the attribute", "[schema]") {
  const std::vector<Value> good = reel::driver::encode_values(Everything{});
  const auto complaint = [&](std::string_view name, Value value) {
    reel::driver::Document document{.id = "x", .values = good};
    document.values[static_cast<std::size_t>(reel::schema_of<Everything>().position(name).value())] = std::move(value);
    Everything read;
    try {
      reel::driver::decode_values(document, read);
    } catch (const reel::Error& error) {
      CHECK(error.code() == reel::Errc::corrupt);
      CHECK(error.id() == "x");
      return error.attribute();
    }
    return std::string("none");
  };
  CHECK(complaint("flag", Value{}) == "flag");
  CHECK(complaint("flag", integer(1)) == "flag");
  CHECK(complaint("tiny", integer(256)) == "tiny");
  CHECK(complaint("tiny", integer(-1)) == "tiny");
  CHECK(complaint("big", Value{1.0}) == "big");
  CHECK(complaint("real", integer(1)) == "none");  // a number without a fraction
  CHECK(complaint("real", Value{"1"}) == "real");
  CHECK(complaint("mood", Value{"unnamed"}) == "mood");
  CHECK(complaint("tags", Value{"a"}) == "tags");
  CHECK(complaint("tags", Value{}) == "none");
  CHECK(complaint("tags", Value{reel::driver::List{integer(1)}}) == "tags");
  CHECK(complaint("maybe_flag", Value{"true"}) == "maybe_flag");
  Everything read;
  CHECK_THROWS_AS(reel::driver::decode_values(reel::driver::Document{.values = {}}, read), reel::Error);
}

}  // namespace schema_tests
