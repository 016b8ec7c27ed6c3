#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

inline constexpr Rule unique_rules[] = {
    {"create with a value that a unique index contains is already_exists and stores nothing",
     [](Bench& bench) {
       const auto seats = bench.records<Seat>();
       const auto made = seats.create({.row = 1, .code = "abc"});
       const Error error = expect_error(
           Errc::already_exists, [&] { return seats.create({.row = 2, .code = "abc"}, with_id<Seat>("second")); },
           "creating a second abc");
       expect(error.context().index.empty() || error.context().index == "by_code",
              "the error names the wrong index: " + error.context().index);
       expect(!seats.exists(Id<Seat>{"second"}), "the refused record is there");
       expect_equal(seats.count(), 1, "the number of records");
       expect_equal(seats.get(made.id).value.row, 1, "the row of the first record");
     }},
    {"update to a value that a unique index contains is already_exists and changes nothing",
     [](Bench& bench) {
       const auto seats = bench.records<Seat>();
       seats.create({.row = 1, .code = "abc"});
       const auto other = seats.create({.row = 2, .code = "xyz"});
       expect_error(
           Errc::already_exists,
           [&] { return seats.update(other.id, Patch<Seat>{}.set<&Seat::row>(9).set<&Seat::code>("abc")); },
           "updating to a second abc");
       const auto stored = seats.get(other.id);
       expect_equal(stored.value.code, std::optional<std::string>("xyz"), "the code of the refused update");
       expect_equal(stored.value.row, 2, "the row of the refused update");
       expect_equal(stored.updated_at, other.updated_at, "updated_at of the refused update");
     }},
    {"upsert of a new record that violates a unique index is already_exists and changes nothing",
     [](Bench& bench) {
       const auto seats = bench.records<Seat>();
       const auto made = seats.create({.row = 1, .number = 5, .code = "abc"});
       expect_error(
           Errc::already_exists, [&] { return seats.upsert(Id<Seat>{"new"}, {.row = 2, .code = "abc"}); },
           "upserting a second abc");
       expect_equal(seats.count(), 1, "the number of records");
       const Seat stored = seats.get(made.id).value;
       expect(stored.row == 1 && stored.number == 5, "the record that has the code was overwritten");
     }},
    {"replace with a value that a unique index contains is already_exists and changes nothing",
     [](Bench& bench) {
       const auto seats = bench.records<Seat>();
       seats.create({.row = 1, .code = "abc"});
       const auto other = seats.create({.row = 2, .code = "xyz"});
       expect_error(
           Errc::already_exists, [&] { return seats.replace(other.id, {.row = 3, .code = "abc"}); }, "replacing");
       expect_error(
           Errc::already_exists, [&] { return seats.upsert(other.id, {.row = 3, .code = "abc"}); }, "upserting");
       expect_equal(seats.get(other.id).value.row, 2, "the row");
     }},
    {"any number of records can have null in a unique index",
     [](Bench& bench) {
       const auto seats = bench.records<Seat>();
       for (int i = 0; i < 3; ++i) seats.create({.row = 1});
       expect_equal(seats.count(), 3, "the number of records");
     }},
    {"a unique index over two attributes applies to their combination",
     [](Bench& bench) {
       const auto seats = bench.records<Seat>();
       seats.create({.row = 1, .number = 1});
       seats.create({.row = 1, .number = 2});
       seats.create({.row = 2, .number = 1});
       expect_error(
           Errc::already_exists, [&] { return seats.create({.row = 1, .number = 2}); }, "the same seat");
       expect_equal(seats.count(), 3, "the number of records");
     }},
    {"an update can set a record's own unique value again",
     [](Bench& bench) {
       const auto seats = bench.records<Seat>();
       const auto made = seats.create({.row = 1, .number = 1, .code = "abc"});
       seats.update(made.id, Patch<Seat>{}.set<&Seat::code>("abc").set<&Seat::number>(2));
       seats.replace(made.id, {.row = 1, .number = 3, .code = "abc"});
       expect_equal(seats.get(made.id).value.number, std::optional<std::int64_t>(3), "the number");
     }},
    {"the unique values of a removed record can be used again",
     [](Bench& bench) {
       const auto seats = bench.records<Seat>();
       const auto made = seats.create({.row = 1, .code = "abc"});
       seats.remove(made.id);
       seats.create({.row = 2, .code = "abc"});
       expect_equal(seats.count(), 1, "the number of records");
     }},
    {"after an update the old unique value is free and the new one is taken",
     [](Bench& bench) {
       const auto seats = bench.records<Seat>();
       const auto made = seats.create({.row = 1, .code = "abc"});
       seats.update(made.id, Patch<Seat>{}.set<&Seat::code>("xyz"));
       expect_error(
           Errc::already_exists, [&] { return seats.create({.row = 2, .code = "xyz"}); }, "the new code");
       seats.create({.row = 3, .code = "abc"});
       expect_equal(seats.count(), 2, "the number of records");
     }},
    {"a refused write takes none of its unique values",
     [](Bench& bench) {
       const auto seats = bench.records<Seat>();
       seats.create({.row = 1, .number = 1, .code = "abc"});
       expect_error(
           Errc::already_exists, [&] { return seats.create({.row = 2, .number = 2, .code = "abc"}); }, "by code");
       expect_error(
           Errc::already_exists, [&] { return seats.create({.row = 1, .number = 1, .code = "new"}); },
           "by row and number");
       seats.create({.row = 2, .number = 2, .code = "new"});
       expect_equal(seats.count(), 2, "the number of records");
     }},
    {"an increment to a value that a unique index contains is already_exists and changes nothing",
     [](Bench& bench) {
       const auto seats = bench.records<Seat>();
       seats.create({.row = 2, .number = 1});
       const auto made = seats.create({.row = 1, .number = 1});
       expect_error(
           Errc::already_exists, [&] { return seats.increment<&Seat::row>(made.id, 1); }, "moving to a taken seat");
       expect_equal(seats.get(made.id).value.row, 1, "the row");
     }},
    {"a unique index on text ignores case, accents and blanks at the end",
     [](Bench& bench) {
       bench.use(TextRules::folded);
       const auto seats = bench.records<Seat>();
       seats.create({.row = 1, .code = "Café"});
       for (const char* code : {"café", "CAFE", "cafe  "})
         expect_error(
             Errc::already_exists, [&] { return seats.create({.row = 2, .code = code}); },
             "creating " + show(code) + " beside Café");
       seats.create({.row = 3, .code = " cafe"});
       expect_equal(seats.count(), 2, "the number of records");
     },
     {Capability::folded_text}},
    {"a bulk create that violates a unique index within itself is refused and names the item",
     [](Bench& bench) {
       const auto seats = bench.records<Seat>();
       const auto result = seats.create_many(
           std::vector<Seat>{{.row = 1, .code = "a"}, {.row = 2, .code = "b"}, {.row = 3, .code = "a"}},
           {.partial = true});
       expect(result.items[0].record && result.items[1].record, "an item that breaks nothing was refused");
       expect(result.items[2].error && result.items[2].error->code() == Errc::already_exists,
              "the third item was not refused as already_exists");
       expect_equal(seats.count(), 2, "the number of records");
     }},
};

inline constexpr Area unique_area{"unique", unique_rules, {Capability::records, Capability::unique}};

}  // namespace reel::testing::rules
