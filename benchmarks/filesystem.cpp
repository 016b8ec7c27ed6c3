// Compares Filesystem with SQLite in a file. Both write to REEL_BENCH_FOLDER, or to the current folder.
#include <reel/backends/filesystem.hpp>

#include <malloc.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "folder.hpp"
#include "side_by_side.hpp"
#include "sqlite.hpp"
#include "video.hpp"

namespace {

using namespace bench;
using Videos = reel::Repository<Video, reel::Filesystem>;

struct Ours {
  reel::Filesystem store;
  Videos videos{store};
  Ours(const std::string& path, reel::Durability durability)
      : store(path, reel::FilesystemOptions{.durability = durability}) {
    videos.setup();
  }
};

struct Theirs {
  sqlite::Database database;
  std::unique_ptr<sqlite::Videos> rows{};
  explicit Theirs(const std::string& path) : database(path) {
    database.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
    sqlite::make_table(database);
    rows = std::make_unique<sqlite::Videos>(database);
  }
};

void add_durable_create(const std::vector<Item>& items, std::size_t writers, std::size_t each, double target) {
  const std::size_t total = writers * each;
  if (items.size() < total) throw std::logic_error("there are too few records");
  add({.work = "Filesystem: durable create, " + std::to_string(writers) + (writers == 1 ? " writer" : " writers"),
       .peer = "SQLite WAL, synchronous=FULL",
       .target = target,
       .operations = total,
       .rounds = 7,
       .ours =
           [&items, writers, each] {
             const Folder folder("ours");
             Ours ours(folder / "store", reel::Durability::durable);
             return wall_time([&] {
               in_parallel(writers, [&](std::size_t writer) {
                 for (std::size_t i = writer * each; i < (writer + 1) * each; ++i)
                   ours.videos.create(items[i].video, {.id = reel::Id<Video>{items[i].id}});
               });
             });
           },
       .theirs =
           [&items, writers, each] {
             const Folder folder("theirs");
             std::vector<std::unique_ptr<Theirs>> connections;
             for (std::size_t i = 0; i < writers; ++i) connections.push_back(std::make_unique<Theirs>(folder / "db"));
             return wall_time([&] {
               in_parallel(writers, [&](std::size_t writer) {
                 for (std::size_t i = writer * each; i < (writer + 1) * each; ++i)
                   connections[writer]->rows->create(items[i]);
               });
             });
           }});
}

std::vector<reel::Draft<Video>> drafts_of(const std::vector<Item>& items, std::size_t from, std::size_t to) {
  std::vector<reel::Draft<Video>> drafts;
  for (std::size_t i = from; i < to; ++i)
    drafts.push_back({.value = items[i].video, .options = {.id = reel::Id<Video>{items[i].id}}});
  return drafts;
}

/// Writes batches of a thousand records.
void load(Videos& videos, const std::vector<Item>& items, std::size_t records) {
  for (std::size_t from = 0; from < records; from += 1000)
    videos.create_many(drafts_of(items, from, std::min(from + 1000, records)));
}

void add_bulk_load(const std::vector<Item>& items, std::size_t records) {
  add({.work = "Filesystem: bulk load of " + std::to_string(records),
       .peer = "SQLite, one transaction",
       .target = 1 / 1.5,
       .operations = records,
       .rounds = 3,
       .ours =
           [&items, records] {
             const Folder folder("ours");
             Ours ours(folder / "store", reel::Durability::durable);
             return wall_time([&] { ours.videos.create_many(drafts_of(items, 0, records)); });
           },
       .theirs =
           [&items, records] {
             const Folder folder("theirs");
             Theirs theirs(folder / "db");
             return wall_time([&] {
               theirs.database.run("BEGIN");
               for (std::size_t i = 0; i < records; ++i) theirs.rows->create(items[i]);
               theirs.database.run("COMMIT");
             });
           }});
}

struct Filled {
  Folder folder{"filled"};
  std::unique_ptr<Ours> ours{};
  std::unique_ptr<Theirs> theirs{};
  Filled(const std::vector<Item>& items, std::size_t records) {
    ours = std::make_unique<Ours>(folder / "store", reel::Durability::relaxed);
    load(ours->videos, items, records);
    theirs = std::make_unique<Theirs>(folder / "db");
    theirs->database.run("BEGIN");
    for (std::size_t i = 0; i < records; ++i) theirs->rows->create(items[i]);
    theirs->database.run("COMMIT");
  }
};

void add_get(const std::vector<Item>& items, Filled& filled, std::size_t records) {
  const auto places = random_places(20'000, records);
  add({.work = "Filesystem: get by id, random, of " + std::to_string(records),
       .peer = "SQLite, prepared",
       .target = 0.5,
       .operations = places.size(),
       .rounds = 11,
       .ours =
           [&items, &filled, places] {
             return processor_time([&] {
               for (const std::size_t place : places) use(filled.ours->videos.get(reel::Id<Video>{items[place].id}));
             });
           },
       .theirs =
           [&items, &filled, places] {
             return processor_time([&] {
               for (const std::size_t place : places) use(filled.theirs->rows->find(items[place].id));
             });
           }});
}

/// Without a peer: prints the time to open a store and the heap that it adds.
void report_open(const std::vector<Item>& items) {
  const Folder folder("open");
  {
    Ours ours(folder / "store", reel::Durability::relaxed);
    load(ours.videos, items, items.size());
  }
  std::vector<double> times;
  double bytes = 0;
  for (int round = 0; round < 5; ++round) {
    malloc_trim(0);
    const auto before = mallinfo2();
    std::unique_ptr<Ours> ours;
    times.push_back(wall_time([&] {
                      ours = std::make_unique<Ours>(folder / "store", reel::Durability::relaxed);
                      use(ours->videos.get(reel::Id<Video>{items.front().id}));
                    }).count());
    const auto after = mallinfo2();
    bytes = static_cast<double>(after.uordblks + after.hblkhd) - static_cast<double>(before.uordblks + before.hblkhd);
  }
  std::size_t indexed = 0;
  for (const Item& item : items)
    indexed += 1 + 2 + 1 + 8 + 1 + (item.video.session_id ? item.video.session_id->size() + 2 : 0);
  const double records = static_cast<double>(items.size());
  std::printf("\nopen a store of %zu records: %s; %.0f bytes a record on the heap, of which %.0f are indexed values\n",
              items.size(), time_text(median(times)).c_str(), bytes / records, static_cast<double>(indexed) / records);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Item> items;
  std::unique_ptr<Filled> filled;
  const int status = run(argc, argv, [&](std::size_t records) {
    items = make_items(records);
    const std::size_t loaded = std::min<std::size_t>(records, 300'000);
    add_durable_create(items, 1, 500, 1.0);
    add_durable_create(items, 16, 100, 0.25);
    add_bulk_load(items, loaded);
    filled = std::make_unique<Filled>(items, loaded);
    add_get(items, *filled, loaded);
  });
  filled.reset();
  report_open(items);
  return status;
}
