#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/change.hpp>
#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

/// The schema of planets in another version of a program.
[[nodiscard]] inline driver::CollectionSchema planets_with(driver::AttributeSchema more) {
  driver::CollectionSchema schema = schema_of<Planet>();
  schema.attributes.push_back(std::move(more));
  return schema;
}

/// Expects that the store refuses the schema as a conflict and that the stored planet can still be read.
inline void expect_refused_schema(Bench& bench, const driver::CollectionSchema& schema, std::string_view what) {
  const auto planets = bench.records<Planet>();
  const auto made = planets.create({.name = "Mars"}, with_id<Planet>("mars"));
  expect_error(
      Errc::conflict, [&] { return bench.store().ensure(schema), 0; }, what);
  const auto again = bench.records<Planet>();
  expect_equal(again.get(made.id).value.name, "Mars", "the record after a schema was refused");
  expect_equal(again.count(), 1, "the number of records after a schema was refused");
}

inline constexpr Rule setup_rules[] = {
    {"a repeated setup keeps the records",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       tracks.setup();
       bench.records<Track>();
       expect(tracks.get(made.id) == made, "setting up again changed a record");
     }},
    {"every operation on a collection that was not set up is not_found",
     [](Bench& bench) {
       const Repository<Track, AnyStore> tracks{bench.store()};
       bench.records<Planet>();
       const Id<Track> id{"a"};
       expect_error(
           Errc::not_found, [&] { return tracks.create({.title = "a"}); }, "create");
       expect_error(
           Errc::not_found, [&] { return tracks.list(); }, "list");
       expect_error(
           Errc::not_found, [&] { return tracks.count(); }, "count");
       expect_error(
           Errc::not_found, [&] { return tracks.find(id); }, "find");
       expect_error(
           Errc::not_found, [&] { return tracks.remove(id); }, "remove");
       expect_error(
           Errc::not_found, [&] { return tracks.update(id, Patch<Track>{}.set<&Track::plays>(1)); }, "update");
     }},
    {"a schema that lacks a stored attribute is a conflict, and nothing is lost",
     [](Bench& bench) {
       driver::CollectionSchema schema =
           planets_with({.name = "moons", .kind = driver::AttributeType::integer, .required = false});
       schema.attributes.erase(schema.attributes.begin());
       expect_refused_schema(bench, schema, "a schema without the attribute 'name'");
     }},
    {"a schema that changes the type of an attribute is a conflict, and nothing is lost",
     [](Bench& bench) {
       driver::CollectionSchema schema = schema_of<Planet>();
       schema.attributes[0].kind = driver::AttributeType::integer;
       expect_refused_schema(bench, schema, "a schema with 'name' as a number");
       schema = schema_of<Planet>();
       schema.attributes[0].list = true;
       const auto refused = [&] { return bench.store().ensure(schema), 0; };
       expect_error(Errc::conflict, refused, "a schema with 'name' as a list");
     }},
    {"a new required attribute is a conflict if there are records without it",
     [](Bench& bench) {
       expect_refused_schema(bench, planets_with({.name = "radius", .kind = driver::AttributeType::integer}),
                             "a new required attribute");
     }},
    {"a new optional attribute is null in existing records and can be written",
     [](Bench& bench) {
       const auto planets = bench.records<Planet>();
       planets.create({.name = "Mars"}, with_id<Planet>("mars"));
       const driver::CollectionSchema wider =
           planets_with({.name = "radius", .kind = driver::AttributeType::integer, .required = false});
       bench.store().ensure(wider);
       const std::vector<driver::Value> mars = values_of(bench.store(), wider, "mars");
       expect(mars[0] == driver::Value{"Mars"}, "the old attribute lost its value");
       expect(mars[1].is_null(), "the new attribute is not null");
       bench.store().update(wider, "mars", driver::Change{.values = {{1, driver::Value{std::int64_t{3390}}}}});
       expect(values_of(bench.store(), wider, "mars")[1] == driver::Value{std::int64_t{3390}}, "it was not written");
     }},
    {"attributes keep their values when the schema lists them in another order",
     [](Bench& bench) {
       const driver::CollectionSchema first =
           planets_with({.name = "radius", .kind = driver::AttributeType::integer, .required = false});
       bench.store().ensure(first);
       bench.store().create(first,
                            {.id = "mars", .values = {driver::Value{"Mars"}, driver::Value{std::int64_t{3390}}}});
       driver::CollectionSchema second = first;
       std::swap(second.attributes[0], second.attributes[1]);
       bench.store().ensure(second);
       const std::vector<driver::Value> mars = values_of(bench.store(), second, "mars");
       expect(mars == std::vector<driver::Value>{driver::Value{std::int64_t{3390}}, driver::Value{"Mars"}},
              "the values did not follow the names of their attributes");
     }},
    {"a null in an attribute with a default stays null if the schema lists it in another position",
     [](Bench& bench) {
       const driver::CollectionSchema first = planets_with({.name = "radius",
                                                            .kind = driver::AttributeType::integer,
                                                            .required = false,
                                                            .default_value = driver::Value{std::int64_t{1}}});
       bench.store().ensure(first);
       bench.store().create(first,
                            {.id = "mars", .values = {driver::Value{"Mars"}, driver::Value{std::int64_t{3390}}}});
       bench.store().update(first, "mars", driver::Change{.values = {{1, driver::Value{}}}});
       // Before Appwrite 1.7 such a null reads as the default.
       const driver::Value stored = values_of(bench.store(), first, "mars")[1];
       expect(stored.is_null() || stored == first.attributes[1].default_value, "the null was not stored");
       driver::CollectionSchema second = first;
       std::swap(second.attributes[0], second.attributes[1]);
       bench.store().ensure(second);
       expect(values_of(bench.store(), second, "mars")[0] == stored, "another order changed the null");
     }},
    {"a greater max_length accepts longer strings and keeps the stored ones",
     [](Bench& bench) {
       const auto planets = bench.records<Planet>();
       planets.create({.name = "Mars"}, with_id<Planet>("mars"));
       driver::CollectionSchema longer = schema_of<Planet>();
       longer.attributes[0].max_length = 5'000;
       bench.store().ensure(longer);
       const std::string name(4'000, 'x');
       bench.store().create(longer, {.id = "long", .values = {driver::Value{name}}});
       expect(values_of(bench.store(), longer, "long")[0] == driver::Value{name}, "the longer text came back changed");
       expect(values_of(bench.store(), longer, "mars")[0] == driver::Value{"Mars"},
              "a stored string was read back changed");
     }},
    {"a new index covers the existing records",
     [](Bench& bench) {
       const auto planets = bench.records<Planet>();
       create_named(planets, {"Mars", "Venus", "Earth"});
       driver::CollectionSchema indexed = schema_of<Planet>();
       indexed.indexes.push_back({.name = "by_name", .kind = driver::IndexKind::key, .parts = {{.attribute = 0}}});
       bench.store().ensure(indexed);
       const driver::QueryTree query{
           .where = {{.op = driver::Operator::greater, .attribute = 0, .values = {driver::Value{"Earth"}}}},
           .order = {{.attribute = 0}}};
       Names names;
       for (const auto& document : bench.store().list(indexed, query).items)
         names.push_back(*document->values[0].as<std::string>());
       expect_equal(names, Names{"Mars", "Venus"}, "the records found by the new index");
     }},
    {"a new unique index is a conflict if existing records violate it, and keeps them",
     [](Bench& bench) {
       const auto planets = bench.records<Planet>();
       create_named(planets, {"Mars", "Mars"});
       driver::CollectionSchema unique = schema_of<Planet>();
       unique.indexes.push_back({.name = "by_name", .kind = driver::IndexKind::unique, .parts = {{.attribute = 0}}});
       expect_error(
           Errc::conflict, [&] { return bench.store().ensure(unique), 0; }, "a unique index over duplicates");
       expect_equal(names_in(planets), Names{"Mars", "Mars"}, "the records");
     },
     {Capability::unique}},
    {"the manifest offers exactly the abilities that the type of the store has",
     [](Bench& bench) {
       static_cast<void>(bench.records<Planet>());  // a store that has the operations and refuses them ends here
       const driver::AbilitySet has = driver::abilities_of(bench.store());
       const std::pair<Capability, bool> shown[] = {{Capability::records, has.records},
                                                    {Capability::blobs, has.blobs},
                                                    {Capability::on_remove, has.referrers},
                                                    {Capability::bulk_writes, has.bulk},
                                                    {Capability::atomic_batches, has.atomic_batches},
                                                    {Capability::one_step_increment, has.increment},
                                                    {Capability::explain, has.explain},
                                                    {Capability::url, has.url}};
       for (const auto& [one, offered] : shown)
         expect_equal(bench.manifest().offers(one), offered,
                      "the declaration in the manifest of " + std::string(to_string(one)));
     }},
};

inline constexpr Area setup_area{"setup", setup_rules, {Capability::records}};

}  // namespace reel::testing::rules
