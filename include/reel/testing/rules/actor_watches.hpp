#pragma once

#include <optional>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/rules/actors.hpp>
#include <reel/testing/rules/blob_actors.hpp>
#include <reel/testing/watcher.hpp>

namespace reel::testing::rules {

/// Replaces the permissions of a track by the right of `role` to read.
inline void let_read(const Repository<Track, AnyStore>& tracks, const Id<Track>& id, const Role& role) {
  tracks.update(id, Patch<Track>{}.permissions({Permission::read(role)}));
}

inline constexpr Rule actor_watch_rules[] = {
    {"a watch of an actor reports no record that the actor may not read",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {});
       const auto create = [&](const char* id, const Role& role) {
         return tracks.create({.title = id}, {.id = Id<Track>{id}, .permissions = {Permission::read(role)}}).id;
       };
       create("old", cast.bob_role());
       const auto foreign = create("foreign", cast.ada_role());
       const auto bob = tracks_as(bench, cast.bob);
       Watcher<Track> watcher(bob, {});
       watcher.expect_next("present old");
       watcher.expect_next("bookmark");
       tracks.increment<&Track::plays>(foreign, 1);
       create("another", cast.ada_role());
       tracks.remove(foreign);
       create("new", Role::users());
       watcher.expect_next("entered new");
     }},
    {"losing the right to read a record is left and getting it is entered",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {});
       const auto id = tracks.create({.title = "a"}, {.id = Id<Track>{"a"}}).id;
       const auto bob = tracks_as(bench, cast.bob);
       Watcher<Track> watcher(bob, {});
       watcher.expect_next("bookmark");
       let_read(tracks, id, cast.bob_role());
       watcher.expect_next("entered a");
       let_read(tracks, id, cast.ada_role());
       watcher.expect_next("left a");
       expect(!watcher.last().record, "the event of a record that may not be read has the record");
       let_read(tracks, id, Role::any());
       watcher.expect_next("entered a");
       tracks.remove(id);
       watcher.expect_gone("a");
     }},
    {"an actor that resumes learns that it lost the right to read",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {});
       const auto create = [&](const char* id) {
         return tracks.create({.title = id}, {.id = Id<Track>{id}, .permissions = {Permission::read(Role::any())}}).id;
       };
       const auto lost = create("lost");
       create("kept");
       const auto bob = tracks_as(bench, cast.bob);
       std::optional<ResumeToken> token;
       WatchedCopy<Track> copy;
       {
         Watcher<Track> watcher(bob, {});
         watcher.wait_until([](const auto& events) { return events.size() == 3; }, "the snapshot");
         for (const Change<Track>& change : watcher.events()) copy.apply(change);
         token = watcher.events().back().token;
       }
       let_read(tracks, lost, cast.ada_role());
       Watcher<Track> resumed(bob, {}, watch_options(token.value()));
       resumed.wait_until(
           [&](const auto& events) {
             WatchedCopy<Track> now = copy;
             for (const Change<Track>& change : events) now.apply(change);
             return now.records().size() == 1 && now.records().contains("kept");
           },
           "the loss of the record that may not be read any more");
     }},
    {"getting and losing the right to read the collection updates a watch of an actor",
     [](Bench& bench) {
       const Cast cast;
       const auto tracks = tracks_with(bench, {});
       tracks.create({.title = "hidden"}, {.id = Id<Track>{"hidden"}});
       const auto open =
           tracks.create({.title = "open"}, {.id = Id<Track>{"open"}, .permissions = {Permission::read(Role::any())}});
       Watcher<Track> watcher(tracks_as(bench, cast.bob), {});
       const auto expect_ids = [&](const Names& ids) {
         watcher.expect_copy_that(
             [&](const auto& records) {
               Names found;
               for (const auto& [id, record] : records) found.push_back(id);
               return found == ids;
             },
             "a copy of the records " + show(ids));
       };
       expect_ids({"open"});
       tracks_with(bench, {.permissions = {Permission::read(Role::users())}});
       tracks.increment<&Track::plays>(open.id, 1);  // a watch notices the new rights with the next change
       expect_ids({"hidden", "open"});
       tracks_with(bench, {});
       tracks.increment<&Track::plays>(open.id, 1);
       expect_ids({"open"});
     }},
    {"a watch of a collection that may not be read is forbidden",
     [](Bench& bench) {
       const Cast cast;
       tracks_with(bench, {.item_security = false});
       const auto bob = tracks_as(bench, cast.bob);
       Watcher<Track> watcher(bob, {});
       expect_error(
           Errc::forbidden,
           [&] {
             watcher.wait_until([](const auto& events) { return !events.empty(); }, "the error of the watch");
             return 0;
           },
           "the watch");
     }},
};

inline constexpr Rule blob_actor_watch_rules[] = {
    {"a watch of a bucket by an actor reports no blob that the actor may not read",
     [](Bench& bench) {
       const Cast cast;
       const auto blobs = blobs_with(bench, {});
       put_text(blobs, "old", {Permission::read(cast.bob_role())});
       put_text(blobs, "foreign", {Permission::read(cast.ada_role())});
       Watcher<BlobInfo> watcher(blobs_as(bench, cast.bob), {});
       watcher.expect_next("present old");
       watcher.expect_next("bookmark");
       put_text(blobs, "foreign", {Permission::read(cast.ada_role())}, true);
       blobs.remove(BlobId{"foreign"});
       put_text(blobs, "new", {Permission::read(Role::any())});
       watcher.expect_next("entered new");
       blobs.remove(BlobId{"old"});
       watcher.expect_next("removed old");
     }},
};

inline constexpr Area actor_watch_area{"actor watches", actor_watch_rules, {Capability::records, Capability::access}};
inline constexpr Area blob_actor_watch_area{
    "blob actor watches", blob_actor_watch_rules, {Capability::blobs, Capability::access}};

}  // namespace reel::testing::rules
