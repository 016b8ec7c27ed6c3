#pragma once

#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/rules/create.hpp>

namespace reel::testing::rules {

inline constexpr Rule increment_rules[] = {
    {"increment adds to an integer and returns the stored record",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create(full_track());
       expect_equal(tracks.increment<&Track::plays>(made.id, 5).value.plays, 47, "plays after 42 + 5");
       const auto answered = tracks.increment<&Track::plays>(made.id, -7);
       expect_equal(answered.value.plays, 40, "plays after 47 - 7");
       expect(tracks.get(made.id) == answered, "increment returned a different record than find");
     }},
    {"increment adds to a floating-point number",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a", .score = 0.5});
       tracks.increment<&Track::score>(made.id, 0.25);
       tracks.increment<&Track::score>(made.id, -2);
       expect_equal(tracks.get(made.id).value.score, -1.25, "0.5 + 0.25 - 2");
     }},
    {"increment changes no other attribute",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create(full_track());
       tracks.increment<&Track::plays>(made.id, 1);
       Track expected = full_track();
       expected.plays = 43;
       expect(tracks.get(made.id).value == expected, "increment changed something else");
     }},
    {"increment treats null as 0 and stores the result",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       const auto made = readings.create({.name = "a"});
       readings.increment<&Reading::level>(made.id, 3);
       readings.increment<&Reading::weight>(made.id, 1.5);
       const Reading stored = readings.get(made.id).value;
       expect_equal(stored.level, std::optional<std::int64_t>(3), "level");
       expect_equal(stored.weight, std::optional(1.5), "weight");
     }},
    {"an increment out of the attribute's range is invalid and changes nothing",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a", .plays = 999'999});
       expect_error(
           Errc::invalid, [&] { return tracks.increment<&Track::plays>(made.id, 2); }, "beyond the maximum");
       expect_error(
           Errc::invalid, [&] { return tracks.increment<&Track::plays>(made.id, -1'000'000); }, "below the minimum");
       expect(tracks.get(made.id) == made, "a refused increment changed the record");
       tracks.increment<&Track::plays>(made.id, 1);
       expect_equal(tracks.get(made.id).value.plays, 1'000'000, "plays at the end of the range");
     }},
    {"an increment out of the 64-bit range is invalid and changes nothing",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       const auto made = readings.create({.name = "a", .level = std::numeric_limits<std::int64_t>::max()});
       expect_error(
           Errc::invalid, [&] { return readings.increment<&Reading::level>(made.id, 1); }, "2^63 - 1 + 1");
       expect(readings.get(made.id) == made, "a refused increment changed the record");
     }},
    {"an increment whose result is not finite is invalid and changes nothing",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a", .score = DBL_MAX});
       for (const double by : {DBL_MAX, HUGE_VAL, std::nan("")})
         expect_error(
             Errc::invalid, [&] { return tracks.increment<&Track::score>(made.id, by); }, "beyond a double");
       expect(tracks.get(made.id) == made, "a refused increment changed the record");
     },
     {Capability::exact_doubles}},
    {"an increment with an unknown id is not_found and creates no record",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       expect_error(
           Errc::not_found, [&] { return tracks.increment<&Track::plays>(Id<Track>{"none"}, 1); }, "no record");
       expect_equal(tracks.count(), 0, "the number of records");
     }},
    {"increment ignores the case of the id",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create({.title = "a"}, with_id<Track>("Red"));
       tracks.increment<&Track::plays>(Id<Track>{"rED"}, 2);
       expect_equal(tracks.get(Id<Track>{"Red"}).value.plays, 2, "plays");
     }},
    {"an increment by 0 changes nothing",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create(full_track());
       tracks.increment<&Track::plays>(made.id, 0);
       expect(tracks.get(made.id) == made, "adding 0 changed the record or its times");
     }},
    {"increment advances updated_at, and an older if_unchanged_since is then a conflict",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       const auto now = tracks.increment<&Track::plays>(made.id, 1);
       expect(now.updated_at > made.updated_at, "updated_at did not move");
       expect_error(
           Errc::conflict,
           [&] { return tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(9), {made.updated_at}); },
           "an update with a time before the increment");
     }},
    {"queries find a record by its incremented value",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a", .plays = 1});
       tracks.create({.title = "b", .plays = 2});
       tracks.increment<&Track::plays>(made.id, 2);
       expect_found(tracks, field<&Track::mood> == Mood::calm && field<&Track::plays> == 3, {"a"},
                    "those with 3 plays");
       expect_found(tracks, field<&Track::mood> == Mood::calm && field<&Track::plays> == 1, {}, "those with 1 play");
       expect_equal(names_in(tracks, Query<Track>{}.order_by<&Track::plays>()), Names{"b", "a"}, "by plays");
     }},
};

inline constexpr Area increment_area{"increment", increment_rules, {Capability::records}};

}  // namespace reel::testing::rules
