#pragma once

#include <chrono>
#include <cmath>
#include <string>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

/// Expects that creating the value is `invalid`, names the attribute and stores nothing.
template <class T>
void expect_refused(const Records<T>& records, const T& value, const std::string& attribute, const std::string& what) {
  const Error error = expect_error(
      Errc::invalid, [&] { return records.create(value); }, what);
  expect_equal(error.attribute(), attribute, "the attribute in the error of " + what);
  expect_equal(error.operation(), "create", "the operation in the error of " + what);
  expect_equal(error.collection(), records.schema().id, "the collection in the error of " + what);
  expect_equal(records.count(), 0, "the number of records after " + what);
}

inline constexpr Rule validation_rules[] = {
    {"a string longer than max_length is invalid and is not cut",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       expect_refused(tracks, {.title = std::string(256, 'x')}, "title", "256 characters for 255");
     }},
    {"max_length counts code points, not bytes",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       std::string title;
       for (int i = 0; i < 255; ++i) title += "😀";
       expect_refused(tracks, {.title = title + "x"}, "title", "256 code points for 255");
       const auto made = tracks.create({.title = title});
       expect_equal(tracks.get(made.id).value.title, title, "255 characters of 4 bytes");
     }},
    {"a list element longer than its max_length is invalid",
     [](Bench& bench) {
       expect_refused(bench.records<Track>(), {.title = "a", .tags = {"ok", std::string(65, 'x')}}, "tags",
                      "a list element of 65 characters for 64");
     }},
    {"a number outside its range is invalid, and both bounds are valid",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       expect_refused(tracks, {.title = "a", .plays = -1}, "plays", "-1 for 0 and more");
       expect_refused(tracks, {.title = "a", .plays = 1'000'001}, "plays", "a number above its range");
       tracks.create({.title = "low", .plays = 0});
       tracks.create({.title = "high", .plays = 1'000'000});
       expect_equal(names_in(tracks), Names{"low", "high"}, "the records at the ends of the range");
     }},
    {"a floating-point number outside its range is invalid",
     [](Bench& bench) {
       const auto presets = bench.records<Preset>();
       expect_refused(presets, {.ratio = 1.0000001}, "ratio", "a number above its range");
       expect_refused(presets, {.ratio = -1e-9}, "ratio", "a number below its range");
     }},
    {"an optional number outside its range is invalid",
     [](Bench& bench) { expect_refused(bench.records<Preset>(), {.grade = 10}, "grade", "10 for 1 to 9"); }},
    {"text that is not UTF-8 is invalid",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (const char* text : {"\xFF", "a\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
         expect_refused(tracks, {.title = text}, "title", "a title that is not UTF-8");
         expect_refused(tracks, {.title = "a", .note = text}, "note", "an optional text that is not UTF-8");
         expect_refused(tracks, {.title = "a", .tags = {text}}, "tags", "a list element that is not UTF-8");
       }
     }},
    {"an enumerator without a name is invalid",
     [](Bench& bench) {
       expect_refused(bench.records<Track>(), {.title = "a", .mood = static_cast<Mood>(77)}, "mood", "no enumerator");
     }},
    {"a time outside the years 1000 to 9999 is invalid",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       expect_refused(readings, {.at = earliest_timestamp - std::chrono::milliseconds{1}}, "at", "the year 999");
       expect_refused(readings, {.at = latest_timestamp + std::chrono::milliseconds{1}}, "at", "the year 10000");
       expect_refused(readings, {.times = {Timestamp::min()}}, "times", "a time far outside");
     }},
    {"the error of a create names operation, collection, id, attribute and code",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const Error error = expect_error(
           Errc::invalid, [&] { return tracks.create({.title = "a", .plays = -1}, with_id<Track>("red")); }, "create");
       for (const char* part : {"tracks", "create", "red", "invalid", "plays"})
         expect(std::string(error.what()).find(part) != std::string::npos,
                std::string("the message does not name '") + part + "': " + error.what());
     }},
    {"an invalid upsert leaves the existing record unchanged",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"}, with_id<Track>("red"));
       expect_error(
           Errc::invalid, [&] { return tracks.upsert(made.id, {.title = "b", .plays = -1}); }, "an invalid upsert");
       expect(tracks.get(made.id) == made, "an invalid upsert changed the record");
     }},
    {"a condition with invalid UTF-8 or a number that is not finite is invalid",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto text = Query<Track>{}.where(field<&Track::title> == "\xFF");
       expect_error(
           Errc::invalid, [&] { return tracks.list(text); }, "listing by bad text");
       expect_error(
           Errc::invalid, [&] { return tracks.count(text); }, "counting by bad text");
       expect_error(
           Errc::invalid, [&] { return tracks.list(Query<Track>{}.where(field<&Track::score> < std::nan(""))); },
           "listing by what is not a number");
     }},
};

inline constexpr Area validation_area{"validation", validation_rules, {Capability::records}};

}  // namespace reel::testing::rules
