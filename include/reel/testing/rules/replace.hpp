#pragma once

#include <optional>
#include <string>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/rules/create.hpp>

namespace reel::testing::rules {

inline constexpr Rule replace_rules[] = {
    {"replace sets every attribute, and optional ones without a value to null",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       const auto made = readings.create({.name = "a", .level = 1, .label = "x", .levels = {1, 2}});
       const auto answered = readings.replace(made.id, {.name = "b", .weight = 0.5});
       const auto stored = readings.get(made.id);
       expect(stored.value == Reading{.name = "b", .weight = 0.5}, "replace kept values of the old record");
       expect(stored == answered, "replace returned a different record than find");
       expect_equal(stored.sequence, made.sequence, "the sequence after replace");
     }},
    {"replace with an unknown id is not_found and creates no record",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       expect_error(
           Errc::not_found, [&] { return tracks.replace(Id<Track>{"none"}, {.title = "a"}); },
           "replace of a missing record");
       expect_equal(tracks.count(), 0, "the number of records");
     }},
    {"replace with a stale if_unchanged_since is a conflict and changes nothing",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       const auto now = tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(1));
       expect_error(
           Errc::conflict, [&] { return tracks.replace(made.id, {.title = "b"}, {made.updated_at}); },
           "a stale replace");
       expect(tracks.get(made.id) == now, "a replace that was a conflict changed the record");
     }},
    {"upsert creates a record with the given id",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto answered = tracks.upsert(Id<Track>{"green"}, full_track());
       expect_equal(answered.id.str(), "green", "the returned id");
       expect(tracks.get(Id<Track>{"green"}).value == full_track(), "the record is not the one that was given");
     }},
    {"upsert replaces an existing record and creates no second one",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create(full_track(), with_id<Track>("green"));
       tracks.upsert(Id<Track>{"GREEN"}, {.title = "b"});
       const auto stored = tracks.get(made.id);
       expect(stored.value == Track{.title = "b"}, "upsert left values of the old record");
       expect_equal(stored.sequence, made.sequence, "the sequence after upsert");
       expect_equal(tracks.count(), 1, "the number of records");
     }},
    {"modify stores what its function changed in the record",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create(full_track());
       const auto answered = tracks.modify(made.id, [](Track& track) {
         ++track.plays;
         track.tags.push_back("new");
       });
       Track expected = full_track();
       expected.plays = 43;
       expected.tags.push_back("new");
       expect(answered.value == expected && tracks.get(made.id) == answered, "modify did not store the changed record");
     }},
    {"modify starts again after a concurrent write, so that neither write is lost",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       int runs = 0;
       tracks.modify(made.id, [&](Track& track) {
         if (runs++ == 0) tracks.update(made.id, Patch<Track>{}.set<&Track::note>("meanwhile"));
         track.plays += 1;
       });
       const Track stored = tracks.get(made.id).value;
       expect_equal(stored.plays, 1, "plays");
       expect_equal(stored.note, std::optional<std::string>("meanwhile"), "what was written meanwhile");
       expect_equal(runs, 2, "how often the function ran");
     }},
    {"modify with an unknown id is not_found",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       expect_error(
           Errc::not_found, [&] { return tracks.modify(Id<Track>{"none"}, [](Track&) {}); },
           "modifying what is not there");
     }},
    {"an exception from the function of modify leaves the record unchanged",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       expect_error(
           Errc::cancelled,
           [&] {
             return tracks.modify(made.id, [](Track& track) {
               track.plays = 5;
               throw Error(Errc::cancelled, "by the caller");
             });
           },
           "a function that throws");
       expect(tracks.get(made.id) == made, "modify stored something although its function threw");
     }},
};

inline constexpr Area replace_area{"replace", replace_rules, {Capability::records}};

}  // namespace reel::testing::rules
