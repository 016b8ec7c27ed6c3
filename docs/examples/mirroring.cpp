// Keeps a store equal to another one that is written, and exchanges the two.

#include <iostream>

#include <reel/backends/filesystem.hpp>
#include <reel/mirror.hpp>
#include <reel/reel.hpp>
#include <reel/verify.hpp>

#include "music.hpp"

using music::Album;
using music::Track;

void show(const char* what, const reel::MirrorReport& report) {
  const std::int64_t copied = report.copy ? report.copy->total().created : 0;
  std::cout << what << ": " << copied << " copied, " << report.applied << " written, " << report.removed
            << " removed\n";
  for (const reel::MigrationProblem& problem : report.waiting)
    std::cout << problem.kind.str() << ' ' << problem.id << ": " << problem.reason << '\n';
}

int main() {
  reel::Filesystem source{"old"}, target{"new"};
  const reel::MigrationSet everything = reel::migration_set<Track, Album>();
  const auto old_tracks = reel::records<Track>(source), new_tracks = reel::records<Track>(target);
  reel::records<Album>(source).setup();
  old_tracks.setup();
  old_tracks.create({.title = "Blue"}, {.id = reel::Id<Track>{"blue"}});
  old_tracks.create({.title = "Red"}, {.id = reel::Id<Track>{"red"}});

  show("first", reel::mirror(source, target, everything, {.journal = "mirror.jsonl"}));

  old_tracks.create({.title = "Green"}, {.id = reel::Id<Track>{"green"}});
  old_tracks.remove(reel::Id<Track>{"blue"});

  const reel::MirrorReport over =
      reel::mirror(source, target, everything, {.cut_over = true, .journal = "mirror.jsonl"});
  show("cut over", over);
  std::cout << (over.clean() ? "both are equal\n" : "the target is behind\n");

  new_tracks.create({.title = "Yellow"}, {.id = reel::Id<Track>{"yellow"}});
  show("back", reel::mirror(target, source, everything, {.journal = "mirror.jsonl"}));
  std::cout << "the old store has " << old_tracks.count() << " tracks\n";
}
