#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

[[nodiscard]] inline Track full_track() {
  return {.title = "Blue in Green",
          .note = "take 5",
          .plays = 42,
          .score = 0.1,
          .live = true,
          .mood = Mood::bright,
          .tags = {"jazz", "modal", "jazz"},
          .recorded_at = Timestamp{std::chrono::milliseconds{-340'243'199'877}}};
}

inline constexpr Rule create_rules[] = {
    {"a created record is read back with every attribute unchanged",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const Record<Track> made = tracks.create(full_track());
       const auto found = tracks.find(made.id);
       expect(found.has_value(), "a created record is not found");
       expect(found->value == full_track(), "a record was read back with different values");
     }},
    {"create returns the record as it is stored",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const Record<Track> made = tracks.create(full_track());
       expect(tracks.get(made.id) == made, "create returned a different record than find");
     }},
    {"a record created without an id is given a new one",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto first = tracks.create({.title = "a"});
       const auto second = tracks.create({.title = "b"});
       expect(is_valid_id(first.id.str()), "the generated id is not valid: " + first.id.str());
       expect(first.id != second.id, "two records got the same id " + first.id.str());
       expect_equal(tracks.get(first.id).value.title, "a", "the first record under its id");
     }},
    {"a given id is kept unchanged, including its case",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create({.title = "a"}, with_id<Track>("Red.Shoes_2-B"));
       expect_equal(tracks.get(Id<Track>{"Red.Shoes_2-B"}).id.str(), "Red.Shoes_2-B", "the id of the record");
     }},
    {"find ignores the case of an id",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create({.title = "a"}, with_id<Track>("redShoes"));
       for (const char* id : {"REDSHOES", "redshoes", "RedShoes"})
         expect(tracks.find(Id<Track>{id}).has_value(), std::string("redShoes is not found as ") + id);
     }},
    {"create with an existing id in another case is already_exists",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create({.title = "a"}, with_id<Track>("red"));
       expect_error(
           Errc::already_exists, [&] { return tracks.create({.title = "b"}, with_id<Track>("RED")); },
           "creating RED beside red");
       expect_equal(names_in(tracks), Names{"a"}, "the records");
     }},
    {"create with an existing id is already_exists and changes nothing",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a", .plays = 1}, with_id<Track>("red"));
       const Error error = expect_error(
           Errc::already_exists, [&] { return tracks.create({.title = "b"}, with_id<Track>("red")); },
           "creating red twice");
       expect_equal(error.id(), "red", "the id in the error");
       expect(tracks.get(made.id) == made, "the record changed when its id was created again");
       expect_equal(tracks.count(), 1, "the number of records");
     }},
    {"a create that is repeated after a lost response stores no second record",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto id = Id<Track>::make();
       const auto first = tracks.create({.title = "a"}, {.id = id});
       expect_error(
           Errc::already_exists, [&] { return tracks.create({.title = "a"}, {.id = id}); }, "repeating a create");
       expect(tracks.get(id) == first, "repeating a create changed the record");
       expect_equal(tracks.count(), 1, "the number of records");
     }},
    {"ids of 1 to 36 characters are accepted",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (const std::string& id : {std::string("a"), std::string("7"), std::string(36, 'x')}) {
         tracks.create({.title = id}, with_id<Track>(id));
         expect(tracks.exists(Id<Track>{id}), "a record created as '" + id + "' does not exist");
       }
     }},
    {"create with an invalid id is refused and stores nothing",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (const std::string& id :
            {std::string(), std::string(37, 'x'), std::string("-a"), std::string(".a"), std::string("_a"),
             std::string("a b"), std::string("a/b"), std::string("é"), std::string("a\0b", 3), std::string("unique()")})
         expect_error(
             Errc::invalid, [&] { return tracks.create({.title = "a"}, with_id<Track>(id)); },
             "creating the id " + show(id));
       expect_equal(tracks.count(), 0, "the number of records");
     }},
    {"an optional attribute without a value is null",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       const auto made = readings.create({.name = "a"});
       expect(readings.get(made.id).value == Reading{.name = "a"},
              "an attribute without a value was read back with one");
       expect_found(readings, field<&Reading::label>.is_null(), {"a"}, "label is null");
     }},
    {"an empty string is not null",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       const auto made = readings.create({.name = "a", .label = ""});
       expect_equal(readings.get(made.id).value.label, std::optional<std::string>(""), "an empty string");
       expect_found(readings, field<&Reading::label>.is_null(), {}, "label is null");
       expect_found(readings, field<&Reading::label> == "", {"a"}, "label is empty");
     }},
    {"create stores the default of an attribute that has no value",
     [](Bench& bench) {
       const auto presets = bench.records<Preset>();
       const auto made = presets.create({});
       for (const auto& preset : {made, presets.get(made.id)}) {
         expect_equal(preset.value.grade, std::optional<std::int64_t>(3), "the default of grade");
         expect_equal(preset.value.kind, std::optional<std::string>("plain"), "the default of kind");
         expect_equal(preset.value.mood, std::optional(Mood::bright), "the default of mood");
       }
       expect_equal(presets.count(Query<Preset>{}.where(field<&Preset::grade> == 3)), 1, "those of the default grade");
     }},
    {"create stores a given value instead of the default",
     [](Bench& bench) {
       const auto presets = bench.records<Preset>();
       const auto made = presets.create({.grade = 7, .kind = "", .mood = Mood::calm});
       const Preset stored = presets.get(made.id).value;
       expect_equal(stored.grade, std::optional<std::int64_t>(7), "grade");
       expect_equal(stored.kind, std::optional<std::string>(""), "kind");
       expect_equal(stored.mood, std::optional(Mood::calm), "mood");
     }},
    {"each new record has a higher sequence than all earlier records",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       std::int64_t last = tracks.create({.title = "first"}).sequence;
       for (int i = 0; i < 5; ++i) {
         const auto made = tracks.create({.title = std::to_string(i)}, with_id<Track>("id" + std::to_string(9 - i)));
         expect(made.sequence > last, "a sequence of " + show(made.sequence) + " follows one of " + show(last));
         expect_equal(tracks.get(made.id).sequence, made.sequence, "the sequence when read back");
         last = made.sequence;
       }
     }},
    {"the sequence of a removed record is never used again",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto first = tracks.create({.title = "a"}, with_id<Track>("a"));
       tracks.remove(first.id);
       expect(tracks.create({.title = "a"}, with_id<Track>("a")).sequence > first.sequence,
              "the sequence of a removed record was used again");
     }},
    {"a removed id can be created again, and no value of the old record returns",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       readings.create({.name = "old", .level = 1, .label = "x"}, with_id<Reading>("a"));
       readings.remove(Id<Reading>{"a"});
       const auto made = readings.create({.name = "new"}, with_id<Reading>("a"));
       expect(readings.get(made.id).value == Reading{.name = "new"}, "values of the removed record came back");
       expect_found(readings, field<&Reading::level> == 1, {}, "level of the removed record");
     }},
    {"collections are separate: records with the same id in two collections are independent",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto readings = bench.records<Reading>();
       tracks.create({.title = "a"}, with_id<Track>("same"));
       expect(!readings.exists(Id<Reading>{"same"}), "a track is found among the readings");
       readings.create({.name = "b"}, with_id<Reading>("same"));
       readings.remove(Id<Reading>{"same"});
       expect(tracks.exists(Id<Track>{"same"}), "removing a reading removed the track with the same id");
     }},
};

inline constexpr Area create_area{"create", create_rules, {Capability::records}};

}  // namespace reel::testing::rules
