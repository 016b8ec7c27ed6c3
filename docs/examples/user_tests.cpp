// The tests of a program, run on two stores. Only the type of the store changes.

#include <filesystem>
#include <iostream>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>

#include "music.hpp"

using music::Track;

// The code under test. It works with any store of records.
template <reel::RecordBackend Store>
class Jukebox {
 public:
  explicit Jukebox(Store& store) : tracks_(store) { tracks_.setup(); }

  reel::Id<Track> add(std::string title) { return tracks_.create({.title = std::move(title)}).id; }
  void play(const reel::Id<Track>& id) { tracks_.template increment<&Track::plays>(id, 1); }
  std::optional<std::string> favourite() {
    const auto most_played = reel::Query<Track>{}.order_by<&Track::plays>(reel::descending).limit(1);
    for (const reel::Record<Track>& track : tracks_.list(most_played).records) return track.value.title;
    return std::nullopt;
  }

 private:
  reel::Repository<Track, Store> tracks_;
};

// An empty store for each test.
template <class Store>
struct Fresh;
template <>
struct Fresh<reel::Memory> {
  reel::Memory store;
};
template <>
struct Fresh<reel::Filesystem> {
  Fresh() { std::filesystem::remove_all("jukebox"); }
  ~Fresh() { std::filesystem::remove_all("jukebox"); }
  reel::Filesystem store{"jukebox", {.durability = reel::Durability::relaxed}};
};

int failures = 0;

void check(const char* what, bool holds) {
  std::cout << (holds ? "ok    " : "FAIL  ") << what << '\n';
  failures += holds ? 0 : 1;
}

template <class Store>
void an_empty_jukebox_has_no_favourite() {
  Fresh<Store> fresh;
  check("an empty jukebox has no favourite", !Jukebox{fresh.store}.favourite());
}

template <class Store>
void the_most_played_track_is_the_favourite() {
  Fresh<Store> fresh;
  Jukebox jukebox{fresh.store};
  jukebox.add("Blue");
  jukebox.play(jukebox.add("Red"));
  check("the most played track is the favourite", jukebox.favourite() == "Red");
}

template <class Store>
void titles_are_unique() {
  Fresh<Store> fresh;
  Jukebox jukebox{fresh.store};
  jukebox.add("Blue");
  try {
    jukebox.add("blue");
    check("titles are unique", false);
  } catch (const reel::Error& error) {
    check("titles are unique", error.code() == reel::Errc::already_exists);
  }
}

template <class Store>
void run() {
  an_empty_jukebox_has_no_favourite<Store>();
  the_most_played_track_is_the_favourite<Store>();
  titles_are_unique<Store>();
}

int main() {
  run<reel::Memory>();
  run<reel::Filesystem>();
  return failures == 0 ? 0 : 1;
}
