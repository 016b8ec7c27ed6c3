#pragma once

#include <cfloat>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

/// Expects that the value is read back equal after a create and after an update.
template <class T>
void expect_kept(const Records<T>& records, const T& value, const std::string& what) {
  const auto made = records.create(value);
  expect(made.value == value, what + " came back changed from create");
  expect(records.get(made.id).value == value, what + " was stored and came back changed");
  const auto other = records.create({});
  records.replace(other.id, value);
  expect(records.get(other.id).value == value, what + " was written by an update and came back changed");
}

/// Expects that the value is read back equal, or refused and not stored. Anything else is a silent loss.
template <class T>
void expect_kept_or_refused(const Records<T>& records, const T& value, const std::string& what) {
  const Id<T> id = Id<T>::make();
  try {
    records.create(value, {.id = id});
  } catch (const Error& error) {
    if (error.code() != Errc::invalid) throw;
    expect(!records.exists(id), what + " was refused and yet stored");
    return;
  }
  expect(records.get(id).value == value, what + " was stored and came back changed");
}

inline constexpr Rule value_rules[] = {
    {"integers beyond 2^53 keep every digit",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       constexpr std::int64_t beyond = (std::int64_t{1} << 53) + 1, most = std::numeric_limits<std::int64_t>::max();
       for (const std::int64_t number : {beyond, -beyond, most, most - 1, -most})
         expect_kept(readings, Reading{.level = number, .levels = {number, 0}}, std::to_string(number));
     }},
    {"conditions distinguish integers beyond 2^53",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       constexpr std::int64_t big = std::int64_t{1} << 53;
       readings.create({.name = "even", .level = big});
       readings.create({.name = "odd", .level = big + 1});
       expect_found(readings, field<&Reading::level> == big + 1, {"odd"}, "equal to 2^53 + 1");
       expect_found(readings, field<&Reading::level> > big, {"odd"}, "above 2^53");
       expect_found(readings, field<&Reading::level> <= big, {"even"}, "up to 2^53");
     }},
    {"-2^63 is invalid in every write and changes nothing",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();
       const auto made = readings.create({.name = "a", .level = -1});
       const auto refused = [&](const char* what, auto&& body) {
         const Error error = expect_error(Errc::invalid, body, what);
         expect(error.attribute() == "level" || error.attribute() == "levels",
                std::string("the error of ") + what + " names '" + error.attribute() + "'");
       };
       refused("a create", [&] { return readings.create({.level = smallest}); });
       refused("a create with a list", [&] { return readings.create({.levels = {0, smallest}}); });
       refused("an update", [&] { return readings.update(made.id, Patch<Reading>{}.set<&Reading::level>(smallest)); });
       refused("a replacement", [&] { return readings.replace(made.id, {.level = smallest}); });
       refused("an increment", [&] { return readings.increment<&Reading::level>(made.id, smallest + 1); });
       expect(readings.list().records == std::vector{made}, "a refused write changed the collection");
     }},
    {"floating-point numbers keep every bit",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       for (const double number : {0.1, 1.0 / 3, -2.5, 5.0, 1e-300, 123456789.123456789, 9007199254740993.0})
         expect_kept(readings, Reading{.weight = number, .weights = {number, 1}}, std::to_string(number));
     },
     {Capability::exact_doubles}},
    {"the largest double is stored, and the smallest one is stored or refused",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       expect_kept(readings, Reading{.weight = DBL_MAX}, "the largest double");
       expect_kept(readings, Reading{.weight = -DBL_MAX}, "the lowest double");
       expect_kept_or_refused(readings, Reading{.weight = DBL_TRUE_MIN}, "the smallest double");
     },
     {Capability::exact_doubles}},
    {"-0.0 is read back as zero and is found as zero",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       readings.create({.name = "minus", .weight = -0.0});
       readings.create({.name = "plus", .weight = 0.0});
       expect_equal(readings.list().records.at(0).value.weight, std::optional(0.0), "-0.0");
       expect_found(readings, field<&Reading::weight> == 0.0, {"minus", "plus"}, "equal to 0.0");
       expect_found(readings, field<&Reading::weight> == -0.0, {"minus", "plus"}, "equal to -0.0");
       expect_found(readings, field<&Reading::weight> < 0.0, {}, "below 0.0");
     }},
    {"a number that is not finite is invalid",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (const double number : {std::nan(""), HUGE_VAL, -HUGE_VAL})
         expect_error(
             Errc::invalid, [&] { return tracks.create({.title = "a", .score = number}); },
             "creating " + std::to_string(number));
       expect_equal(tracks.count(), 0, "the number of records");
     }},
    {"text in any script is read back unchanged",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       for (const char* text :
            {"😀👩‍👩‍👧 𝄞", "é", "e\u0301", "日本語", "العربية", "\uFEFFx", "a\u2028b", "ß ẞ ﬁ"})
         expect_kept(readings, Reading{.name = text, .label = text}, text);
     }},
    {"control characters and blanks at both ends are read back unchanged",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       for (const char* text : {" a ", "a\n", "\ta", "a\r\nb", "\x01\x1F\x7F", " ", "\n"})
         expect_kept(readings, Reading{.label = text}, show(text));
     }},
    {"a string with NUL is stored completely or refused, and never cut",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       expect_kept_or_refused(readings, Reading{.label = std::string("a\0b", 3)}, "NUL within a string");
       expect_kept_or_refused(readings, Reading{.label = std::string("\0", 1)}, "NUL alone");
     }},
    {"text that looks like JSON, an operator or a query is stored as text",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       for (const char* text :
            {R"({"a":1})", "[1,2]", "null", "true", "12", R"({"method":"increment","values":[5]})",
             R"({"method":"equal","attribute":"name","values":["a"]})", R"(equal("name",["a"]))", "'; DROP TABLE x; --",
             "$id", "unique()", "\"quoted\"", "back\\slash", "2020-01-01", "now"}) {
         expect_kept(readings, Reading{.label = text}, text);
         expect_equal(readings.count(Query<Reading>{}.where(field<&Reading::label> == text)), 2,
                      "the records with the label " + show(text));
       }
     }},
    {"a string of 100,000 characters is read back completely",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       std::string text;
       for (int i = 0; i < 50'000; ++i) text += i % 7 == 0 ? "é\n" : "xy";
       expect_kept(tracks, Track{.title = "long", .note = text}, "a long string");
     }},
    {"every bool and every enumerator is read back unchanged",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       for (const Mood mood : {Mood::calm, Mood::bright, Mood::dark})
         expect_kept(readings, Reading{.flag = true, .mood = mood}, show(mood));
       expect_kept(readings, Reading{.flag = false}, "false");
     }},
    {"lists keep their order, duplicates and length",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       expect_kept(readings,
                   Reading{.levels = {3, 1, 3},
                           .weights = {0.5, -1},
                           .flags = {true, false, true},
                           .moods = {Mood::dark, Mood::calm, Mood::dark},
                           .times = {Timestamp{std::chrono::milliseconds{1}}, Timestamp{}}},
                   "a record full of lists");
       expect_kept(readings, Reading{.levels = std::vector<std::int64_t>(500, 7)}, "a list of 500 numbers");
     }},
    {"strings in lists are read back unchanged, including empty ones",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       expect_kept(tracks, Track{.title = "a", .tags = {"", "a", "A", "😀", "[]", "a,b", "\"", " "}},
                   "a list of strings");
     }},
    {"narrow integers keep their smallest and largest values",
     [](Bench& bench) {
       const auto presets = bench.records<Preset>();
       const auto made = presets.create({.small = -128, .port = 65535, .ratio = 1.0});
       const Preset stored = presets.get(made.id).value;
       expect_equal(stored.small, -128, "the smallest int8");
       expect_equal(stored.port, 65535, "the largest uint16");
       expect_equal(stored.ratio, 1.0, "the end of a range");
     }},
    {"times keep their milliseconds, including times before 1970",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       for (const std::int64_t ms : {0LL, 1LL, -1LL, 1'785'000'000'123LL, -2'208'988'800'001LL, 951'782'399'999LL}) {
         const Timestamp at{std::chrono::milliseconds{ms}};
         expect_kept(readings, Reading{.at = at, .times = {at}}, show(at));
       }
     }},
    {"the earliest and latest possible times are stored or refused",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       expect_kept_or_refused(readings, Reading{.at = earliest_timestamp}, show(earliest_timestamp));
       expect_kept_or_refused(readings, Reading{.at = latest_timestamp}, show(latest_timestamp));
     }},
};

inline constexpr Area values_area{"values", value_rules, {Capability::records}};

}  // namespace reel::testing::rules
