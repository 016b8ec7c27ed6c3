// Converts records to nlohmann::json and back.

#include <iostream>

#include <reel/backends/memory.hpp>
#include <reel/json.hpp>

#include "music.hpp"

using music::Track;

int main() {
  reel::Memory store{{.clock = [] { return *reel::parse_timestamp("2026-01-01T12:00:00Z"); }}};
  reel::Repository<Track, reel::Memory> tracks{store};
  tracks.setup();
  const auto blue = tracks.create({.title = "Blue", .plays = 3, .tags = {"jazz"}}, {.id = reel::Id<Track>{"blue"}});

  const nlohmann::json json = blue;
  std::cout << json.dump(2) << '\n';

  const auto again = json.get<reel::Record<Track>>();
  std::cout << again.id.str() << ", " << again.value.plays << " plays\n";
}
