#pragma once

#include <vector>

#include <reel/testing/rules/bulk.hpp>
#include <reel/testing/rules/create.hpp>
namespace reel::testing::rules {

inline constexpr Rule restart_rules[] = {
    {"after a restart records are unchanged: values, times, permissions, sequence",
     [](Bench& bench) {
       const auto made = bench.records<Track>().create(
           full_track(), {.id = Id<Track>{"Red"}, .permissions = {Permission::read(Role::any())}});
       const auto other = bench.records<Reading>().create({.name = "null"});
       bench.restart();
       expect(bench.records<Track>().get(Id<Track>{"red"}) == made, "a record changed in a restart");
       expect(bench.records<Reading>().get(other.id) == other, "a record full of nulls changed in a restart");
     }},
    {"after a restart updates, increments and removals are still applied",
     [](Bench& bench) {
       {
         const auto tracks = bench.records<Track>();
         create_named(tracks, {"a", "b", "c"});
         const auto all = tracks.list().records;
         tracks.update(all[0].id, Patch<Track>{}.set<&Track::title>("A2"));
         tracks.increment<&Track::plays>(all[0].id, 4);
         tracks.remove(all[1].id);
       }
       bench.restart();
       const auto tracks = bench.records<Track>();
       expect_equal(names_in(tracks), Names{"A2", "c"}, "the records");
       expect_equal(tracks.list().records.at(0).value.plays, 4, "plays");
       expect_equal(tracks.count(), 2, "the number of records");
     }},
    {"after a restart an older if_unchanged_since is still a conflict",
     [](Bench& bench) {
       const auto made = bench.records<Track>().create({.title = "a"});
       const auto fresh = bench.records<Track>().update(made.id, Patch<Track>{}.set<&Track::plays>(1));
       bench.restart();
       const auto tracks = bench.records<Track>();
       expect_error(
           Errc::conflict,
           [&] { return tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(2), {made.updated_at}); },
           "a stale update");
       expect_error(
           Errc::conflict, [&] { return tracks.remove(made.id, {made.updated_at}); }, "a stale remove");
       tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(3), {fresh.updated_at});
       expect_equal(tracks.get(made.id).value.plays, 3, "plays");
     }},
    {"after a restart the order of insertion continues, and no sequence is used again",
     [](Bench& bench) {
       create_named(bench.records<Track>(), {"a", "b"});
       const auto last = bench.records<Track>().create({.title = "gone"});
       bench.records<Track>().remove(last.id);
       bench.restart();
       const auto tracks = bench.records<Track>();
       expect(tracks.create({.title = "c"}).sequence > last.sequence, "a sequence was used again after a restart");
       expect_equal(names_in(tracks), Names{"a", "b", "c"}, "the order of insertion");
     }},
    {"after a restart unique indexes still hold",
     [](Bench& bench) {
       bench.records<Seat>().create({.row = 1, .code = "abc"});
       bench.restart();
       const auto seats = bench.records<Seat>();
       expect_error(
           Errc::already_exists, [&] { return seats.create({.row = 2, .code = "abc"}); }, "the same code");
       expect_equal(seats.count(), 1, "the number of records");
     },
     {Capability::unique}},
    {"after a restart ids are still taken",
     [](Bench& bench) {
       bench.records<Track>().create({.title = "a"}, with_id<Track>("Red"));
       bench.restart();
       const auto tracks = bench.records<Track>();
       expect_error(
           Errc::already_exists, [&] { return tracks.create({}, with_id<Track>("rED")); }, "the same id");
       expect_equal(names_in(tracks), Names{"a"}, "the records");
     }},
    {"after a restart conditions, orders and searches return the same records",
     [](Bench& bench) {
       const Names inserted{"Blue", "alpha", "élan", "Zulu", "beta"};
       const auto ask = [](const Records<Word>& words) {
         Names all = names_in(words, Query<Word>{}.order_by<&Word::indexed>());
         for (const auto& name : names_in(words, Query<Word>{}.where(field<&Word::indexed> >= "b")))
           all.push_back(name);
         for (const auto& name : names_in(words, Query<Word>{}.where(field<&Word::plain>.contains("e"))))
           all.push_back(name);
         return all;
       };
       const auto words = bench.records<Word>();
       for (const auto& text : inserted) words.create({.plain = text, .indexed = text});
       const Names before = ask(words);
       bench.restart();
       expect_equal(ask(bench.records<Word>()), before, "what queries find");
     }},
    {"after a restart full-text indexes find the same records",
     [](Bench& bench) {
       const auto articles = bench.records<Article>();
       articles.create({.title = "a", .body = "quick brown fox"});
       articles.create({.title = "b", .body = "slow fox"});
       bench.restart();
       expect_found(bench.records<Article>(), field<&Article::body>.search("quick"), {"a"}, "searching quick");
       expect_found(bench.records<Article>(), field<&Article::body>.search("fox"), {"a", "b"}, "searching fox");
     },
     {Capability::full_text}},
    {"after a restart an older cursor is still valid",
     [](Bench& bench) {
       create_named(bench.records<Reading>(), {"a", "b", "c", "d", "e"});
       const auto query = Query<Reading>{}.order_by<&Reading::level>().limit(2);
       const auto first = bench.records<Reading>().list(query);
       bench.restart();
       const auto second = bench.records<Reading>().list(query.after(first.next.value()));
       expect_equal(names_of(second.records), Names{"c", "d"}, "the second page");
     }},
    {"after a restart a schema that would lose values is still a conflict",
     [](Bench& bench) {
       bench.records<Planet>().create({.name = "Mars"});
       bench.restart();
       driver::CollectionSchema schema = schema_of<Planet>();
       schema.attributes[0].kind = driver::AttributeType::integer;
       expect_error(
           Errc::conflict, [&] { return bench.store().ensure(schema), 0; }, "another type");
       expect_equal(names_in(bench.records<Planet>()), Names{"Mars"}, "the records");
     }},
    {"after a restart on_remove applies even if the referring collection was not set up again",
     [](Bench& bench) {
       bench.records<Planet>().create({.name = "p"}, with_id<Planet>("p"));
       bench.records<Moon>().create({.name = "m", .planet = Id<Planet>{"p"}});
       bench.restart();
       bench.records<Planet>().remove(Id<Planet>{"p"});
       expect_equal(bench.records<Moon>().count(), 0, "the number of moons");
     },
     {Capability::on_remove}},
    {"after a restart an undone batch stays undone",
     [](Bench& bench) {
       bench.records<Track>().create({.title = "there"}, with_id<Track>("there"));
       require_atomic(bench);
       expect_error(
           Errc::already_exists,
           [&] {
             return bench.records<Track>().create_many(std::vector<Draft<Track>>{
                 {.value = {.title = "a"}}, {.value = {.title = "b"}, .options = with_id<Track>("there")}});
           },
           "a batch with a duplicate");
       bench.restart();
       expect_equal(names_in(bench.records<Track>()), Names{"there"}, "the records");
     },
     {Capability::atomic_batches}},
};

inline constexpr Area restart_area{"restart", restart_rules, {Capability::records, Capability::restart}};

}  // namespace reel::testing::rules
