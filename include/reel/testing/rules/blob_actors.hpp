#pragma once

#include <string>
#include <utility>
#include <vector>

#include <reel/blob_store.hpp>
#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/rules/actors.hpp>
#include <reel/testing/rules/blob_transfers.hpp>

namespace reel::testing::rules {

/// Sets up a bucket with these permissions, and returns it with full rights.
inline BlobStore<AnyStore> blobs_with(Bench& bench, AccessRules rules) {
  BlobStore<AnyStore> store(bench.store(), Bucket{.id = "anything", .access = std::move(rules)});
  store.setup();
  static_cast<void>(bench.store().access(Bucket{.id = "anything"}));  // `unsupported` for a store that keeps none
  return store;
}
/// The bucket as an actor sees it.
inline BlobStore<AnyStore> blobs_as(Bench& bench, const Actor& actor) {
  return BlobStore<AnyStore>(bench.as(actor), Bucket{.id = "anything"});
}
inline void put_text(const BlobStore<AnyStore>& blobs, const std::string& id, std::vector<Permission> permissions = {},
                     bool overwrite = false) {
  blobs.put(BlobId{id}, from_bytes("text of " + id),
            {.name = id + ".txt", .permissions = std::move(permissions), .overwrite = overwrite});
}

inline constexpr Rule blob_actor_rules[] = {
    {"an actor finds, reads and lists the blobs that it may read and no others",
     [](Bench& bench) {
       const Cast cast;
       const auto blobs = blobs_with(bench, {});
       put_text(blobs, "hers", {Permission::read(cast.ada_role())});
       put_text(blobs, "open", {Permission::read(Role::any())});
       put_text(blobs, "none");
       const auto ada = blobs_as(bench, cast.ada), bob = blobs_as(bench, cast.bob);
       expect(ada.find(BlobId{"hers"}).has_value() && !bob.find(BlobId{"hers"}), "the wrong user finds a blob");
       expect_equal(ada.read(BlobId{"hers"}, {}).size(), 12, "the bytes read by the right user");
       expect_error(
           Errc::not_found, [&] { return bob.read(BlobId{"hers"}, {}); }, "a read without the right");
       Names ids;
       for (const BlobInfo& blob : ada.list().blobs) ids.push_back(blob.id.str());
       expect_equal(ids, Names{"hers", "open"}, "the list of the user");
       expect_equal(bob.list().blobs.size(), 1, "the number of blobs of another user");
       expect_equal(blobs_as(bench, cast.guest).list().blobs.size(), 1, "the number of blobs of a guest");
     }},
    {"storing a blob needs the bucket's permission and makes the user its owner",
     [](Bench& bench) {
       const Cast cast;
       const auto blobs = blobs_with(bench, {.permissions = {Permission::create(Role::users())}});
       const auto ada = blobs_as(bench, cast.ada), bob = blobs_as(bench, cast.bob);
       put_text(bob, "b1");
       const std::vector<Permission> own{Permission::read(cast.bob_role()), Permission::update(cast.bob_role()),
                                         Permission::remove(cast.bob_role())};
       expect_permissions(blobs.stat(BlobId{"b1"}).permissions, own, "the permissions of the blob");
       expect(!ada.find(BlobId{"b1"}), "another user finds the blob");
       const auto put = [](const BlobStore<AnyStore>& store, const char* id, std::vector<Permission> permissions = {},
                           bool overwrite = false) {
         put_text(store, id, std::move(permissions), overwrite);
         return 0;
       };
       expect_error(
           Errc::forbidden, [&] { return put(blobs_as(bench, cast.guest), "b2"); }, "a put by a guest");
       expect_error(
           Errc::forbidden, [&] { return put(ada, "b2", {Permission::read(cast.bob_role())}); }, "a foreign role");
       expect_error(
           Errc::already_exists, [&] { return put(ada, "b1"); }, "a put of an existing id");
       expect_error(
           Errc::forbidden, [&] { return put(ada, "b1", {}, true); }, "an overwrite by another user");
       put(bob, "b1", {}, true);
     }},
    {"changing and removing a blob need its permissions",
     [](Bench& bench) {
       const Cast cast;
       const auto blobs = blobs_with(bench, {});
       put_text(
           blobs, "b1",
           {Permission::read(Role::users()), Permission::update(cast.ada_role()), Permission::remove(cast.ada_role())});
       const auto ada = blobs_as(bench, cast.ada), bob = blobs_as(bench, cast.bob);
       expect_error(
           Errc::forbidden, [&] { return bob.remove(BlobId{"b1"}); }, "a removal by a reader");
       expect(!bob.remove(BlobId{"missing"}), "a missing blob was removed");
       expect(ada.remove(BlobId{"b1"}), "the blob was not removed");
     }},
    {"changing the name of a blob needs the right to update",
     [](Bench& bench) {
       const Cast cast;
       const auto blobs = blobs_with(bench, {});
       put_text(blobs, "b1", {Permission::read(Role::users()), Permission::update(cast.ada_role())});
       const auto ada = blobs_as(bench, cast.ada), bob = blobs_as(bench, cast.bob);
       expect_error(
           Errc::forbidden, [&] { return bob.update(BlobId{"b1"}, {.name = "new.txt"}); }, "a change by a reader");
       expect_equal(ada.update(BlobId{"b1"}, {.name = "new.txt"}).name, "new.txt", "the name");
       expect_error(
           Errc::forbidden,
           [&] { return ada.update(BlobId{"b1"}, {.permissions = {{Permission::read(cast.bob_role())}}}); },
           "a grant to another user");
     },
     {Capability::blob_update}},
    {"a put with a ledger needs the same rights as one without",
     [](Bench& bench) {
       const Cast cast;
       const Workshop workshop;
       const auto blobs = blobs_with(bench, {.permissions = {Permission::create(cast.bob_role())}});
       const std::string file = workshop.file("film", noise(several_parts)), ledger = workshop.path("ledger");
       const auto ada = blobs_as(bench, cast.ada), bob = blobs_as(bench, cast.bob);
       expect_error(
           Errc::forbidden, [&] { return ada.put(BlobId{"b1"}, from_file(file), {.ledger = ledger}); },
           "a put without the right");
       expect(!blobs.find(BlobId{"b1"}), "a refused put stored the blob");
       bob.put(BlobId{"b1"}, from_file(file), {.ledger = ledger});
       expect(bob.find(BlobId{"b1"}).has_value(), "the user does not find the blob");
       expect(!ada.find(BlobId{"b1"}), "another user finds the blob");
       expect_error(
           Errc::forbidden,
           [&] { return ada.put(BlobId{"b1"}, from_file(file), {.overwrite = true, .ledger = ledger}); },
           "an overwrite by another user");
     }},
    {"without item security a bucket without permissions is forbidden",
     [](Bench& bench) {
       const Cast cast;
       const auto blobs = blobs_with(bench, {.item_security = false});
       put_text(blobs, "b1", {Permission::read(Role::any()), Permission::remove(Role::any())});
       const auto bob = blobs_as(bench, cast.bob);
       expect_error(
           Errc::forbidden, [&] { return bob.find(BlobId{"b1"}); }, "a find");
       expect_error(
           Errc::forbidden, [&] { return bob.find(BlobId{"missing"}); }, "a find of a missing blob");
       expect_error(
           Errc::forbidden, [&] { return bob.read(BlobId{"b1"}, {}); }, "a read");
       expect_error(
           Errc::forbidden, [&] { return bob.list(); }, "a list");
       expect_error(
           Errc::forbidden, [&] { return bob.remove(BlobId{"b1"}); }, "a removal");
       blobs_with(bench, {.permissions = {Permission::read(Role::users())}, .item_security = false});
       expect(bob.find(BlobId{"b1"}).has_value(), "a reader of the bucket does not find a blob");
     }},
};

inline constexpr Area blob_actors_area{"blob actors", blob_actor_rules, {Capability::blobs, Capability::access}};

}  // namespace reel::testing::rules
