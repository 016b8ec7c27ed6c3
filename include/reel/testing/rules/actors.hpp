#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/actor.hpp>
#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/rules/permissions.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

/// Two users and a team with names that no other rule uses, since users belong to a whole server.
struct Cast {
  std::string team = make_id();
  Actor ada = Actor::user(make_id(), {.verified = true, .teams = {Membership(team, {"editor"})}, .labels = {"gold"}});
  Actor bob = Actor::user(make_id());
  Actor guest = Actor::guest();

  [[nodiscard]] Role ada_role() const { return Role::user(ada.user_id()); }
  [[nodiscard]] Role bob_role() const { return Role::user(bob.user_id()); }
};

/// Sets up the tracks with these permissions of the collection, and returns them with full rights.
inline Repository<Track, AnyStore> tracks_with(Bench& bench, AccessRules rules) {
  driver::CollectionSchema schema = schema_of<Track>();
  schema.access = std::move(rules);
  bench.store().ensure(schema);
  static_cast<void>(bench.store().access(schema));  // `unsupported` for a store that does not keep them
  return records<Track>(bench.store());
}
/// The tracks as an actor sees them.
inline Repository<Track, AnyStore> tracks_as(Bench& bench, const Actor& actor) {
  return records<Track>(bench.as(actor));
}

/// The titles of all matches, by pages of two.
inline Names titles_in_pages(const Repository<Track, AnyStore>& tracks, Query<Track> query = {}) {
  Names titles;
  query = query.limit(2);
  for (const Record<Track>& track : tracks.all(query)) titles.push_back(track.value.title);
  return titles;
}

inline constexpr Rule actor_rules[] = {
    {"an actor finds the records that it may read and no others",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {});
       const auto hers = tracks.create({.title = "hers"}, {.permissions = {Permission::read(cast.ada_role())}});
       const auto open = tracks.create({.title = "open"}, {.permissions = {Permission::read(Role::any())}});
       const auto none = tracks.create({.title = "none"});
       const auto ada = tracks_as(bench, cast.ada), bob = tracks_as(bench, cast.bob);
       expect_equal(ada.get(hers.id).value.title, "hers", "the record of the user");
       expect(!bob.find(hers.id), "a record that may not be read was found");
       expect(!bob.exists(hers.id), "a record that may not be read exists");
       const Error error = expect_error(
           Errc::not_found, [&] { return bob.get(hers.id); }, "get without the right to read");
       const Error missing = expect_error(
           Errc::not_found, [&] { return bob.get(Id<Track>{"missing"}); }, "get of a missing record");
       expect_equal(error.reason(), missing.reason(), "the reason, which must not show that the record exists");
       expect(bob.exists(open.id) && tracks_as(bench, cast.guest).exists(open.id), "a record for any was not found");
       expect(!ada.exists(none.id), "a record without permissions was found");
     }},
    {"each role lets exactly its holders read",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {});
       struct Case {
         Role role;
         bool ada, bob, guest;
       };
       const std::vector<Case> cases{
           {Role::any(), true, true, true},
           {Role::guests(), false, false, true},
           {Role::users(), true, true, false},
           {Role{"users/verified"}, true, false, false},
           {Role{"users/unverified"}, false, true, false},
           {cast.ada_role(), true, false, false},
           {Role{cast.ada_role().str() + "/verified"}, true, false, false},
           {Role{cast.ada_role().str() + "/unverified"}, false, false, false},
           {Role{cast.bob_role().str() + "/unverified"}, false, true, false},
           {Role::team(cast.team), true, false, false},
           {Role::team(cast.team, "editor"), true, false, false},
           {Role::team(cast.team, "owner"), false, false, false},
           {Role::team("another"), false, false, false},
           {Role::label("gold"), true, false, false},
           {Role::label("silver"), false, false, false},
           {Role::member("nobody"), false, false, false},
       };
       const auto ada = tracks_as(bench, cast.ada), bob = tracks_as(bench, cast.bob);
       const auto guest = tracks_as(bench, cast.guest);
       for (const Case& one : cases) {
         const auto made = tracks.create({.title = one.role.str()}, {.permissions = {Permission::read(one.role)}});
         expect_equal(ada.exists(made.id), one.ada, "whether the verified member can read for " + one.role.str());
         expect_equal(bob.exists(made.id), one.bob, "whether the unverified user can read for " + one.role.str());
         expect_equal(guest.exists(made.id), one.guest, "whether a guest can read for " + one.role.str());
       }
     }},
    {"the permissions of the collection apply to all records",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks =
           tracks_with(bench, {.permissions = {Permission::read(Role::users()), Permission::update(cast.ada_role()),
                                               Permission::remove(Role::team(cast.team))}});
       const auto made = tracks.create({.title = "a"}, {.permissions = {Permission::read(Role::guests())}});
       const auto ada = tracks_as(bench, cast.ada), bob = tracks_as(bench, cast.bob);
       expect(ada.exists(made.id) && bob.exists(made.id), "a reader of the collection does not find a record");
       expect(tracks_as(bench, cast.guest).exists(made.id), "the permission of the record does not count");
       expect_equal(bob.count(), 1, "the number of records for a reader");
       expect_equal(ada.increment<&Track::plays>(made.id, 2).value.plays, 2, "an increment by an updater");
       expect_error(
           Errc::forbidden, [&] { return bob.remove(made.id); }, "a removal by a reader");
       expect(ada.remove(made.id), "a remover could not remove");
     }},
    {"without item security the permissions of records do not count",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks =
           tracks_with(bench, {.permissions = {Permission::update(cast.bob_role())}, .item_security = false});
       const auto made = tracks.create({.title = "a"},
                                       {.permissions = {Permission::read(Role::any()), Permission::update(Role::any()),
                                                        Permission::remove(Role::any())}});
       const auto ada = tracks_as(bench, cast.ada);
       expect(!ada.exists(made.id), "a record was found");
       expect_error(
           Errc::forbidden, [&] { return ada.list(); }, "a list");
       expect_error(
           Errc::forbidden, [&] { return ada.count(); }, "a count");
       expect_error(
           Errc::forbidden, [&] { return ada.update(made.id, Patch<Track>{}.set<&Track::plays>(1)); }, "an update");
       expect_error(
           Errc::forbidden, [&] { return ada.remove(made.id); }, "a removal");
       expect_equal(tracks_as(bench, cast.bob).update(made.id, Patch<Track>{}.set<&Track::plays>(1)).value.plays, 1,
                    "an update by an updater of the collection");
     }},
    {"lists, counts and searches show only what may be read",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {});
       for (int i = 0; i < 12; ++i) {
         const Role role = i % 3 == 0 ? cast.ada_role() : i % 3 == 1 ? cast.bob_role() : Role::users();
         tracks.create({.title = "t" + std::to_string(10 + i), .plays = i % 4},
                       {.permissions = {Permission::read(role)}});
       }
       const auto bob = tracks_as(bench, cast.bob);
       expect_equal(titles_in_pages(bob), Names{"t11", "t12", "t14", "t15", "t17", "t18", "t20", "t21"},
                    "the records page by page");
       const auto odd = Query<Track>{}.where(field<&Track::plays> == 1);
       expect_equal(titles_in_pages(bob, odd), Names{"t11", "t15"}, "the matches");
       const auto down = Query<Track>{}.order_by(field<&Track::title>, descending).limit(3).with_total();
       const auto page = bob.list(down);
       Names titles;
       for (const auto& track : page.records) titles.push_back(track.value.title);
       expect_equal(titles, Names{"t21", "t20", "t18"}, "the first page in another order");
       expect_equal(page.total.value_or(-1), 8, "the total");
       expect_equal(bob.count(), 8, "the count");
       expect_equal(bob.count(odd), 2, "the count of matches");
       expect_equal(tracks_as(bench, cast.guest).count(), 0, "the count for a guest");
     }},
    {"creating needs the collection's permission",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {.permissions = {Permission::create(Role::users())}});
       const auto made = tracks_as(bench, cast.bob).create({.title = "a"});
       expect_equal(tracks.get(made.id).value.title, "a", "the title");
       expect_error(
           Errc::forbidden, [&] { return tracks_as(bench, cast.guest).create({.title = "b"}); }, "a create by a guest");
       tracks_with(bench, {.permissions = {Permission::create(Role::guests())}});
       tracks_as(bench, cast.guest).create({.title = "c"});
       expect_error(
           Errc::forbidden, [&] { return tracks_as(bench, cast.bob).create({.title = "d"}); }, "a create by a user");
       expect_equal(tracks.count(), 2, "the number of records");
     }},
    {"a record of a user without permissions belongs to that user",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {.permissions = {Permission::create(Role::any())}});
       const auto bob = tracks_as(bench, cast.bob);
       const auto made = bob.create({.title = "a"});
       const std::vector<Permission> own{Permission::read(cast.bob_role()), Permission::update(cast.bob_role()),
                                         Permission::remove(cast.bob_role())};
       expect_permissions(made.permissions, own, "the returned permissions");
       expect_permissions(tracks.get(made.id).permissions, own, "the permissions");
       expect(bob.exists(made.id) && !tracks_as(bench, cast.ada).exists(made.id), "another user finds the record");
       const auto shared = bob.create({.title = "b"}, {.permissions = {Permission::read(Role::any())}});
       expect_permissions(tracks.get(shared.id).permissions, {Permission::read(Role::any())}, "given permissions");
       const auto of_guest = tracks_as(bench, cast.guest).create({.title = "c"});
       expect_permissions(tracks.get(of_guest.id).permissions, {}, "the permissions of a guest's record");
     }},
    {"an actor grants only the roles that it has",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {.permissions = {Permission::create(Role::any())}});
       const auto ada = tracks_as(bench, cast.ada);
       const std::vector<Permission> held{Permission::read(Role::any()),
                                          Permission::read(Role::users()),
                                          Permission::update(Role{"users/verified"}),
                                          Permission::remove(cast.ada_role()),
                                          Permission::update(cast.ada_role()),
                                          Permission::read(Role::team(cast.team)),
                                          Permission::update(Role::team(cast.team, "editor")),
                                          Permission::read(Role::label("gold"))};
       const auto made = ada.create({.title = "a"}, {.permissions = held});
       expect_permissions(made.permissions, held, "the roles that the user has");
       for (const Role& role : {Role::guests(), cast.bob_role(), Role{"users/unverified"},
                                Role::team(cast.team, "owner"), Role::team("another"), Role::label("silver")}) {
         const std::vector<Permission> foreign{Permission::read(role)};
         expect_error(
             Errc::forbidden, [&] { return ada.create({.title = "b"}, {.permissions = foreign}); },
             "a create that grants to " + role.str());
         expect_error(
             Errc::forbidden, [&] { return ada.update(made.id, Patch<Track>{}.permissions(foreign)); },
             "an update that grants to " + role.str());
       }
       expect_permissions(tracks.get(made.id).permissions, held, "the permissions after the refused updates");
       expect_error(
           Errc::forbidden,
           [&] {
             return tracks_as(bench, cast.guest)
                 .create({.title = "c"}, {.permissions = {Permission::read(Role::users())}});
           },
           "a grant of a guest to users");
     }},
    {"an update needs the right to update and not to read",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {});
       const auto made = tracks.create(
           {.title = "a"}, {.permissions = {Permission::read(cast.bob_role()), Permission::update(cast.ada_role())}});
       const auto ada = tracks_as(bench, cast.ada), bob = tracks_as(bench, cast.bob);
       const auto played = Patch<Track>{}.set<&Track::plays>(1);
       expect_error(
           Errc::forbidden, [&] { return bob.update(made.id, played); }, "an update by a reader");
       expect_error(
           Errc::forbidden, [&] { return tracks_as(bench, cast.guest).update(made.id, played); },
           "an update of a record that may not even be read");
       expect_error(
           Errc::not_found, [&] { return bob.update(Id<Track>{"missing"}, played); }, "an update of a missing record");
       expect_equal(tracks.get(made.id).value.plays, 0, "the plays after refused updates");
       expect_equal(ada.update(made.id, played).value.plays, 1, "the plays after an update");
       expect_error(
           Errc::forbidden, [&] { return bob.increment<&Track::plays>(made.id, 1); }, "an increment by a reader");
     }},
    {"explain needs the right to read the collection",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {});
       tracks.create({.title = "a"}, {.permissions = {Permission::read(Role::any())}});
       const auto bob = tracks_as(bench, cast.bob);
       expect_error(
           Errc::forbidden, [&] { return bob.explain({}); }, "explain without the right");
       tracks_with(bench, {.permissions = {Permission::read(Role::users())}});
       static_cast<void>(bob.explain({}));
     },
     {Capability::explain}},
    {"an actor who gives up the right to update may not update any more",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {});
       const auto made = tracks.create({.title = "a"}, {.permissions = {Permission::update(cast.ada_role())}});
       const auto ada = tracks_as(bench, cast.ada);
       ada.update(made.id, Patch<Track>{}.permissions({Permission::read(Role::any())}));
       expect_error(
           Errc::forbidden, [&] { return ada.update(made.id, Patch<Track>{}.set<&Track::plays>(2)); }, "an update");
       expect_equal(tracks.get(made.id).value.plays, 0, "the plays");
     }},
    {"an update that changes nothing needs the right to read",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {});
       const auto made =
           tracks.create({.title = "a", .plays = 5}, {.permissions = {Permission::read(cast.bob_role())}});
       const auto same = Patch<Track>{}.set<&Track::plays>(5);
       expect_equal(tracks_as(bench, cast.bob).update(made.id, same).updated_at, made.updated_at, "updated_at");
       expect_error(
           Errc::forbidden, [&] { return tracks_as(bench, cast.ada).update(made.id, same); }, "without the right");
     }},
    {"a stale write of an actor is a conflict after its rights are checked",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {});
       const auto made = tracks.create(
           {.title = "a"}, {.permissions = {Permission::read(Role::any()), Permission::update(cast.ada_role()),
                                            Permission::remove(cast.ada_role())}});
       tracks.increment<&Track::plays>(made.id, 1);
       const auto ada = tracks_as(bench, cast.ada), bob = tracks_as(bench, cast.bob);
       const auto patch = Patch<Track>{}.set<&Track::plays>(9);
       const auto since = made.updated_at;
       expect_error(
           Errc::conflict, [&] { return ada.update(made.id, patch, {.if_unchanged_since = since}); }, "an update");
       expect_error(
           Errc::forbidden, [&] { return bob.update(made.id, patch, {.if_unchanged_since = since}); },
           "an update without the right");
       expect_error(
           Errc::conflict, [&] { return ada.remove(made.id, {.if_unchanged_since = since}); }, "a removal");
       ada.modify(made.id, [](Track& track) { track.plays += 10; });
       expect_equal(tracks.get(made.id).value.plays, 11, "the plays after modify");
     }},
    {"a removal needs the right to remove and not to read",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {});
       const auto made = tracks.create(
           {.title = "a"}, {.permissions = {Permission::read(cast.bob_role()), Permission::remove(cast.ada_role())}});
       const auto ada = tracks_as(bench, cast.ada), bob = tracks_as(bench, cast.bob);
       expect_error(
           Errc::forbidden, [&] { return bob.remove(made.id); }, "a removal by a reader");
       expect(!bob.remove(Id<Track>{"missing"}), "a missing record was removed");
       expect(ada.remove(made.id), "the record was not removed");
       expect(!tracks.exists(made.id), "the record still exists");
     }},
    {"the id of an unreadable record is taken",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {.permissions = {Permission::create(Role::users())}});
       tracks.create({.title = "a"}, {.id = Id<Track>{"taken"}});
       const auto bob = tracks_as(bench, cast.bob);
       expect_error(
           Errc::already_exists, [&] { return bob.create({.title = "b"}, {.id = Id<Track>{"taken"}}); }, "a create");
       expect_error(
           Errc::forbidden, [&] { return bob.upsert(Id<Track>{"taken"}, {.title = "b"}); }, "an upsert");
       expect_equal(tracks.get(Id<Track>{"taken"}).value.title, "a", "the title");
     }},
    {"an actor sets up nothing and sets no times",
     [](Bench& bench) {
       const Cast cast;
       static_cast<void>(tracks_with(bench, {.permissions = {Permission::create(Role::users())}}));
       const auto bob = tracks_as(bench, cast.bob);
       expect_error(
           Errc::forbidden,
           [&] {
             bob.setup();
             return 0;
           },
           "setup");
       const Timestamp past = Timestamp{std::chrono::milliseconds{946'684'800'000}};
       const auto made = bob.create({.title = "a"}, {.created_at = past, .updated_at = past});
       expect(made.created_at > past && made.updated_at > past, "the times of an actor were kept");
     }},
    {"several records of an actor are written one by one",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {.permissions = {Permission::create(Role::users())}});
       tracks.create({.title = "old"}, {.id = Id<Track>{"old"}});
       const auto bob = tracks_as(bench, cast.bob);
       const auto made = bob.create_many({{.title = "a"}, {.title = "b"}}, {.partial = true});
       expect_equal(made.items.size(), 2, "the number of results");
       expect_equal(bob.count(), 2, "the number of own records");
       expect_equal(bob.update_where(Query<Track>{}, Patch<Track>{}.set<&Track::plays>(7)), 2, "the updated records");
       expect_equal(tracks.get(Id<Track>{"old"}).value.plays, 0, "the plays of the record of another");
     }},
    {"the permissions of a collection change at once and outlive a setup without any",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {});
       const auto made = tracks.create({.title = "a"});
       const auto bob = tracks_as(bench, cast.bob);
       expect(!bob.exists(made.id), "a record was found without permissions");
       tracks_with(bench, {.permissions = {Permission::read(Role::users())}});
       expect(bob.exists(made.id), "a record was not found with the new permissions");
       tracks.setup();
       expect(bob.exists(made.id), "a setup without permissions removed them");
       bench.restart_if_possible();
       expect(tracks_as(bench, cast.bob).exists(made.id), "the permissions did not outlive the store object");
       tracks_with(bench, {.item_security = false});
       expect(!tracks_as(bench, cast.bob).exists(made.id), "a record was found after the permissions were removed");
     }},
};

inline constexpr Area actors_area{"actors", actor_rules, {Capability::records, Capability::access}};

}  // namespace reel::testing::rules
