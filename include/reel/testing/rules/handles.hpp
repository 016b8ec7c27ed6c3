#pragma once

#include <cstdint>
#include <string>

#include <reel/driver/change.hpp>
#include <reel/testing/rules/create.hpp>

namespace reel::testing::rules {

inline constexpr Rule handle_rules[] = {
    {"a write through one handle is visible through the others at once",
     [](Bench& bench) {
       const auto mine = bench.records<Track>();
       const auto theirs = Bench::records<Track>(bench.another_handle());
       const auto made = mine.create(full_track());
       expect(theirs.get(made.id) == made, "the record is not the same for another handle");
       const auto changed = theirs.update(made.id, Patch<Track>{}.set<&Track::title>("new"));
       expect(mine.get(made.id) == changed, "an update by another handle is not seen");
       expect_found(mine, field<&Track::title> == "new", {"new"}, "the title that another handle wrote");
       mine.remove(made.id);
       expect(!theirs.exists(made.id), "a record that another handle removed still exists");
       expect_equal(theirs.count(), 0, "the number of records");
     }},
    {"if_unchanged_since considers writes through other handles",
     [](Bench& bench) {
       const auto mine = bench.records<Track>();
       const auto theirs = Bench::records<Track>(bench.another_handle());
       const auto made = mine.create({.title = "a"});
       theirs.update(made.id, Patch<Track>{}.set<&Track::plays>(1));
       expect_error(
           Errc::conflict,
           [&] { return mine.update(made.id, Patch<Track>{}.set<&Track::plays>(2), {made.updated_at}); },
           "a stale update");
     }},
    {"records created through several handles have different sequences",
     [](Bench& bench) {
       const auto mine = bench.records<Track>();
       const auto theirs = Bench::records<Track>(bench.another_handle());
       for (int i = 0; i < 4; ++i) (i % 2 == 0 ? mine : theirs).create({.title = std::to_string(i)});
       expect_equal(names_in(mine), Names{"0", "1", "2", "3"}, "the order of insertion for one handle");
       expect_equal(names_in(theirs), Names{"0", "1", "2", "3"}, "the order of insertion for the other");
     }},
    {"a schema that is extended through one handle is known to the others",
     [](Bench& bench) {
       const auto planets = bench.records<Planet>();
       planets.create({.name = "Mars"}, with_id<Planet>("mars"));
       driver::CollectionSchema wider = schema_of<Planet>();
       wider.attributes.push_back({.name = "radius", .kind = driver::AttributeType::integer, .required = false});
       AnyStore& other = bench.another_handle();
       other.ensure(wider);
       other.update(wider, "mars", driver::Change{.values = {{1, driver::Value{std::int64_t{3390}}}}});
       bench.store().ensure(wider);
       expect(values_of(bench.store(), wider, "mars").at(1) == driver::Value{std::int64_t{3390}},
              "the new value is not seen");
     }},
};

inline constexpr Area handles_area{"handles", handle_rules, {Capability::records, Capability::several_handles}};

}  // namespace reel::testing::rules
