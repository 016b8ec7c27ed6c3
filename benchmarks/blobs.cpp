// Compares blobs in a Filesystem store with dd, md5sum and files written one by one. All write to REEL_BENCH_FOLDER, or
// to the current folder.
#include <reel/backends/filesystem.hpp>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <reel/blob_store.hpp>

#include "folder.hpp"
#include "side_by_side.hpp"

namespace {

using namespace bench;
using Files = reel::BlobStore<reel::Filesystem>;

const reel::Bucket bucket{.id = "videos", .name = "Videos"};

Files files(reel::Filesystem& store) {
  Files made{store, bucket};
  made.setup();
  return made;
}

void must_run(const std::string& command) {
  if (std::system((command + " > /dev/null 2>&1").c_str()) != 0) throw std::runtime_error(command + " failed");
}

void write_random(const std::string& path, std::int64_t size) {
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> block(128 * 1024);
  std::ofstream out(path, std::ios::binary);
  for (std::int64_t left = size; left > 0; left -= reel::MiB) {
    for (std::uint64_t& word : block) word = random();
    out.write(reinterpret_cast<const char*>(block.data()), reel::MiB);
  }
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

void add_put(const std::string& source, const std::string& size) {
  add({.work = "Filesystem: durable put of a file of " + size,
       .peer = "`dd conv=fdatasync`",
       .target = 1 / 0.9,
       .rounds = 5,
       .ours =
           [source] {
             const Folder folder("ours");
             reel::Filesystem store(folder / "store");
             const Files blobs = files(store);
             return wall_time([&] { blobs.put(reel::BlobId{"b"}, reel::from_file(source)); });
           },
       .theirs =
           [source] {
             const Folder folder("theirs");
             return wall_time([&] { must_run("dd bs=1M conv=fdatasync if=" + source + " of=" + (folder / "copy")); });
           }});
}

class Nowhere final : public reel::BlobSink {
  void write(std::span<const std::byte>) override {}
};

struct Filled {
  Folder folder{"filled"};
  reel::Filesystem store{folder / "store"};
  Files blobs = files(store);
};

void add_get(const Filled& filled, const std::string& size) {
  const std::string file = filled.blobs.url(reel::BlobId{"b"}).substr(std::string_view("file://").size());
  add({.work = "Filesystem: verified get of " + size,
       .peer = "`md5sum`",
       .target = 1 / 0.9,
       .rounds = 5,
       .ours = [&filled] { return wall_time([&] { filled.blobs.get(reel::BlobId{"b"}, Nowhere{}); }); },
       .theirs = [file] { return wall_time([&] { must_run("md5sum " + file); }); }});
}

void write_synced(const std::string& path, std::string_view content) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (file < 0 || ::write(file, content.data(), content.size()) < 0 || ::fsync(file) != 0 || ::close(file) != 0)
    throw std::runtime_error("cannot write " + path);
}

/// Returns a new folder that stays until the program ends: for minutes after removing many files, ext4 creates files
/// slowly.
const Folder& lasting_folder() {
  static std::deque<Folder> folders;
  return folders.emplace_back("small" + std::to_string(folders.size()));
}

/// Compares with files of the same size that are written and synced one by one.
void add_small(const std::string& how, std::size_t count, std::function<Seconds(std::string_view)> ours) {
  static const std::string content(4096, 'x');
  add({.work = "Filesystem: " + std::to_string(count) + " blobs of 4 KiB, " + how,
       .peer = "each file written and synced alone",
       .target = 0.5,
       .operations = count,
       .rounds = 3,
       .ours = [ours] { return ours(content); },
       .theirs =
           [count] {
             const Folder& folder = lasting_folder();
             return wall_time([&] {
               for (std::size_t i = 0; i < count; ++i)
                 write_synced(folder / ("b" + std::to_string(i)).c_str(), content);
             });
           }});
}

void put(const Files& blobs, std::size_t number, std::string_view content) {
  blobs.put(reel::BlobId{"b" + std::to_string(number)}, reel::from_bytes(content));
}

void add_bulk(std::size_t count) {
  add_small("put and then synced", count, [count](std::string_view content) {
    const Folder& folder = lasting_folder();
    reel::Filesystem store(folder / "store", {.durability = reel::Durability::relaxed});
    const Files blobs = files(store);
    return wall_time([&] {
      for (std::size_t i = 0; i < count; ++i) put(blobs, i, content);
      store.sync();
    });
  });
}

void add_durable(std::size_t count) {
  constexpr std::size_t writers = 16;
  add_small("durable each, by 16 threads", count, [count](std::string_view content) {
    const Folder& folder = lasting_folder();
    reel::Filesystem store(folder / "store");
    const Files blobs = files(store);
    return wall_time([&] {
      in_parallel(writers, [&](std::size_t writer) {
        for (std::size_t i = writer; i < count; i += writers) put(blobs, i, content);
      });
    });
  });
}

}  // namespace

int main(int argc, char** argv) {
  const Folder sources("sources");
  std::unique_ptr<Filled> filled;
  return run(argc, argv, [&](std::size_t records) {
    const bool quick = records < 1'000'000;
    const std::int64_t size = (quick ? 4 : 512) * reel::MiB;
    const std::string text = std::to_string(size / reel::MiB) + " MiB";
    write_random(sources / "source", size);
    add_put(sources / "source", text);
    filled = std::make_unique<Filled>();
    filled->blobs.put(reel::BlobId{"b"}, reel::from_file(sources / "source"));
    add_get(*filled, text);
    const std::size_t count = quick ? 200 : 10'000;
    add_bulk(count);
    add_durable(count);
  });
}
