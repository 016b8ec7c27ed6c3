// Writes that a schema rejects: invalid values, duplicates and broken references.

#include <iostream>
#include <limits>

#include <reel/backends/memory.hpp>

#include "music.hpp"

using music::Album;
using music::Track;
using reel::Id;
using reel::Patch;

using Tracks = reel::Repository<Track, reel::Memory>;
using Albums = reel::Repository<Album, reel::Memory>;

template <class F>
void refused(F&& attempt) {
  try {
    attempt();
    std::cout << "accepted\n";
  } catch (const reel::Error& error) {
    std::cout << error.what() << '\n';
  }
}

void validation(const Tracks& tracks) {
  const Id<Track> id{"red"};
  refused([&] { tracks.create({.title = std::string(256, 'x')}, {.id = id}); });
  refused([&] { tracks.create({.title = "Red", .plays = -1}, {.id = id}); });
  refused([&] { tracks.create({.title = "\xff"}, {.id = id}); });
  refused([&] { tracks.create({.title = "Red", .score = std::numeric_limits<double>::infinity()}, {.id = id}); });
  refused([&] { tracks.create({.title = "Red"}, {.id = Id<Track>{"-red"}}); });
  std::cout << tracks.count() << " tracks\n";
}

void unique(const Tracks& tracks) {
  tracks.create({.title = "Red"}, {.id = Id<Track>{"red"}});
  refused([&] { tracks.create({.title = "rêd"}, {.id = Id<Track>{"red2"}}); });
  refused([&] { tracks.create({.title = "Redder"}, {.id = Id<Track>{"RED"}}); });
}

void references(const Tracks& tracks, const Albums& albums) {
  const auto kind = albums.create({.name = "Kind", .year = 1959}, {.id = Id<Album>{"kind"}});
  tracks.update(Id<Track>{"red"}, Patch<Track>{}.set<&Track::album_id>(kind.id));
  refused([&] { tracks.update(Id<Track>{"red"}, Patch<Track>{}.set<&Track::album_id>(Id<Album>{"none"})); });

  albums.remove(kind.id);  // on_remove::set_null
  std::cout << "still in an album: " << tracks.get(Id<Track>{"red"}).value.album_id.has_value() << '\n';
}

int main() {
  reel::Memory store;
  Albums albums{store};
  Tracks tracks{store};
  albums.setup();
  tracks.setup();
  validation(tracks);
  unique(tracks);
  references(tracks, albums);
}
