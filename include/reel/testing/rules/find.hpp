#pragma once

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

inline constexpr Rule find_rules[] = {
    {"with an unknown id find is empty and get is not_found",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       expect(!tracks.find(Id<Track>{"none"}), "find returned a missing record");
       expect(!tracks.exists(Id<Track>{"none"}), "exists returned true for a missing record");
       const Error error = expect_error(
           Errc::not_found, [&] { return tracks.get(Id<Track>{"none"}); }, "get of a missing item");
       expect_equal(error.id(), "none", "the id in the error");
       expect_equal(error.collection(), "tracks", "the collection in the error");
     }},
    {"an invalid id is refused by every operation on records",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const Id<Track> bad{"a/b"};
       expect_error(
           Errc::invalid, [&] { return tracks.find(bad); }, "find");
       expect_error(
           Errc::invalid, [&] { return tracks.get(bad); }, "get");
       expect_error(
           Errc::invalid, [&] { return tracks.exists(bad); }, "exists");
       expect_error(
           Errc::invalid, [&] { return tracks.remove(bad); }, "remove");
       expect_error(
           Errc::invalid, [&] { return tracks.replace(bad, {}); }, "replace");
       expect_error(
           Errc::invalid, [&] { return tracks.upsert(bad, {}); }, "upsert");
       expect_error(
           Errc::invalid, [&] { return tracks.update(bad, Patch<Track>{}.set<&Track::plays>(1)); }, "update");
       expect_error(
           Errc::invalid, [&] { return tracks.increment<&Track::plays>(bad, 1); }, "increment");
     }},
    {"a record that was read does not change when the stored record does",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       const driver::DocumentPtr read = bench.store().find(schema_of<Track>(), made.id.str());
       expect(read != nullptr, "a created record is not found");
       const driver::Document copy = *read;
       tracks.update(made.id, Patch<Track>{}.set<&Track::title>("b"));
       tracks.remove(made.id);
       expect(*read == copy, "a returned document changed later");
     }},
};

inline constexpr Area find_area{"find", find_rules, {Capability::records}};

}  // namespace reel::testing::rules
