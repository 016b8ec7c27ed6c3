#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/rules/create.hpp>

namespace reel::testing::rules {

inline constexpr Rule update_rules[] = {
    {"an update changes the attributes of its patch and no others",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create(full_track());
       tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(43).set<&Track::mood>(Mood::dark));
       Track expected = full_track();
       expected.plays = 43;
       expected.mood = Mood::dark;
       const auto stored = tracks.get(made.id);
       expect(stored.value == expected, "after an update of two attributes the record is not what it should be");
       expect_equal(stored.created_at, made.created_at, "created_at after an update");
       expect_equal(stored.sequence, made.sequence, "the sequence after an update");
     }},
    {"update returns the record as it is stored",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create(full_track());
       const auto answered = tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(43));
       expect(answered == tracks.get(made.id), "update returned a different record than find");
       expect_equal(answered.value.plays, 43, "plays in the answer");
     }},
    {"update with an unknown id is not_found and creates no record",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const Error error = expect_error(
           Errc::not_found, [&] { return tracks.update(Id<Track>{"none"}, Patch<Track>{}.set<&Track::plays>(1)); },
           "updating what is not there");
       expect_equal(error.id(), "none", "the id in the error");
       expect_equal(tracks.count(), 0, "the number of records");
     }},
    {"update ignores the case of the id, and the stored id keeps its case",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create({.title = "a"}, with_id<Track>("Red"));
       tracks.update(Id<Track>{"rED"}, Patch<Track>{}.set<&Track::plays>(1));
       const auto stored = tracks.get(Id<Track>{"Red"});
       expect_equal(stored.value.plays, 1, "plays");
       expect_equal(stored.id.str(), "Red", "the id");
     }},
    {"clear sets an optional attribute to null",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       const auto made = readings.create({.name = "a", .level = 4, .label = "x"});
       readings.update(made.id, Patch<Reading>{}.clear<&Reading::level>().clear<&Reading::label>());
       expect(readings.get(made.id).value == Reading{.name = "a"}, "cleared attributes are not null");
       expect_found(readings, field<&Reading::level>.is_null() && field<&Reading::label>.is_null(), {"a"}, "is_null");
     }},
    {"clear sets an attribute with a default to its default",
     [](Bench& bench) {
       const auto presets = bench.records<Preset>();
       const auto made = presets.create({.grade = 7});
       presets.update(made.id, Patch<Preset>{}.clear<&Preset::grade>());
       expect_equal(presets.get(made.id).value.grade, std::optional<std::int64_t>(3), "grade after it was cleared");
     }},
    {"an update replaces a list as a whole",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create(full_track());
       tracks.update(made.id, Patch<Track>{}.set<&Track::tags>(Names{"z"}));
       expect_equal(tracks.get(made.id).value.tags, Names{"z"}, "the list");
       tracks.update(made.id, Patch<Track>{}.clear<&Track::tags>());
       expect_equal(tracks.get(made.id).value.tags, Names{}, "the list after clear");
     }},
    {"every update that changes something advances updated_at",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       Timestamp last = made.updated_at;
       for (int i = 1; i <= 50; ++i) {
         const Timestamp next = tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(i)).updated_at;
         expect(next > last, "updated_at went from " + show(last) + " to " + show(next));
         last = next;
       }
       expect_equal(tracks.get(made.id).updated_at, last, "updated_at when it is read again");
     }},
    {"an update that changes nothing keeps updated_at",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create(full_track());
       tracks.update(made.id, Patch<Track>{});
       tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(42).set<&Track::tags>(full_track().tags));
       tracks.replace(made.id, full_track());
       expect(tracks.get(made.id) == made, "writing the stored values changed the record or its times");
     }},
    {"an update of nothing but the case of a string changes it",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "blue"});
       tracks.update(made.id, Patch<Track>{}.set<&Track::title>("Blue "));
       expect_equal(tracks.get(made.id).value.title, "Blue ", "the title");
     }},
    {"an update with if_unchanged_since succeeds if the record has not changed since",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       const auto once = tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(1), {made.updated_at});
       tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(2), {once.updated_at});
       expect_equal(tracks.get(made.id).value.plays, 2, "plays");
     }},
    {"an update with a stale if_unchanged_since is a conflict and changes nothing",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       const auto now = tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(1));
       expect_error(
           Errc::conflict,
           [&] { return tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(2), {made.updated_at}); },
           "an update with a stale time");
       expect(tracks.get(made.id) == now, "an update that was a conflict changed the record");
     }},
    {"a stale if_unchanged_since is a conflict even if the update would change nothing",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(1));
       expect_error(
           Errc::conflict,
           [&] { return tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(1), {made.updated_at}); },
           "a stale update to the stored value");
     }},
    {"update with if_unchanged_since and an unknown id is not_found",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       expect_error(
           Errc::not_found,
           [&] { return tracks.update(Id<Track>{"none"}, Patch<Track>{}.set<&Track::plays>(1), {now()}); },
           "updating what is not there");
     }},
    {"queries no longer find a record by a value that an update replaced",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "before", .plays = 1});
       tracks.update(made.id, Patch<Track>{}.set<&Track::title>("after").set<&Track::mood>(Mood::dark));
       expect_found(tracks, field<&Track::title> == "before", {}, "the old title");
       expect_found(tracks, field<&Track::title> == "after", {"after"}, "the new title");
       expect_found(tracks, field<&Track::mood> == Mood::calm && field<&Track::plays> == 1, {}, "the old mood");
       expect_found(tracks, field<&Track::mood> == Mood::dark && field<&Track::plays> == 1, {"after"}, "the new mood");
     }},
    {"an updated record keeps its position in the order of insertion",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       create_named(tracks, {"a", "b", "c"});
       const auto b = tracks.list(Query<Track>{}.where(field<&Track::title> == "b")).records.at(0);
       tracks.update(b.id, Patch<Track>{}.set<&Track::title>("B2").set<&Track::note>(std::string(5000, 'n')));
       expect_equal(names_in(tracks), Names{"a", "B2", "c"}, "the order of insertion");
     }},
    {"an invalid update changes nothing, not even the valid attributes in it",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create(full_track());
       const Error error = expect_error(
           Errc::invalid,
           [&] { return tracks.update(made.id, Patch<Track>{}.set<&Track::title>("x").set<&Track::plays>(-1)); },
           "an update below the range");
       expect_equal(error.attribute(), "plays", "the attribute in the error");
       expect(tracks.get(made.id) == made, "an invalid update changed the record");
     }},
};

inline constexpr Area update_area{"update", update_rules, {Capability::records}};

}  // namespace reel::testing::rules
