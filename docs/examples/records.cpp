// Creates, reads, changes and removes records.

#include <iostream>

#include <reel/backends/memory.hpp>

#include "music.hpp"

using music::Track;
using reel::Id;
using reel::Patch;
using reel::Record;

using Tracks = reel::Repository<Track, reel::Memory>;

void create(const Tracks& tracks) {
  Record<Track> blue = tracks.create({.title = "Blue", .plays = 1});
  tracks.create({.title = "Red"}, {.id = Id<Track>{"red"}});

  std::cout << blue.value.title << " in " << *blue.value.language << ", id of " << blue.id.str().size()
            << " characters\n";
}

void find(const Tracks& tracks) {
  const Id<Track> red{"red"};
  std::optional<Record<Track>> maybe = tracks.find(red);  // empty if absent
  Record<Track> sure = tracks.get(red);                   // throws Errc::not_found if absent
  bool there = tracks.exists(Id<Track>{"RED"});           // ids compare without case

  std::cout << maybe.has_value() << sure.value.title << there << '\n';

  const std::vector<Id<Track>> wanted{Id<Track>{"none"}, red};
  for (const Record<Track>& track : tracks.find_many(wanted)) std::cout << "found " << track.value.title << '\n';
}

void change(const Tracks& tracks) {
  const Id<Track> red{"red"};
  tracks.update(red, Patch<Track>{}.set<&Track::plays>(3).set<&Track::tags>(std::vector<std::string>{"jazz"}));
  tracks.update(red, Patch<Track>{}.clear<&Track::note>().clear<&Track::tags>());
  tracks.modify(red, [](Track& track) { track.score = 2.0 * static_cast<double>(track.plays); });
  tracks.increment<&Track::plays>(red, 2);
  std::cout << tracks.get(red).value.plays << " plays, score " << tracks.get(red).value.score << '\n';

  tracks.replace(red, Track{.title = "Red again"});
  tracks.upsert(Id<Track>{"green"}, Track{.title = "Green"});
  std::cout << tracks.get(red).value.plays << " plays, " << tracks.count() << " tracks\n";
}

void change_nothing(const Tracks& tracks) {
  const Record<Track> before = tracks.get(Id<Track>{"red"});
  const Record<Track> after = tracks.update(before.id, Patch<Track>{}.set<&Track::title>(before.value.title));
  std::cout << "same updated_at: " << (after.updated_at == before.updated_at) << '\n';
}

void change_if_unchanged(const Tracks& tracks) {
  const Record<Track> seen = tracks.get(Id<Track>{"red"});
  tracks.increment<&Track::plays>(seen.id, 1);  // another writer

  try {
    tracks.update(seen.id, Patch<Track>{}.set<&Track::score>(1), {.if_unchanged_since = seen.updated_at});
  } catch (const reel::Error& error) {
    if (error.code() != reel::Errc::conflict) throw;
    std::cout << "conflict: read the record again and decide\n";
  }
}

void bulk(const Tracks& tracks) {
  reel::BulkResult<Track> all = tracks.create_many(std::vector<Track>{{.title = "One"}, {.title = "Two"}});
  std::cout << all.succeeded() << " created, atomic: " << all.atomic << '\n';

  std::vector<reel::Draft<Track>> drafts{{.value = {.title = "Three"}, .options = {.id = Id<Track>{"three"}}},
                                         {.value = {.title = "One"}}};
  reel::BulkResult<Track> some = tracks.create_many(drafts, {.partial = true});
  for (const reel::BulkItem<Track>& item : some.items)
    std::cout << (item.record ? item.record->value.title : std::string(reel::to_string(item.error->code()))) << '\n';

  tracks.update_many({{.id = Id<Track>{"red"}, .patch = Patch<Track>{}.set<&Track::plays>(7)},
                      {.id = Id<Track>{"three"}, .patch = Patch<Track>{}.set<&Track::plays>(8)}});

  const auto played = reel::Query<Track>{}.where(reel::field<&Track::plays> >= 7);
  std::cout << tracks.update_where(played, Patch<Track>{}.set<&Track::score>(10)) << " updated, ";
  std::cout << tracks.remove_where(played) << " removed\n";
}

void keep_times(const Tracks& tracks) {
  const reel::Timestamp then = *reel::parse_timestamp("2020-06-15T12:00:00Z");
  Record<Track> old = tracks.create({.title = "Old"}, {.created_at = then, .updated_at = then});
  std::cout << reel::format_timestamp(old.created_at) << '\n';
}

void keep_permissions(const Tracks& tracks) {
  using reel::Permission;
  using reel::Role;
  Record<Track> shared = tracks.create({.title = "Shared"}, {.permissions = {Permission::read(Role::any())}});
  const std::vector<Permission> fewer{Permission::read(Role::users()), Permission::update(Role::user("ann"))};
  tracks.update(shared.id, Patch<Track>{}.permissions(fewer));
  for (const Permission& one : tracks.get(shared.id).permissions) std::cout << one.str() << '\n';
}

int main() {
  reel::Memory store;
  Tracks tracks{store};
  tracks.setup();
  create(tracks);
  find(tracks);
  change(tracks);
  change_nothing(tracks);
  change_if_unchanged(tracks);
  bulk(tracks);
  keep_times(tracks);
  keep_permissions(tracks);
  std::cout << "removed: " << tracks.remove(Id<Track>{"green"}) << tracks.remove(Id<Track>{"green"}) << '\n';
}
