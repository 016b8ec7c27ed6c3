#pragma once

#include <algorithm>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

/// What a store keeps besides the values: times and permissions; and what it tells of queries.
namespace reel::testing::rules {

[[nodiscard]] inline Timestamp day(int number) { return Timestamp{std::chrono::days{number}}; }

inline constexpr Rule time_rules[] = {
    {"a new record was created and updated at the same moment",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       expect_equal(made.created_at, made.updated_at, "created_at");
       expect(made.created_at > day(365 * 50), "the store's clock says " + show(made.created_at));
       expect_equal(tracks.get(made.id).created_at, made.created_at, "created_at when it is read again");
     }},
    {"times that are given on creation are kept to the millisecond",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const Timestamp born{std::chrono::milliseconds{1'234'567'890'123}},
           changed{std::chrono::milliseconds{1'500'000'000'001}};
       const auto made = tracks.create({.title = "a"}, {.created_at = born, .updated_at = changed});
       for (const auto& record : {made, tracks.get(made.id), tracks.list().records.at(0)}) {
         expect_equal(record.created_at, born, "created_at");
         expect_equal(record.updated_at, changed, "updated_at");
       }
     },
     {Capability::keeps_times}},
    {"times that are given in bulk are kept",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create_many(std::vector<Draft<Track>>{
           {.value = {.title = "a"}, .options = {.created_at = day(1000), .updated_at = day(2000)}}});
       const auto stored = tracks.list().records.at(0);
       expect_equal(stored.created_at, day(1000), "created_at");
       expect_equal(stored.updated_at, day(2000), "updated_at");
     },
     {Capability::keeps_times}},
    {"an update of a record with given times keeps created_at and moves updated_at on",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto old = tracks.create({.title = "a"}, {.created_at = day(1000), .updated_at = day(2000)});
       const auto now = tracks.update(old.id, Patch<Track>{}.set<&Track::plays>(1));
       expect_equal(now.created_at, old.created_at, "created_at");
       expect(now.updated_at > day(365 * 50), "updated_at is not the store's time: " + show(now.updated_at));
     },
     {Capability::keeps_times}},
    {"updated_at moves forward even from a time in the future",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"}, {.created_at = day(365 * 200), .updated_at = day(365 * 200)});
       const auto now = tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(1));
       expect(now.updated_at > made.updated_at, "updated_at went back to " + show(now.updated_at));
       expect_error(
           Errc::conflict,
           [&] { return tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(2), {made.updated_at}); },
           "a stale update");
     },
     {Capability::keeps_times}},
    {"a change may bring its own times, for copies that keep them",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       bench.store().update(schema_of<Track>(), made.id.str(),
                            Change{.values = {{0, Value{"b"}}}, .created_at = day(1000), .updated_at = day(2000)});
       const auto stored = tracks.get(made.id);
       expect_equal(stored.value.title, "b", "the title");
       expect_equal(stored.created_at, day(1000), "created_at");
       expect_equal(stored.updated_at, day(2000), "updated_at");
     },
     {Capability::keeps_times}},
    {"a given time outside the years 1000 to 9999 is invalid",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const Timestamp late = latest_timestamp + std::chrono::milliseconds{1};
       expect_error(
           Errc::invalid, [&] { return tracks.create({.title = "a"}, {.created_at = late}); }, "a late created_at");
       expect_error(
           Errc::invalid,
           [&] {
             return tracks.create({.title = "a"}, {.updated_at = earliest_timestamp - std::chrono::milliseconds{1}});
           },
           "an early updated_at");
       expect_equal(tracks.count(), 0, "the number of records");
     }},
};

inline constexpr Area times_area{"times", time_rules, {Capability::records}};

/// The same permissions, in any order.
inline void expect_permissions(const std::vector<Permission>& actual, const std::vector<Permission>& expected,
                               std::string_view what) {
  const auto texts = [](const std::vector<Permission>& list) {
    Names all;
    for (const Permission& one : list) all.push_back(one.str());
    std::sort(all.begin(), all.end());
    return all;
  };
  expect_equal(texts(actual), texts(expected), what);
}

inline constexpr Rule permission_rules[] = {
    {"a record without permissions has none",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       expect_permissions(tracks.get(made.id).permissions, {}, "the permissions");
     }},
    {"permissions come back as they were given",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const std::vector<Permission> given{Permission::read(Role::any()),
                                           Permission::update(Role::user("u1")),
                                           Permission::remove(Role::team("t", "owner")),
                                           Permission::read(Role::label("vip")),
                                           Permission::read(Role::users()),
                                           Permission::read(Role::member("m"))};
       const auto made = tracks.create({.title = "a"}, {.permissions = given});
       expect_permissions(made.permissions, given, "the permissions in the answer");
       expect_permissions(tracks.get(made.id).permissions, given, "the permissions");
       expect_permissions(tracks.list().records.at(0).permissions, given, "the permissions in a list");
     }},
    {"an update without permissions keeps them, replace too",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const std::vector<Permission> given{Permission::read(Role::any())};
       const auto made = tracks.create({.title = "a"}, {.permissions = given});
       tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(1));
       expect_permissions(tracks.get(made.id).permissions, given, "the permissions after update");
       tracks.replace(made.id, {.title = "b"});
       expect_permissions(tracks.get(made.id).permissions, given, "the permissions after replace");
     }},
    {"an update with permissions replaces all of them, and no value",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"}, {.permissions = write_permissions(Role::user("u1"))});
       tracks.update(made.id, Patch<Track>{}.permissions({Permission::read(Role::guests())}));
       const auto stored = tracks.get(made.id);
       expect_permissions(stored.permissions, {Permission::read(Role::guests())}, "the permissions");
       expect(stored.updated_at > made.updated_at, "updated_at did not move");
       expect(stored.value == made.value, "a value changed");
       tracks.update(made.id, Patch<Track>{}.permissions({}));
       expect_permissions(tracks.get(made.id).permissions, {}, "the permissions after they were taken away");
     }},
    {"more than 100 permissions are invalid, and a role that is none",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       std::vector<Permission> many;
       for (int i = 0; i < 100; ++i) many.push_back(Permission::read(Role::user("u" + std::to_string(i))));
       const auto made = tracks.create({.title = "a"}, {.permissions = many});
       expect_permissions(tracks.get(made.id).permissions, many, "100 permissions");
       many.push_back(Permission::read(Role::any()));
       expect_error(
           Errc::invalid, [&] { return tracks.create({.title = "b"}, {.permissions = many}); }, "101 permissions");
       expect_error(
           Errc::invalid,
           [&] { return tracks.create({.title = "b"}, {.permissions = {Permission::read(Role{"nobody"})}}); },
           "a role that is none");
       expect_equal(tracks.count(), 1, "the number of records");
     }},
};

inline constexpr Area permissions_area{"permissions", permission_rules, {Capability::records, Capability::permissions}};

inline constexpr Rule explain_rules[] = {
    {"a query by id is explained as one",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create_many(std::vector<Track>(20, Track{.title = "a"}));
       const auto explained = tracks.explain(Query<Track>{}.where(id<Track> == tracks.list().records.at(0).id));
       expect(explained.access == Explanation::Access::by_id, "it is explained as: " + explained.str());
     }},
    {"a query that an index covers names the index, and needs no sort of its own",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create_many(std::vector<Track>(20, Track{.title = "a"}));
       const auto explained =
           tracks.explain(Query<Track>{}.where(field<&Track::mood> == Mood::dark).order_by<&Track::plays>(descending));
       expect(explained.access == Explanation::Access::index, "it is explained as: " + explained.str());
       expect_equal(explained.index, "by_mood_plays", "the index");
       expect(!explained.sorted, "an order that the index has is said to be sorted");
     }},
    {"a query without an index is explained as a scan of all records",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create_many(std::vector<Track>(20, Track{.title = "a"}));
       const auto explained = tracks.explain(Query<Track>{}.where(field<&Track::score> > 1).order_by<&Track::live>());
       expect(explained.access == Explanation::Access::scan, "it is explained as: " + explained.str());
       expect(explained.sorted && explained.filtered, "neither filter nor sort: " + explained.str());
       expect_equal(explained.rows, 20, "the rows of a scan");
     }},
    {"an explained query would look at least at every match",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (int i = 0; i < 30; ++i)
         tracks.create({.title = std::to_string(i), .mood = i < 18 ? Mood::calm : Mood::dark});
       const auto calm = Query<Track>{}.where(field<&Track::mood> == Mood::calm);
       expect(tracks.explain(calm).rows >= 18, "fewer rows than there are matches: " + tracks.explain(calm).str());
     }},
    {"a search is explained by its full-text index",
     [](Bench& bench) {
       const auto articles = bench.records<Article>();
       articles.create_many(std::vector<Article>(20, Article{.title = "a", .body = "some words"}));
       const auto explained = articles.explain(Query<Article>{}.where(field<&Article::body>.search("words")));
       expect(explained.access == Explanation::Access::full_text, "it is explained as: " + explained.str());
       expect_equal(explained.index, "search_body", "the index");
     },
     {Capability::full_text}},
};

inline constexpr Area explain_area{"explain", explain_rules, {Capability::records, Capability::explain}};

}  // namespace reel::testing::rules
