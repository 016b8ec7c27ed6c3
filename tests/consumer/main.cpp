#include <reel/backends/memory.hpp>
#include <reel/md5.hpp>
#include <reel/reel.hpp>

#include <cstdint>
#include <iostream>
#include <optional>
#include <string>

struct Track {
  std::string title;
  std::int64_t plays = 0;
};

template <>
struct reel::Schema<Track> {
  static constexpr auto collection =
      reel::collection("tracks", "Tracks", reel::attribute("title", &Track::title, reel::max_length(255)),
                       reel::attribute("plays", &Track::plays, reel::range(0, 1'000'000)));
};

int main() {
  reel::Memory store;
  reel::Repository<Track, reel::Memory> tracks{store};
  tracks.setup();
  const reel::Record<Track> made = tracks.create({.title = "Blue", .plays = 1});
  const std::optional<reel::Record<Track>> found = tracks.find(made.id);
  if (!found || found->value.title != "Blue" || found->value.plays != 1) return 1;
  if (tracks.find(reel::Id<Track>{"red"})) return 1;
  if (reel::md5_hex(found->value.title) != "9594eec95be70e7b1710f730fdda33d9") return 1;
  std::cout << "created and found " << found->value.title << '\n';
}
