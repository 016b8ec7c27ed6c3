#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/driver/abilities.hpp>
#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

/// Returns drafts of tracks whose ids equal their names.
[[nodiscard]] inline std::vector<Draft<Track>> drafts(const Names& names) {
  std::vector<Draft<Track>> made;
  for (const std::string& name : names) made.push_back({.value = {.title = name}, .options = with_id<Track>(name)});
  return made;
}

/// Requires atomic batches. Throws `unsupported` if the store refuses them.
inline void require_atomic(Bench& bench) {
  bench.store().write(schema_of<Track>(), {}, driver::Batch::atomic);
  expect(bench.store().atomic_batches, "the store applies batches atomically but reports that it does not");
}

[[nodiscard]] inline std::optional<Errc> code_of(const std::optional<Error>& error) {
  return error ? std::optional(error->code()) : std::nullopt;
}

inline constexpr Rule bulk_rules[] = {
    {"create_many stores all records in the given order and returns them",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto result =
           tracks.create_many(std::vector<Track>{{.title = "a"}, {.title = "b", .plays = 7}, {.title = "c"}});
       expect_equal(result.succeeded(), 3, "the number of successes");
       expect_equal(names_in(tracks), Names{"a", "b", "c"}, "the records");
       for (const auto& item : result.items)
         expect(item.record && tracks.get(item.record->id) == *item.record, "an item is not the record that is stored");
       expect_equal(result.items[1].record.value().value.plays, 7, "the plays of the second item");
     }},
    {"create_many of an empty list does nothing",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       expect(tracks.create_many(std::vector<Track>{}).items.empty(), "there are items in the answer to nothing");
       expect_equal(tracks.count(), 0, "the number of records");
     }},
    {"create_many accepts more records than fit into one request to a server",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       std::vector<Track> many;
       Names names;
       for (int i = 0; i < 250; ++i) {
         names.push_back(std::to_string(i));
         many.push_back({.title = names.back()});
       }
       expect_equal(tracks.create_many(many).succeeded(), 250, "the number of successes");
       expect_equal(names_in(tracks), names, "the records in order of insertion");
     }},
    {"create_many keeps the id and options of each draft",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create_many(drafts({"x", "y"}));
       expect_equal(tracks.get(Id<Track>{"y"}).value.title, "y", "the title of y");
     }},
    {"a bulk result is marked atomic exactly if the manifest offers atomic batches",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       expect_equal(tracks.create_many(drafts({"a"})).atomic, bench.manifest().offers(Capability::atomic_batches),
                    "whether the batch was atomic");
       expect_equal(tracks.create_many(drafts({"b"}), {.partial = true}).atomic, false,
                    "whether a partial batch was atomic");
     }},
    {"an atomic bulk create that contains a duplicate stores nothing, wherever the duplicate is",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       require_atomic(bench);
       const auto there = tracks.create({.title = "there"}, with_id<Track>("there"));
       for (std::size_t k = 0; k < 5; ++k) {
         Names names{"a", "b", "c", "d"};
         names.insert(names.begin() + static_cast<std::ptrdiff_t>(k), "there");
         const Error error = expect_error(
             Errc::already_exists, [&] { return tracks.create_many(drafts(names)); }, "a batch with a duplicate");
         expect_equal(error.context().item, std::optional(k), "the item in the error");
         expect_equal(names_in(tracks), Names{"there"}, "the records after item " + std::to_string(k) + " failed");
       }
       expect(tracks.get(there.id) == there, "the record that was there changed");
     },
     {Capability::atomic_batches}},
    {"an atomic bulk create that contains an id twice stores nothing",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       require_atomic(bench);
       expect_error(
           Errc::already_exists,
           [&] {
             return tracks.create_many(drafts({"a", "b", "A"}));
           },
           "the same id twice");
       expect_equal(tracks.count(), 0, "the number of records");
     },
     {Capability::atomic_batches}},
    {"an atomic bulk update with a stale item changes nothing",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       require_atomic(bench);
       tracks.create_many(drafts({"a", "b", "c"}));
       const auto stale = tracks.get(Id<Track>{"b"});
       tracks.update(stale.id, Patch<Track>{}.set<&Track::note>("new"));
       const auto before = tracks.list().records;
       std::vector<Update<Track>> updates;
       for (const auto& record : before)
         updates.push_back({.id = record.id, .patch = Patch<Track>{}.set<&Track::plays>(9)});
       updates[1].if_unchanged_since = stale.updated_at;
       const Error error = expect_error(
           Errc::conflict, [&] { return tracks.update_many(updates); }, "a batch with a stale item");
       expect_equal(error.context().item, std::optional<std::size_t>(1), "the item in the error");
       expect(tracks.list().records == before, "a batch that failed changed a record");
     },
     {Capability::atomic_batches}},
    {"an atomic bulk update with a missing record changes nothing",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       require_atomic(bench);
       tracks.create_many(drafts({"a", "b"}));
       const auto before = tracks.list().records;
       std::vector<Update<Track>> updates;
       for (const char* id : {"a", "none", "b"})
         updates.push_back({.id = Id<Track>{id}, .patch = Patch<Track>{}.set<&Track::plays>(9)});
       expect_error(
           Errc::not_found, [&] { return tracks.update_many(updates); }, "a batch with a missing record");
       expect(tracks.list().records == before, "a batch that failed changed a record");
     },
     {Capability::atomic_batches}},
    {"an atomic batch of creates, updates and removals is undone completely if its last write fails",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       require_atomic(bench);
       tracks.create_many(drafts({"a", "b"}));
       const auto before = tracks.list().records;
       const driver::Document model = *bench.store().find(schema_of<Track>(), "a");
       const auto create = [&](const char* id) {
         return driver::Write{.kind = driver::WriteKind::create, .document = {.id = id, .values = model.values}};
       };
       driver::Write update{.kind = driver::WriteKind::update, .change = {.values = {{0, driver::Value{"changed"}}}}};
       update.document.id = "a";
       driver::Write remove{.kind = driver::WriteKind::remove};
       remove.document.id = "b";
       const auto results =
           bench.store().write(schema_of<Track>(), {create("c"), update, remove, create("a")}, driver::Batch::atomic);
       expect_equal(results.size(), 4, "the number of results");
       expect_equal(code_of(results[3].error), std::optional(Errc::already_exists), "the error of the last write");
       for (std::size_t i = 0; i < 3; ++i)
         expect(!results[i].error && !results[i].document, "a write that is not to blame has a result or an error");
       expect(tracks.list().records == before, "a batch that failed left a trace");
       bench.store().write(schema_of<Track>(), {create("c"), update, remove}, driver::Batch::atomic);
       expect_equal(names_in(tracks), Names{"changed", "a"}, "the records after the batch without its last write");
     },
     {Capability::atomic_batches}},
    {"a failed atomic batch leaves nothing in the indexes",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       require_atomic(bench);
       tracks.create_many(drafts({"a"}));
       expect_error(
           Errc::already_exists,
           [&] {
             return tracks.create_many(drafts({"n1", "n2", "a"}));
           },
           "a duplicate");
       expect_found(tracks, field<&Track::title>.starts_with("n"), {}, "titles of records that were not created");
       expect_found(tracks, field<&Track::mood> == Mood::calm, {"a"}, "records by mood");
     },
     {Capability::atomic_batches}},
    {"an invalid item makes a bulk create fail before anything is written, and the error names it",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (std::size_t k = 0; k < 3; ++k) {
         std::vector<Track> many{{.title = "a"}, {.title = "b"}, {.title = "c"}};
         many[k].plays = -1;
         const Error error = expect_error(
             Errc::invalid, [&] { return tracks.create_many(many); }, "an invalid item");
         expect_equal(error.context().item, std::optional(k), "the item in the error");
         expect_equal(error.attribute(), "plays", "the attribute in the error");
         expect_equal(tracks.count(), 0, "the number of records");
       }
     }},
    {"a partial bulk create stores the valid items and reports each result",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create({.title = "there"}, with_id<Track>("there"));
       auto items = drafts({"a", "there", "b", "c", "A"});
       items[2].value.plays = -1;
       const auto result = tracks.create_many(items, {.partial = true});
       expect_equal(result.items.size(), 5, "the number of items");
       expect_equal(code_of(result.items[0].error), std::optional<Errc>{}, "the error of a");
       expect_equal(code_of(result.items[1].error), std::optional(Errc::already_exists), "the error of there");
       expect_equal(code_of(result.items[2].error), std::optional(Errc::invalid), "the error of b");
       expect_equal(code_of(result.items[3].error), std::optional<Errc>{}, "the error of c");
       expect_equal(code_of(result.items[4].error), std::optional(Errc::already_exists), "the error of A");
       expect_equal(names_in(tracks), Names{"there", "a", "c"}, "the records");
     }},
    {"update_many applies a separate patch to each record",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create_many(drafts({"a", "b", "c"}));
       const auto result = tracks.update_many({{.id = Id<Track>{"c"}, .patch = Patch<Track>{}.set<&Track::plays>(3)},
                                               {.id = Id<Track>{"A"}, .patch = Patch<Track>{}.set<&Track::note>("n")}});
       expect_equal(result.items[0].record.value().value.plays, 3, "the plays in the first result");
       expect_equal(tracks.get(Id<Track>{"c"}).value.plays, 3, "the plays of c");
       expect_equal(tracks.get(Id<Track>{"a"}).value.note, std::optional<std::string>("n"), "the note of a");
       expect_equal(tracks.get(Id<Track>{"b"}).value.plays, 0, "the plays of b");
     }},
    {"a partial bulk update refuses its stale item and applies the others",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create_many(drafts({"a", "b", "c"}));
       const auto stale = tracks.get(Id<Track>{"b"});
       const auto fresh = tracks.update(stale.id, Patch<Track>{}.set<&Track::note>("new"));
       std::vector<Update<Track>> updates;
       for (const char* id : {"a", "b", "c", "none"})
         updates.push_back({.id = Id<Track>{id}, .patch = Patch<Track>{}.set<&Track::plays>(9)});
       updates[1].if_unchanged_since = stale.updated_at;
       const auto result = tracks.update_many(updates, {.partial = true});
       expect_equal(code_of(result.items[1].error), std::optional(Errc::conflict), "the error of the stale item");
       expect_equal(code_of(result.items[3].error), std::optional(Errc::not_found), "the error of the missing one");
       expect(tracks.get(stale.id) == fresh, "the stale item was written");
       expect_found(tracks, field<&Track::plays> == 9, {"a", "c"}, "the others");
     }},
    {"a bulk update can contain a record several times, and the last value is stored",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create_many(drafts({"a"}));
       const Id<Track> a{"a"};
       tracks.update_many({{.id = a, .patch = Patch<Track>{}.set<&Track::plays>(1).set<&Track::live>(true)},
                           {.id = a, .patch = Patch<Track>{}.set<&Track::plays>(2)}});
       const Track stored = tracks.get(a).value;
       expect(stored.plays == 2 && stored.live, "the updates of one record were not applied in order");
     }},
    {"a bulk removal refuses its stale item and removes the others",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create_many(drafts({"a", "b", "c"}));
       std::vector<driver::Write> writes;
       for (const char* id : {"a", "b"}) {
         const driver::DocumentPtr read = bench.store().find(schema_of<Track>(), id);
         writes.push_back({.kind = driver::WriteKind::remove,
                           .document = {.id = id},
                           .change = {.if_unchanged_since = read->updated_at, .as_read = read}});
       }
       writes.push_back({.kind = driver::WriteKind::remove, .document = {.id = "none"}});
       tracks.update(Id<Track>{"b"}, Patch<Track>{}.set<&Track::plays>(1));
       const auto results =
           driver::write_many(bench.store(), schema_of<Track>(), std::move(writes), driver::Batch::independent);
       expect(results.at(0).document && !results.at(0).error, "the removed record is not in the result");
       expect_equal(code_of(results.at(1).error), std::optional(Errc::conflict), "the error of the stale item");
       expect(!results.at(2).document && !results.at(2).error, "the result of a missing record is not empty");
       expect_equal(names_in(tracks), Names{"b", "c"}, "the records");
     }},
    {"a bulk create checks references and names the item that has an invalid one",
     [](Bench& bench) {
       const auto planets = bench.records<Planet>();
       const auto moons = bench.records<Moon>();
       planets.create({.name = "p"}, with_id<Planet>("p"));
       const Error error = expect_error(
           Errc::invalid,
           [&] {
             return moons.create_many(
                 std::vector<Moon>{{.name = "a", .planet = Id<Planet>{"p"}}, {.name = "b", .planet = Id<Planet>{"x"}}});
           },
           "a moon of no planet");
       expect_equal(error.context().item, std::optional<std::size_t>(1), "the item in the error");
       expect_equal(moons.count(), 0, "the number of moons");
     }},
};

inline constexpr Area bulk_area{"bulk", bulk_rules, {Capability::records}};

}  // namespace reel::testing::rules
