// The program of the README.
// clang-format off

#include <iostream>

#include <reel/backends/filesystem.hpp>
#include <reel/reel.hpp>

struct Track {
  std::string title;
  std::int64_t plays = 0;
  std::optional<std::string> note;
};

template <> struct reel::Schema<Track> {
  static constexpr auto collection = reel::collection("tracks", "Tracks",
      attribute("title", &Track::title, max_length(255)),
      attribute("plays", &Track::plays, range(0, 1'000'000)),
      attribute("note", &Track::note, max_length(100'000)),
      unique("by_title", &Track::title),
      index("by_plays", &Track::plays));
};

int main() {
  reel::Filesystem store{"music"};  // a folder; in a test: reel::Memory store;
  reel::Repository<Track, reel::Filesystem> tracks{store};
  tracks.setup();

  tracks.upsert(reel::Id<Track>{"blue"}, {.title = "Blue", .plays = 3});
  tracks.upsert(reel::Id<Track>{"red"}, {.title = "Red"});
  tracks.increment<&Track::plays>(reel::Id<Track>{"red"}, 5);

  const auto played = reel::Query<Track>{}
      .where(reel::field<&Track::plays> > 0)
      .order_by<&Track::plays>(reel::descending);
  for (const reel::Record<Track>& track : tracks.all(played))
    std::cout << track.value.title << ": " << track.value.plays << " plays\n";
}
