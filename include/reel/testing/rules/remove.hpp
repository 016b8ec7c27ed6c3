#pragma once

#include <string>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

inline constexpr Rule remove_rules[] = {
    {"a removed record is no longer found by find, list, count or queries",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       create_named(tracks, {"a", "b", "c"});
       const auto b = tracks.list(Query<Track>{}.where(field<&Track::title> == "b")).records.at(0);
       expect(tracks.remove(b.id), "remove returned false for an existing item");
       expect(!tracks.find(b.id), "a removed record is still found");
       expect(!tracks.exists(b.id), "a removed record still exists");
       expect_equal(names_in(tracks), Names{"a", "c"}, "the records that are left");
       expect_equal(tracks.count(), 2, "the number of records");
       expect_found(tracks, field<&Track::title> == "b", {}, "the title of the removed record");
       expect_found(tracks, field<&Track::mood> == Mood::calm, {"a", "c"}, "the mood of all records");
     }},
    {"remove with an unknown id returns false",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       expect(!tracks.remove(Id<Track>{"none"}), "remove returned true for a missing item");
       expect(tracks.exists(made.id), "removing an unknown id removed another record");
     }},
    {"a second remove of the same record returns false",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       expect(tracks.remove(made.id), "the first remove returned false");
       expect(!tracks.remove(made.id), "the second remove returned true");
     }},
    {"remove ignores the case of the id",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create({.title = "a"}, with_id<Track>("Red"));
       expect(tracks.remove(Id<Track>{"rED"}), "remove does not find the id in other case");
       expect_equal(tracks.count(), 0, "the number of records");
     }},
    {"remove with a stale if_unchanged_since is a conflict and keeps the record",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       const auto now = tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(1));
       expect_error(
           Errc::conflict, [&] { return tracks.remove(made.id, {made.updated_at}); }, "a stale remove");
       expect(tracks.get(made.id) == now, "a remove that was a conflict changed the record");
       expect(tracks.remove(made.id, {now.updated_at}), "a remove with the right time removed nothing");
     }},
    {"remove with if_unchanged_since and an unknown id returns false",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       expect(!tracks.remove(Id<Track>{"none"}, {now()}), "remove returned true for a missing item");
     }},
    {"an update does not restore a removed record",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       tracks.remove(made.id);
       expect_error(
           Errc::not_found, [&] { return tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(1)); },
           "updating a removed record");
       expect_error(
           Errc::not_found, [&] { return tracks.increment<&Track::plays>(made.id, 1); },
           "incrementing a removed record");
       expect(!tracks.exists(made.id), "a removed record returned");
     }},
    {"remove_where removes exactly the matches and returns their number",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (int i = 0; i < 60; ++i) tracks.create({.title = std::to_string(i), .live = i % 3 == 0});
       const auto live = Query<Track>{}.where(field<&Track::live> == true);
       expect_equal(tracks.remove_where(live.limit(1)), 20, "the number of removed records");
       expect_equal(tracks.count(), 40, "the number of records");
       expect_equal(tracks.count(live), 0, "the number of matches that are left");
       expect_equal(tracks.remove_where(live), 0, "the number of records removed the second time");
     }},
    {"update_where changes exactly the matches and returns their number",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (int i = 0; i < 60; ++i) tracks.create({.title = std::to_string(i), .plays = i});
       const auto low = Query<Track>{}.where(field<&Track::plays> < 45).limit(1);
       expect_equal(tracks.update_where(low, Patch<Track>{}.set<&Track::live>(true)), 45, "the number of changes");
       expect_equal(tracks.count(Query<Track>{}.where(field<&Track::live> == true)), 45, "those that are live now");
       expect_found(tracks, field<&Track::plays> == 45 && field<&Track::live> == false, {"45"}, "the first beyond");
     }},
    {"update_where changes all matches even if the patch makes them stop matching",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (int i = 0; i < 60; ++i) tracks.create({.title = std::to_string(i)});
       const auto calm = Query<Track>{}.where(field<&Track::mood> == Mood::calm);
       expect_equal(tracks.update_where(calm, Patch<Track>{}.set<&Track::mood>(Mood::dark)), 60, "the changes");
       expect_equal(tracks.count(calm), 0, "those that still match");
     }},
    {"update_where with an invalid patch is refused and changes nothing",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       create_named(tracks, {"a", "b"});
       const auto before = tracks.list().records;
       expect_error(
           Errc::invalid, [&] { return tracks.update_where({}, Patch<Track>{}.set<&Track::plays>(-1)); },
           "an update below the range");
       expect(tracks.list().records == before, "an invalid update_where changed a record");
     }},
};

inline constexpr Area remove_area{"remove", remove_rules, {Capability::records}};

}  // namespace reel::testing::rules
