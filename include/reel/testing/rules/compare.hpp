#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

/// Creates readings with the levels -1, 0, 1, 2, 2 and null. All other values except the names derive from the level.
[[nodiscard]] inline Records<Reading> levelled(Bench& bench) {
  const auto readings = bench.records<Reading>();
  const auto add = [&](const char* name, std::optional<std::int64_t> level) {
    Reading reading{.name = name, .level = level};
    if (level) {
      reading.weight = static_cast<double>(*level) + 0.5;
      reading.flag = *level > 0;
      reading.mood = *level < 0 ? Mood::dark : *level == 0 ? Mood::bright : Mood::calm;
      reading.at = Timestamp{std::chrono::milliseconds{*level}};
      reading.label = "l" + std::to_string(*level);
    }
    readings.create(reading);
  };
  add("minus", -1);
  add("zero", 0);
  add("null", std::nullopt);
  add("one", 1);
  add("two", 2);
  add("too", 2);
  return readings;
}

inline constexpr Rule compare_rules[] = {
    {"== finds equal values and no nulls",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, field<&Reading::level> == 2, {"two", "too"}, "level 2");
       expect_found(readings, field<&Reading::level> == 0, {"zero"}, "level 0");
       expect_found(readings, field<&Reading::level> == 3, {}, "level 3");
     }},
    {"!= finds different values and no nulls",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, field<&Reading::level> != 2, {"minus", "zero", "one"}, "level not 2");
       expect_found(readings, field<&Reading::level> != 3, {"minus", "zero", "one", "two", "too"}, "level not 3");
     }},
    {"< and <= find smaller values, including negative numbers, and no nulls",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, field<&Reading::level> < 1, {"minus", "zero"}, "level below 1");
       expect_found(readings, field<&Reading::level> <= 1, {"minus", "zero", "one"}, "level up to 1");
       expect_found(readings, field<&Reading::level> < -1, {}, "level below -1");
     }},
    {"> and >= find greater values and no nulls",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, field<&Reading::level> > 1, {"two", "too"}, "level above 1");
       expect_found(readings, field<&Reading::level> >= 1, {"one", "two", "too"}, "level from 1");
       expect_found(readings, field<&Reading::level> > -2, {"minus", "zero", "one", "two", "too"}, "level above -2");
     }},
    {"between includes both bounds and finds no nulls",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, field<&Reading::level>.between(0, 1), {"zero", "one"}, "level 0 to 1");
       expect_found(readings, field<&Reading::level>.between(1, 1), {"one"}, "level 1 to 1");
       expect_found(readings, field<&Reading::level>.between(1, 0), {}, "level 1 to 0");
     }},
    {"not between finds values outside the bounds and no nulls",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, !field<&Reading::level>.between(0, 1), {"minus", "two", "too"}, "level not 0 to 1");
     }},
    {"one_of finds each record that equals any of its values once",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, field<&Reading::level>.one_of({2, -1, 2, 7}), {"minus", "two", "too"},
                    "level 2, -1 or 7");
       expect_found(readings, !field<&Reading::level>.one_of({2, -1}), {"zero", "one"}, "level neither 2 nor -1");
     }},
    {"one_of an empty list finds nothing, and its negation everything except nulls",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       const std::vector<std::int64_t> nothing;
       expect_found(readings, field<&Reading::level>.one_of(nothing), {}, "level one of nothing");
       expect_found(readings, !field<&Reading::level>.one_of(nothing), {"minus", "zero", "one", "two", "too"},
                    "level not one of nothing");
     }},
    {"one_of accepts more than a hundred values",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       std::vector<std::int64_t> values(150, 77);
       values.push_back(1);
       expect_found(readings, field<&Reading::level>.one_of(values), {"one"}, "level one of 151 values");
     }},
    {"floating-point numbers compare with each other and with integers",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, field<&Reading::weight> == 2.5, {"two", "too"}, "weight 2.5");
       expect_found(readings, field<&Reading::weight> < 1, {"minus", "zero"}, "weight below 1");
       expect_found(readings, field<&Reading::weight>.between(-0.5, 0.5), {"minus", "zero"}, "weight -0.5 to 0.5");
     }},
    {"bools compare with == and !=, and a null equals neither value",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, field<&Reading::flag> == true, {"one", "two", "too"}, "flag set");
       expect_found(readings, field<&Reading::flag> == false, {"minus", "zero"}, "flag not set");
       expect_found(readings, field<&Reading::flag> != true, {"minus", "zero"}, "flag other than set");
     }},
    {"enumerators compare by name",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, field<&Reading::mood> == Mood::bright, {"zero"}, "mood bright");
       expect_found(readings, field<&Reading::mood>.one_of({Mood::dark, Mood::bright}), {"minus", "zero"}, "two moods");
       expect_found(readings, field<&Reading::mood> > Mood::bright, {"minus", "one", "two", "too"},
                    "moods after bright in the alphabet");
     }},
    {"times compare with millisecond precision",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       const auto at = [](int ms) { return Timestamp{std::chrono::milliseconds{ms}}; };
       expect_found(readings, field<&Reading::at> == at(1), {"one"}, "1 ms");
       expect_found(readings, field<&Reading::at> < at(1), {"minus", "zero"}, "before 1 ms");
       expect_found(readings, field<&Reading::at> >= at(1), {"one", "two", "too"}, "from 1 ms");
       expect_found(readings, field<&Reading::at>.between(at(-1), at(0)), {"minus", "zero"}, "-1 ms to 0 ms");
     }},
    {"strings compare by their characters",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, field<&Reading::label> == "l2", {"two", "too"}, "label l2");
       expect_found(readings, field<&Reading::label> < "l1", {"minus", "zero"}, "labels before l1");
       expect_found(readings, field<&Reading::label>.between("l0", "l1"), {"zero", "one"}, "labels l0 to l1");
     }},
    {"every record matches exactly one of is_null and is_not_null, for every type",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       const Names rest{"minus", "zero", "one", "two", "too"};
       const auto check = [&](auto field, const char* what) {
         expect_found(readings, field.is_null(), {"null"}, std::string(what) + " is null");
         expect_found(readings, field.is_not_null(), rest, std::string(what) + " is not null");
         expect_found(readings, !field.is_null(), rest, std::string(what) + " not is null");
         expect_found(readings, !field.is_not_null(), {"null"}, std::string(what) + " not is not null");
       };
       check(field<&Reading::level>, "level");
       check(field<&Reading::weight>, "weight");
       check(field<&Reading::label>, "label");
       check(field<&Reading::flag>, "flag");
       check(field<&Reading::mood>, "mood");
       check(field<&Reading::at>, "at");
     }},
    {"a required attribute is never null",
     [](Bench& bench) {
       const auto readings = levelled(bench);
       expect_found(readings, field<&Reading::name>.is_null(), {}, "name is null");
     }},
    {"records can be queried by id in any case",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (const char* id : {"a", "B", "c"}) tracks.create({.title = id}, with_id<Track>(id));
       expect_found(tracks, id<Track> == Id<Track>{"b"}, {"B"}, "the id b");
       expect_found(tracks, id<Track> != Id<Track>{"b"}, {"a", "c"}, "other ids than b");
       expect_found(tracks, id<Track>.one_of({Id<Track>{"C"}, Id<Track>{"a"}, Id<Track>{"x"}}), {"a", "c"},
                    "three ids");
     }},
    {"records can be queried by created_at and updated_at",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto day = [](int number) { return Timestamp{std::chrono::days{number}}; };
       tracks.create({.title = "old"}, {.created_at = day(10), .updated_at = day(20)});
       tracks.create({.title = "new"}, {.created_at = day(15), .updated_at = day(16)});
       expect_found(tracks, created_at<Track> < day(15), {"old"}, "created before day 15");
       expect_found(tracks, created_at<Track> == day(15), {"new"}, "created on day 15");
       expect_found(tracks, updated_at<Track> > day(16), {"old"}, "updated after day 16");
       expect_found(tracks, updated_at<Track>.between(day(16), day(20)), {"old", "new"}, "updated on day 16 to 20");
     },
     {Capability::keeps_times}},
    {"conditions find every match among many records, with and without an index",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       std::vector<Track> many;
       for (int i = 0; i < 400; ++i)
         many.push_back({.title = std::to_string(i), .plays = i % 37, .score = i % 37 * 1.0, .mood = Mood::dark});
       tracks.create_many(many);
       for (const int n : {0, 5, 36, 37}) {
         const std::int64_t expected = n == 37 ? 0 : (400 - n + 36) / 37;
         const auto indexed = Query<Track>{}.where(field<&Track::mood> == Mood::dark && field<&Track::plays> == n);
         expect_equal(tracks.count(indexed), expected, "those with " + std::to_string(n) + " plays");
         expect_equal(tracks.count(Query<Track>{}.where(field<&Track::score> == n)), expected,
                      "those with a score of " + std::to_string(n));
         expect_equal(names_in(tracks, indexed), names_in(tracks, Query<Track>{}.where(field<&Track::score> == n)),
                      "the same records, found by two attributes");
       }
     }},
};

inline constexpr Area compare_area{"compare", compare_rules, {Capability::records}};

}  // namespace reel::testing::rules
