// Permissions of collections, records and buckets, and a store as a user may use it.

#include <iostream>
#include <string>

#include <reel/as.hpp>
#include <reel/backends/memory.hpp>
#include <reel/reel.hpp>

struct Song {
  std::string title;
};
template <>
struct reel::Schema<Song> {
  static constexpr auto collection =
      reel::collection("songs", "Songs", reel::attribute("title", &Song::title, reel::max_length(255)),
                       reel::permissions(reel::Grant::create("users"), reel::Grant::update("team:crew/editor")));
};

using reel::field;
using reel::Id;
using reel::Patch;
using reel::Permission;
using reel::Role;

reel::Bucket covers() {
  return {.id = "covers",
          .name = "Covers",
          .access = reel::AccessRules{.permissions = {Permission::read(Role::any()), Permission::create(Role::users())},
                                      .item_security = false}};
}

void print_refusal(const reel::Error& error) { std::cout << error.what() << '\n'; }

void act_as_users(reel::Memory& store) {
  auto for_ada = reel::as(store, reel::Actor::user("ada", {.verified = true, .teams = {"crew/editor"}}));
  auto for_bob = reel::as(store, reel::Actor::user("bob"));

  auto songs = reel::records<Song>(for_ada);
  songs.create({.title = "Blue"}, {.id = Id<Song>{"blue"}});  // read, update and remove for ada
  songs.create({.title = "Red"}, {.id = Id<Song>{"red"}, .permissions = {Permission::read(Role::users())}});

  auto seen_by_bob = reel::records<Song>(for_bob);
  std::cout << seen_by_bob.count({}) << " song, blue exists: " << seen_by_bob.exists(Id<Song>{"blue"}) << '\n';
  try {
    seen_by_bob.update(Id<Song>{"red"}, Patch<Song>{}.set(field<&Song::title>, "Mine"));
  } catch (const reel::Error& error) {  // Errc::forbidden
    print_refusal(error);
  }
}

void grant(reel::Memory& store) {
  auto for_ada = reel::as(store, reel::Actor::parse("user:ada,team:crew/editor"));
  auto songs = reel::records<Song>(for_ada);
  try {
    songs.update(Id<Song>{"red"}, Patch<Song>{}.permissions({Permission::read(Role::user("bob"))}));
  } catch (const reel::Error& error) {  // ada does not have the role user:bob
    print_refusal(error);
  }
}

void use_blobs(reel::Memory& store) {
  auto for_guest = reel::as(store, reel::Actor::guest());
  reel::blobs(store, covers()).put(reel::BlobId{"blue"}, reel::from_bytes("a picture"), {.name = "blue.png"});
  std::cout << reel::blobs(for_guest, covers()).stat(reel::BlobId{"blue"}).name << '\n';
  try {
    reel::blobs(for_guest, covers()).remove(reel::BlobId{"blue"});
  } catch (const reel::Error& error) {
    print_refusal(error);
  }
}

int main() {
  reel::Memory store;
  reel::records<Song>(store).setup();
  reel::blobs(store, covers()).setup();
  act_as_users(store);
  grant(store);
  use_blobs(store);
}
