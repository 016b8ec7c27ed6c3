// One program on several stores, a store that is reopened, and a schema that grows.

#include <iostream>
#include <thread>

#include <reel/any_store.hpp>
#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>

#include "music.hpp"

using music::Album;
using music::Track;

template <class Store>
void add_blue(Store& store) {
  reel::Repository<Track, Store> tracks{store};
  reel::Repository<Album, Store>{store}.setup();
  tracks.setup();
  tracks.upsert(reel::Id<Track>{"blue"}, {.title = "Blue", .plays = 1});
}

void choose() {
  reel::Memory memory;
  add_blue(memory);

  reel::Filesystem folder{"music"};
  add_blue(folder);

  reel::Filesystem scratch{"scratch", {.text = reel::TextRules::exact, .durability = reel::Durability::relaxed}};
  add_blue(scratch);
}

// Compiled once, whatever the underlying store is.
std::int64_t count_tracks(reel::AnyStore& store) { return reel::records<Track>(store).count({}); }

void open_by_url() {
  for (const char* url : {"file:music?readonly", "fil:music", "file:music?readnly", "music"}) {
    try {
      reel::AnyStore store = reel::open<reel::Memory, reel::Filesystem>(url);
      std::cout << url << " has " << count_tracks(store) << " track\n";
    } catch (const reel::Error& error) {
      std::cout << error.what() << '\n';
    }
  }
}

void reopen() {
  reel::Filesystem folder{"music", {.create = false}};
  reel::Repository<Track, reel::Filesystem> tracks{folder};
  std::cout << tracks.get(reel::Id<Track>{"blue"}).value.title << " was kept\n";
}

void from_many_threads() {
  reel::Memory store;
  add_blue(store);
  const reel::Repository<Track, reel::Memory> tracks{store};

  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([tracks] {  // a repository is a cheap handle: copy it
      for (int n = 0; n < 100; ++n) tracks.increment<&Track::plays>(reel::Id<Track>{"blue"}, 1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::cout << tracks.get(reel::Id<Track>{"blue"}).value.plays << " plays\n";
}

// clang-format off
// Albums in a later version of the program: one more attribute, and longer names.
struct LaterAlbum {
  std::string name;
  std::optional<std::int64_t> year;
  std::optional<std::string> label;
};
template <> struct reel::Schema<LaterAlbum> {
  static constexpr auto collection = reel::collection("albums", "Albums",
      attribute("name", &LaterAlbum::name, max_length(512)),
      attribute("year", &LaterAlbum::year, range(1877, 2100)),
      attribute("label", &LaterAlbum::label, max_length(128)),
      unique("by_name", &LaterAlbum::name),
      index("by_label", &LaterAlbum::label));
};

// Albums without one of the stored attributes.
struct LesserAlbum {
  std::string name;
};
template <> struct reel::Schema<LesserAlbum> {
  static constexpr auto collection = reel::collection("albums", "Albums",
      attribute("name", &LesserAlbum::name, max_length(512)));
};
// clang-format on

void evolve() {
  reel::Filesystem folder{"music"};
  reel::Repository<Album, reel::Filesystem>{folder}.create({.name = "Kind"}, {.id = reel::Id<Album>{"kind"}});

  reel::Repository<LaterAlbum, reel::Filesystem> albums{folder};
  albums.setup();  // adds the attribute and builds the index
  std::cout << albums.get(reel::Id<LaterAlbum>{"kind"}).value.label.has_value() << '\n';

  try {
    reel::Repository<LesserAlbum, reel::Filesystem>{folder}.setup();
  } catch (const reel::Error& error) {
    std::cout << error.what() << '\n';
  }
}

int main() {
  choose();
  open_by_url();
  reopen();
  from_many_threads();
  evolve();
}
