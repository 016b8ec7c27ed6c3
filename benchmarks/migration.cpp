// Compares `migrate` with writing the same records to the target in bulk, and measures the memory that a large copy
// needs. The legacy tree is measured by legacy.cpp.
#include <reel/migrate.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite.hpp>
#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>

#include "folder.hpp"
#include "side_by_side.hpp"
#include "support/emulator_process.hpp"
#include "support/filesystem/memory_growth.hpp"
#include "video.hpp"

namespace {

using namespace bench;

constexpr std::size_t ways = 16;
const reel::MigrationSet set = reel::migration_set<Video>();

std::vector<reel::Draft<Video>> drafts_of(const std::vector<Item>& items, std::size_t from, std::size_t to) {
  std::vector<reel::Draft<Video>> drafts;
  for (std::size_t i = from; i < to; ++i)
    drafts.push_back({.value = items[i].video, .options = {.id = reel::Id<Video>{items[i].id}}});
  return drafts;
}

/// Writes batches of a thousand records.
template <class Store>
void fill(Store& store, const std::vector<Item>& items) {
  const reel::Repository<Video, Store> videos(store);
  videos.setup();
  for (std::size_t from = 0; from < items.size(); from += 1000)
    videos.create_many(drafts_of(items, from, std::min(from + 1000, items.size())));
}

template <class Source, class Target>
void copy(Source& source, Target& target, std::size_t records, const reel::MigrationOptions& options) {
  const reel::MigrationReport report = reel::migrate(source, target, set, options);
  if (!report.clean() || report.total().created != static_cast<std::int64_t>(records))
    throw std::runtime_error("not everything was copied");
}

const char* name_of(reel::Verify verify) { return verify == reel::Verify::full ? ", verified" : ""; }

/// Both sides begin with an empty store that holds writes back, and put everything on the medium at the end.
void add_to_filesystem(std::size_t records, reel::Verify verify) {
  static const std::vector<Item> items = make_items(records);
  static reel::Memory source;
  static const bool is_filled = (fill(source, items), true);
  use(is_filled);
  add({.work = "Memory to Filesystem, " + std::to_string(records) + " records" + name_of(verify),
       .peer = "create_many of Filesystem",
       .target = 1 / 0.8,
       .operations = records,
       .rounds = 5,
       .ours =
           [records, verify] {
             const Folder folder("ours");
             reel::Filesystem target(folder / "store", {.durability = reel::Durability::relaxed});
             return wall_time([&] {
               copy(source, target, records, {.verify = verify, .parallelism = 2, .journal = folder / "journal"});
             });
           },
       .theirs =
           [records] {
             const Folder folder("theirs");
             reel::Filesystem target(folder / "store", {.durability = reel::Durability::relaxed});
             const reel::Repository<Video, reel::Filesystem> videos(target);
             videos.setup();
             return wall_time([&] {
               videos.create_many(drafts_of(items, 0, records));
               target.sync();
             });
           }});
}

/// A server in a separate process, with a new database for each round.
class Server {
 public:
  [[nodiscard]] std::unique_ptr<reel::Appwrite> new_database() {
    reel::AppwriteConfig config;
    config.endpoint = process_.url();
    config.project = "films";
    config.key = reel::ApiKey("secret");
    config.database = "database" + std::to_string(++databases_);
    auto store = std::make_unique<reel::Appwrite>(config);
    reel::Repository<Video, reel::Appwrite>(*store).setup();
    return store;
  }

 private:
  reel::testing::EmulatorProcess process_{
      {.project = "none", .worker_delay = std::chrono::milliseconds(1)}, "films", "secret"};
  int databases_ = 0;
};

void add_to_appwrite(std::size_t records, reel::Verify verify, bool ordered) {
  static Server server;
  static const std::vector<Item> items = make_items(records);
  static const Folder folder("source");
  static reel::Filesystem source(folder / "store", {.durability = reel::Durability::relaxed});
  static const bool is_filled = (fill(source, items), true);
  use(is_filled);
  add({.work = "Filesystem to Appwrite, " + std::to_string(records) + " records" + name_of(verify) +
               (ordered ? "" : ", unordered"),
       .peer = "create_many of Appwrite by " + std::to_string(ways) + " threads",
       .target = 1 / 0.8,
       .operations = records,
       .rounds = 5,
       .ours =
           [records, verify, ordered] {
             const Folder state("state");
             const auto target = server.new_database();
             return wall_time([&] {
               copy(source, *target, records,
                    {.verify = verify,
                     .parallelism = static_cast<int>(ways),
                     .ordered = ordered,
                     .journal = state / "journal"});
             });
           },
       .theirs =
           [records] {
             const auto target = server.new_database();
             return wall_time([&] {
               in_parallel(ways, [&](std::size_t way) {
                 const std::size_t from = records * way / ways, to = records * (way + 1) / ways;
                 reel::Repository<Video, reel::Appwrite>(*target).create_many(drafts_of(items, from, to));
               });
             });
           }});
}

void define(std::size_t records) {
  const bool is_quick = records < 1'000'000;
  for (const reel::Verify verify : {reel::Verify::full, reel::Verify::none}) {
    add_to_filesystem(is_quick ? 2'000 : 100'000, verify);
    for (const bool ordered : {true, false}) add_to_appwrite(is_quick ? 1'000 : 20'000, verify, ordered);
  }
}

/// Zeros.
class Zeros final : public reel::BlobSource {
 public:
  explicit Zeros(std::int64_t size) : left_(size) {}
  [[nodiscard]] std::size_t read(std::span<std::byte> buffer) override {
    const auto n = static_cast<std::size_t>(std::min(left_, static_cast<std::int64_t>(buffer.size())));
    std::memset(buffer.data(), 0, n);
    left_ -= static_cast<std::int64_t>(n);
    return n;
  }
  [[nodiscard]] std::optional<std::int64_t> size() const override { return left_; }

 private:
  std::int64_t left_;
};

/// Frees the blocks of the blobs, which are zeros.
void make_sparse(const std::string& folder, std::int64_t blob_size) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.file_size() != static_cast<std::uintmax_t>(blob_size)) continue;
    const int file = ::open(entry.path().c_str(), O_RDWR | O_CLOEXEC);
    const auto size = static_cast<off_t>(entry.file_size());
    if (file < 0 || ::fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, size) != 0)
      throw std::runtime_error("cannot free the blocks of " + entry.path().string());
    ::close(file);
  }
}

void print_memory(const std::string& work, std::int64_t peak, std::int64_t stores) {
  const double mebibytes = static_cast<double>(peak - stores) / 1024;
  std::printf("| %s | %.0f MiB | %.0f MiB | %.0f MiB | 64 MiB | %s |\n", work.c_str(), static_cast<double>(peak) / 1024,
              static_cast<double>(stores) / 1024, mebibytes, mebibytes <= 64 ? "met" : "missed");
  std::fflush(stdout);
}

/// Writes the records that `make_item` makes, in batches of a thousand.
void fill(reel::Filesystem& store, std::size_t records) {
  std::mt19937_64 chance{20240501};
  const reel::Repository<Video, reel::Filesystem> videos(store);
  videos.setup();
  for (std::size_t i = 0; i < records; i += 1000) {
    std::vector<Item> items;
    for (std::size_t k = i; k < std::min(i + 1000, records); ++k) items.push_back(make_item(k, chance));
    videos.create_many(drafts_of(items, 0, items.size()));
  }
  store.sync();
}

/// Copies from one Filesystem to another in a process, and compares the growth of its peak memory with that of a
/// process that has both stores open and writes the same records, or looks at the blobs, without a migration.
int measure_memory(std::size_t records, std::int64_t blobs, std::int64_t blob_size) {
  const Folder folder("memory");
  const reel::Bucket bucket{.id = "films", .name = "Films"};
  const auto open = [&](const char* name) {
    return std::make_unique<reel::Filesystem>(folder / name,
                                              reel::FilesystemOptions{.durability = reel::Durability::relaxed});
  };
  {
    reel::testing::Child filling([&](const auto&) {
      const auto source = open("source");
      fill(*source, records);
      const reel::BlobStore<reel::Filesystem> films(*source, bucket);
      films.setup();
      for (std::int64_t i = 0; i < blobs; ++i) {
        films.put(reel::BlobId{"film" + std::to_string(i)}, Zeros(blob_size), {.name = "film.mp4"});
      }
    });
    if (!filling.wait()) throw std::runtime_error("the source could not be filled");
    make_sparse(folder / "source", blob_size);
  }
  std::puts("\n| copy from Filesystem to Filesystem | peak | without a migration | the migration | target | |");
  std::puts("|---|---|---|---|---|---|");
  for (const bool is_record : {true, false}) {
    const reel::MigrationSet one = is_record ? set : reel::migration_set<>({bucket});
    const std::int64_t peak = reel::testing::growth_kib([&] {
      const auto source = open("source"), target = open("target");
      const Seconds time = wall_time([&] {
        const reel::MigrationReport report =
            reel::migrate(*source, *target, one, {.journal = folder / (is_record ? "records" : "blobs")});
        if (!report.clean() || report.total().created != (is_record ? static_cast<std::int64_t>(records) : blobs))
          throw std::runtime_error("not everything was copied");
      });
      std::fprintf(stderr, "%s: %s\n", is_record ? "records" : "blobs", time_text(time.count()).c_str());
    });
    const std::int64_t stores = reel::testing::growth_kib([&] {
      const auto source = open("source"), target = open(is_record ? "written" : "target");
      if (is_record) {
        use(reel::Repository<Video, reel::Filesystem>(*source).list(reel::Query<Video>{}.limit(1)));
        fill(*target, records);
      } else {
        for (reel::Filesystem* const store : {&*source, &*target})
          use(reel::BlobStore<reel::Filesystem>(*store, bucket).list({.limit = 1}));
      }
    });
    print_memory(is_record
                     ? std::to_string(records) + " records"
                     : std::to_string(blobs) + " sparse blobs of " + std::to_string(blob_size / reel::MiB) + " MiB",
                 peak, stores);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (argc == 2 && mode == "--memory") return measure_memory(1'000'000, 20, 512 * reel::MiB);
  if (argc == 2 && mode == "--memory-quick") return measure_memory(5'000, 2, 64 * reel::MiB);
  return bench::run(argc, argv, define);
}
