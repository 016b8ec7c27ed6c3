#pragma once

#include <chrono>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

inline constexpr Rule list_rules[] = {
    {"contains finds lists with the element at any position",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create({.title = "a", .tags = {"x", "y"}});
       tracks.create({.title = "b", .tags = {"y", "z"}});
       tracks.create({.title = "c"});
       expect_found(tracks, field<&Track::tags>.contains("y"), {"a", "b"}, "lists with y");
       expect_found(tracks, field<&Track::tags>.contains("z"), {"b"}, "lists with z");
       expect_found(tracks, !field<&Track::tags>.contains("x"), {"b", "c"}, "lists without x");
     }},
    {"elements are compared exactly: case, accents and blanks count, and parts do not match",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create({.title = "a", .tags = {"Rock", "café", "end "}});
       for (const char* other : {"rock", "ROCK", "Roc", "Rock ", "cafe", "end", ""})
         expect_found(tracks, field<&Track::tags>.contains(other), {}, "lists with " + show(other));
       for (const char* same : {"Rock", "café", "end "})
         expect_found(tracks, field<&Track::tags>.contains(same), {"a"}, "lists with " + show(same));
     }},
    {"lists of numbers, bools, enumerators and times can be queried by element",
     [](Bench& bench) {
       const auto readings = bench.records<Reading>();
       const Timestamp at{std::chrono::milliseconds{5}};
       readings.create(
           {.name = "a", .levels = {1, 23}, .weights = {0.5}, .flags = {true}, .moods = {Mood::dark}, .times = {at}});
       readings.create({.name = "b", .levels = {2, 3}, .weights = {5}, .flags = {false}, .moods = {Mood::calm}});
       expect_found(readings, field<&Reading::levels>.contains(23), {"a"}, "levels with 23");
       expect_found(readings, field<&Reading::levels>.contains(3), {"b"}, "levels with 3");
       expect_found(readings, field<&Reading::weights>.contains(0.5), {"a"}, "weights with 0.5");
       expect_found(readings, field<&Reading::flags>.contains(false), {"b"}, "flags with false");
       expect_found(readings, field<&Reading::moods>.contains(Mood::dark), {"a"}, "moods with dark");
       expect_found(readings, field<&Reading::times>.contains(at), {"a"}, "times with 5 ms");
     }},
    {"an empty list is not null and contains no element",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create({.title = "empty"});
       tracks.create({.title = "blank", .tags = {""}});
       expect_found(tracks, field<&Track::tags>.is_null(), {}, "lists that are null");
       expect_found(tracks, field<&Track::tags>.is_not_null(), {"empty", "blank"}, "lists that are not null");
       expect_found(tracks, field<&Track::tags>.contains(""), {"blank"}, "lists with an empty string");
     }},
    {"an element that looks like JSON is stored and found unchanged",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create({.title = "a", .tags = {"[\"x\"]", "1", "null", "a\"b\\c"}});
       tracks.create({.title = "b", .tags = {"x"}});
       expect_found(tracks, field<&Track::tags>.contains("x"), {"b"}, "lists with x");
       for (const char* element : {"[\"x\"]", "1", "null", "a\"b\\c"})
         expect_found(tracks, field<&Track::tags>.contains(element), {"a"}, "lists with " + show(element));
     }},
};

inline constexpr Area lists_area{"lists", list_rules, {Capability::records}};

}  // namespace reel::testing::rules
