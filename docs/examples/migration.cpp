// Copies a store into another one, twice, and compares the two.

#include <iostream>
#include <thread>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/migrate.hpp>
#include <reel/migration/kind_options_of.hpp>

#include "music.hpp"

using music::Album;
using music::Track;

const reel::Bucket covers{.id = "covers", .name = "Covers", .max_size = 10 * reel::MiB, .extensions = {"png", "jpg"}};

template <class Store>
void fill(Store& store) {
  reel::Repository<Album, Store> albums{store};
  reel::Repository<Track, Store> tracks{store};
  reel::BlobStore<Store> images{store, covers};
  albums.setup();
  tracks.setup();
  images.setup();
  const auto kind = albums.create({.name = "Kind", .year = 1959}, {.id = reel::Id<Album>{"kind"}});
  tracks.create({.title = "Blue", .album_id = kind.id}, {.id = reel::Id<Track>{"blue"}});
  tracks.create({.title = "Red"}, {.id = reel::Id<Track>{"red"}});
  images.put(reel::BlobId{"kind"}, reel::from_bytes("not really a picture"), {.name = "kind.png"});
}

void show(const reel::MigrationReport& report) {
  for (const reel::MigrationCounts& counts : report.kinds) {
    std::cout << counts.kind.str() << ": " << counts.found << " found, " << counts.created << " created, "
              << counts.unchanged << " unchanged, " << counts.filtered << " filtered, " << counts.failed << " failed\n";
  }
  for (const reel::MigrationProblem& problem : report.failures)
    std::cout << problem.kind.str() << ' ' << problem.id << ": " << problem.reason << '\n';
}

int main() {
  reel::Memory source;
  fill(source);
  reel::Filesystem target{"music"};

  const reel::MigrationSet everything = reel::migration_set<Track, Album>({covers});

  reel::MigrationReport plan = reel::migrate(source, target, everything, {.plan = true});
  std::cout << "would create " << plan.total().created << '\n';

  reel::MigrationReport report = reel::migrate(source, target, everything,
                                               {.on_conflict = reel::OnConflict::skip,
                                                .verify = reel::Verify::full,
                                                .parallelism = 8,
                                                .journal = "migration.jsonl"});
  show(report);

  show(reel::migrate(source, target, everything));  // a second run copies nothing twice

  const auto change = reel::Patch<Track>{}.set<&Track::plays>(1);
  reel::Repository<Track, reel::Filesystem>{target}.update(reel::Id<Track>{"red"}, change);
  for (const reel::MigrationProblem& difference : reel::verify(source, target, everything).differences)
    std::cout << difference.id << ": " << difference.reason << '\n';

  reel::Filesystem backup{"backup"};
  reel::migrate(source, backup, everything);
  reel::VerificationReport compared = reel::verify(source, backup, everything, {.by_digests = true});
  std::cout << compared.kinds.at(1).by_digest << " tracks are the same by their digests\n";

  reel::MigrationOptions options;
  options.changed_since = reel::parse_timestamp("2020-01-01T00:00:00Z");
  options.kinds = {reel::kind_options<Track>()
                       .where(reel::field<&Track::title> != "Red")
                       .rename("songs")
                       .attribute<&Track::title>("name")
                       .map("new edition", [](Track& track) { track.title += " (remastered)"; })
                       .on_conflict(reel::OnConflict::newer),
                   reel::kind_options(covers).leave_out()};
  reel::Memory songs;
  show(reel::migrate(source, songs, everything, options));

  reel::Memory copy;
  reel::MigrationControl control;
  std::thread copying([&] { report = reel::migrate(source, copy, everything, {.control = control}); });
  control.limit({.parallelism = 2, .requests_per_second = 1000});
  copying.join();
  std::cout << "copied " << report.total().created << '\n';
}
