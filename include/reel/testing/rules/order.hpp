#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

/// Creates readings in an order that no attribute has. The record `none` has only nulls.
[[nodiscard]] inline Records<Reading> mixed_readings(Bench& bench) {
  const auto readings = bench.records<Reading>();
  const auto at = [](int day) { return Timestamp{std::chrono::days{day}}; };
  readings.create(
      {.name = "b", .level = 20, .weight = 2.5, .label = "m", .flag = true, .mood = Mood::dark, .at = at(2)});
  readings.create({.name = "none"});
  readings.create(
      {.name = "a", .level = -5, .weight = -1, .label = "c", .flag = false, .mood = Mood::calm, .at = at(3)});
  readings.create(
      {.name = "c", .level = 3, .weight = 1e9, .label = "x", .flag = true, .mood = Mood::bright, .at = at(-1)});
  return readings;
}

template <class T, class F>
void expect_order(const Records<T>& records, F field, const Names& ascending_names, const Names& descending_names,
                  std::string_view what) {
  expect_equal(names_in(records, Query<T>{}.order_by(field, ascending)), ascending_names,
               std::string(what) + ", ascending");
  expect_equal(names_in(records, Query<T>{}.order_by(field, descending)), descending_names,
               std::string(what) + ", descending");
}

inline constexpr Rule order_rules[] = {
    {"records without an order are in order of insertion, whatever their ids",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (const char* id : {"m", "z", "a", "B", "1"}) tracks.create({.title = id}, with_id<Track>(id));
       expect_equal(names_in(tracks), Names{"m", "z", "a", "B", "1"}, "the order of insertion");
     }},
    {"integers sort by value, with nulls first ascending and last descending",
     [](Bench& bench) {
       expect_order(mixed_readings(bench), field<&Reading::level>, {"none", "a", "c", "b"}, {"b", "c", "a", "none"},
                    "by level");
     }},
    {"floating-point numbers sort by value, with nulls first ascending and last descending",
     [](Bench& bench) {
       expect_order(mixed_readings(bench), field<&Reading::weight>, {"none", "a", "b", "c"}, {"c", "b", "a", "none"},
                    "by weight");
     }},
    {"strings sort by their characters, with nulls first ascending and last descending",
     [](Bench& bench) {
       expect_order(mixed_readings(bench), field<&Reading::label>, {"none", "a", "b", "c"}, {"c", "b", "a", "none"},
                    "by label");
     }},
    {"an empty string sorts after null and before all other strings",
     [](Bench& bench) {
       const auto readings = mixed_readings(bench);
       readings.create({.name = "empty", .label = ""});
       expect_order(readings, field<&Reading::label>, {"none", "empty", "a", "b", "c"},
                    {"c", "b", "a", "empty", "none"}, "by label");
     }},
    {"false sorts before true, and null before both",
     [](Bench& bench) {
       expect_order(mixed_readings(bench), field<&Reading::flag>, {"none", "a", "b", "c"}, {"b", "c", "a", "none"},
                    "by flag");
     }},
    {"enumerators sort by name",
     [](Bench& bench) {
       expect_order(mixed_readings(bench), field<&Reading::mood>, {"none", "c", "a", "b"}, {"b", "a", "c", "none"},
                    "by mood");
     }},
    {"times sort chronologically",
     [](Bench& bench) {
       expect_order(mixed_readings(bench), field<&Reading::at>, {"none", "c", "b", "a"}, {"a", "b", "c", "none"},
                    "by time");
     }},
    {"records with equal order values are in order of insertion, in descending order too",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (const char* id : {"m", "z", "a", "k"}) tracks.create({.title = id, .plays = 7}, with_id<Track>(id));
       tracks.create({.title = "last", .plays = 1});
       expect_order(tracks, field<&Track::plays>, {"last", "m", "z", "a", "k"}, {"m", "z", "a", "k", "last"},
                    "by plays");
     }},
    {"a second order sorts the records that are equal in the first",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create({.title = "a", .plays = 1, .mood = Mood::dark});
       tracks.create({.title = "b", .plays = 2, .mood = Mood::calm});
       tracks.create({.title = "c", .plays = 3, .mood = Mood::calm});
       tracks.create({.title = "d", .plays = 9, .mood = Mood::dark});
       const Query<Track> query;
       expect_equal(names_in(tracks, query.order_by<&Track::mood>().order_by<&Track::plays>(descending)),
                    Names{"c", "b", "d", "a"}, "mood up, plays down");
       expect_equal(names_in(tracks, query.order_by<&Track::mood>(descending).order_by<&Track::plays>()),
                    Names{"a", "d", "b", "c"}, "mood down, plays up");
       expect_equal(names_in(tracks, query.order_by<&Track::mood>().order_by<&Track::plays>()),
                    Names{"b", "c", "a", "d"}, "mood up, plays up");
     }},
    {"ids sort without case",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (const char* id : {"b", "C", "A", "d"}) tracks.create({.title = id}, with_id<Track>(id));
       expect_order(tracks, id<Track>, {"A", "b", "C", "d"}, {"d", "C", "b", "A"}, "by id");
     }},
    {"records sort by created_at and updated_at",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto day = [](int number) { return Timestamp{std::chrono::days{number}}; };
       tracks.create({.title = "a"}, {.created_at = day(2), .updated_at = day(5)});
       tracks.create({.title = "b"}, {.created_at = day(1), .updated_at = day(9)});
       tracks.create({.title = "c"}, {.created_at = day(3), .updated_at = day(4)});
       expect_order(tracks, created_at<Track>, {"b", "a", "c"}, {"c", "a", "b"}, "by created_at");
       expect_order(tracks, updated_at<Track>, {"c", "a", "b"}, {"b", "a", "c"}, "by updated_at");
     },
     {Capability::keeps_times}},
    {"the limit applies after sorting",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (int i = 0; i < 40; ++i) tracks.create({.title = std::to_string(i), .plays = (i * 17) % 40});
       const auto top = tracks.list(Query<Track>{}.order_by<&Track::plays>(descending).limit(3));
       Names plays;
       for (const auto& track : top.records) plays.push_back(std::to_string(track.value.plays));
       expect_equal(plays, Names{"39", "38", "37"}, "the three with the most plays");
     }},
    {"the limit applies after the conditions",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (int i = 0; i < 40; ++i) tracks.create({.title = std::to_string(i), .live = i >= 35});
       const auto page = tracks.list(Query<Track>{}.where(field<&Track::live> == true).limit(3));
       expect_equal(names_of(page.records), Names{"35", "36", "37"}, "the first three live ones");
     }},
    {"conditions and orders can be combined, on indexed and other attributes",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (int i = 0; i < 12; ++i)
         tracks.create({.title = std::to_string(i),
                        .plays = (i * 5) % 12,
                        .score = (12 - i) * 0.5,
                        .mood = i % 2 == 0 ? Mood::calm : Mood::dark});
       const auto calm = Query<Track>{}.where(field<&Track::mood> == Mood::calm);
       expect_equal(names_in(tracks, calm.order_by<&Track::plays>(descending)), Names{"2", "4", "6", "8", "10", "0"},
                    "the calm ones by plays");
       expect_equal(names_in(tracks, calm.order_by<&Track::score>()), Names{"10", "8", "6", "4", "2", "0"},
                    "the calm ones by score");
     }},
    {"a record moves in the order when its order value is updated",
     [](Bench& bench) {
       const auto readings = mixed_readings(bench);
       const auto a = readings.list(Query<Reading>{}.where(field<&Reading::name> == "a")).records.at(0);
       readings.update(a.id, Patch<Reading>{}.set<&Reading::level>(100));
       expect_order(readings, field<&Reading::level>, {"none", "c", "b", "a"}, {"a", "b", "c", "none"}, "by level");
       readings.update(a.id, Patch<Reading>{}.clear<&Reading::level>());
       expect_order(readings, field<&Reading::level>, {"none", "a", "c", "b"}, {"b", "c", "none", "a"}, "by level");
     }},
};

inline constexpr Area order_area{"order", order_rules, {Capability::records}};

}  // namespace reel::testing::rules
