#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

/// Expects the same permissions in any order.
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
    {"a record created without permissions has none",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       expect_permissions(tracks.get(made.id).permissions, {}, "the permissions");
     }},
    {"permissions are stored unchanged",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const std::vector<Permission> given{Permission::read(Role::any()),
                                           Permission::update(Role::user("u1")),
                                           Permission::remove(Role::team("t", "owner")),
                                           Permission::read(Role::label("vip")),
                                           Permission::read(Role::users()),
                                           Permission::read(Role::member("m"))};
       const auto made = tracks.create({.title = "a"}, {.permissions = given});
       expect_permissions(made.permissions, given, "the returned permissions");
       expect_permissions(tracks.get(made.id).permissions, given, "the permissions");
       expect_permissions(tracks.list().records.at(0).permissions, given, "the permissions in a list");
     }},
    {"update and replace without permissions keep the existing ones",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const std::vector<Permission> given{Permission::read(Role::any())};
       const auto made = tracks.create({.title = "a"}, {.permissions = given});
       tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(1));
       expect_permissions(tracks.get(made.id).permissions, given, "the permissions after update");
       tracks.replace(made.id, {.title = "b"});
       expect_permissions(tracks.get(made.id).permissions, given, "the permissions after replace");
     }},
    {"an update with permissions replaces all of them and changes no value",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"}, {.permissions = write_permissions(Role::user("u1"))});
       tracks.update(made.id, Patch<Track>{}.permissions({Permission::read(Role::guests())}));
       const auto stored = tracks.get(made.id);
       expect_permissions(stored.permissions, {Permission::read(Role::guests())}, "the permissions");
       expect(stored.updated_at > made.updated_at, "updated_at did not move");
       expect(stored.value == made.value, "a value changed");
       tracks.update(made.id, Patch<Track>{}.permissions({}));
       expect_permissions(tracks.get(made.id).permissions, {}, "the permissions after their removal");
     }},
    {"permissions in another order or with duplicates are not a change",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const std::vector<Permission> given{Permission::read(Role::any()), Permission::update(Role::user("u1"))};
       const auto made = tracks.create({.title = "a"}, {.permissions = given});
       tracks.update(made.id, Patch<Track>{}.permissions({given[1], given[0]}));
       expect(tracks.get(made.id).updated_at == made.updated_at, "another order advanced updated_at");
       tracks.update(made.id, Patch<Track>{}.permissions({given[0], given[1], given[0]}));
       expect(tracks.get(made.id).updated_at == made.updated_at, "a repetition advanced updated_at");
       tracks.update(made.id, Patch<Track>{}.permissions({given[0]}));
       expect(tracks.get(made.id).updated_at > made.updated_at, "removing a permission did not advance updated_at");
     }},
    {"more than 100 permissions or an invalid role are refused",
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
           [&] { return tracks.create({.title = "b"}, {.permissions = {Permission::read(Role{"unknown"})}}); },
           "an invalid role");
       expect_equal(tracks.count(), 1, "the number of records");
     }},
};

inline constexpr Area permissions_area{"permissions", permission_rules, {Capability::records, Capability::permissions}};

}  // namespace reel::testing::rules
