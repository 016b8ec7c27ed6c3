// Compares transfers of files to and from Appwrite with the curl command, which sends the same parts to the same
// emulator.
#include <reel/backends/appwrite.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>

#include <reel/blob_store.hpp>

#include "folder.hpp"
#include "side_by_side.hpp"
#include "support/emulator_process.hpp"

namespace {

using namespace bench;
using Files = reel::BlobStore<reel::Appwrite>;

constexpr std::int64_t part = reel::appwrite::upload_chunk;

void must_run(const std::string& command) {
  if (std::system((command + " > /dev/null").c_str()) != 0) throw std::runtime_error(command + " failed");
}

/// A file of random bytes, as a whole and in parts.
void write_random(const Folder& folder, std::int64_t size) {
  std::mt19937_64 random(1);
  std::string bytes(static_cast<std::size_t>(part), '\0');
  std::ofstream whole(folder / "film.mp4", std::ios::binary);
  for (std::int64_t at = 0; at < size; at += part) {
    bytes.resize(static_cast<std::size_t>(std::min(part, size - at)));
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
    whole << bytes;
    std::ofstream(folder / ("part" + std::to_string(at / part)).c_str(), std::ios::binary) << bytes;
  }
}

class Bench {
 public:
  Bench(const std::string& version, std::int64_t size)
      : version_(version), size_(size), server_(config_of(version), "films", "standard_bench") {
    write_random(folder_, size);
    reel::AppwriteConfig config;
    config.endpoint = server_.url();
    config.project = "films";
    config.key = reel::ApiKey("standard_bench");
    store_ = std::make_unique<reel::Appwrite>(config);
    files().setup();
    files().put(reel::BlobId{"film"}, reel::from_file(folder_ / "film.mp4"));
  }

  void add_all() {
    const std::string text = std::to_string(size_ / reel::MiB) + " MiB, server " + version_;
    add({.work = "Appwrite: upload of " + text,
         .peer = "`curl`, the same parts in order",
         .target = 1 / 0.85,
         .ours = [this] { return uploaded([this] { files().put(next_id(), reel::from_file(folder_ / "film.mp4")); }); },
         .theirs = [this] { return uploaded([this] { must_run(upload_command(next_id().str())); }); }});
    add({.work = "Appwrite: download of " + text,
         .peer = "`curl`, not verified",
         .target = 1 / 0.85,
         .ours =
             [this] {
               return wall_time([this] { files().get(reel::BlobId{"film"}, reel::to_file(folder_ / "ours")); });
             },
         .theirs =
             [this] {
               return wall_time([this] {
                 must_run("curl -sf " + headers + " -o " + (folder_ / "theirs") + " " + url() + "/film/download");
               });
             }});
  }

 private:
  static reel::emulator::Config config_of(const std::string& version) {
    reel::emulator::Config config;
    config.version = version;
    config.storage_limit = reel::GiB;
    config.threads = 8;
    return config;
  }

  [[nodiscard]] Files files() { return {*store_, {.id = "films", .name = "Films"}}; }
  [[nodiscard]] std::string url() const { return server_.url() + "/storage/buckets/films/files"; }
  [[nodiscard]] reel::BlobId next_id() { return id_ = reel::BlobId{"b" + std::to_string(++count_)}; }

  template <class F>
  Seconds uploaded(F&& upload) {
    const Seconds time = wall_time(upload);
    if (files().stat(id_).size != size_) throw std::runtime_error("the upload is incomplete");
    files().remove(id_);
    return time;
  }

  /// Uses one process and one connection for all parts.
  [[nodiscard]] std::string upload_command(const std::string& id) const {
    std::string command = "curl -sf";
    for (std::int64_t at = 0; at < size_; at += part) {
      const std::int64_t last = std::min(at + part, size_) - 1;
      if (at > 0) command += " --next -sf -H 'X-Appwrite-ID: " + id + "'";
      command += " " + headers + " -H Expect: -H 'Content-Range: bytes " + std::to_string(at) + "-" +
                 std::to_string(last) + "/" + std::to_string(size_) + "' -F fileId=" + id + " -F 'file=@" +
                 (folder_ / ("part" + std::to_string(at / part)).c_str()) + ";filename=film.mp4' " + url();
    }
    return command;
  }

  static inline const std::string headers = "-H 'X-Appwrite-Project: films' -H 'X-Appwrite-Key: standard_bench'";

  std::string version_;
  std::int64_t size_;
  Folder folder_{"appwrite_blobs"};
  reel::testing::EmulatorProcess server_;
  std::unique_ptr<reel::Appwrite> store_;
  reel::BlobId id_{};
  int count_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::unique_ptr<Bench> bench;
  return run(argc, argv, [&](std::size_t records) {
    bench = std::make_unique<Bench>("1.8.1", (records < 1'000'000 ? 12 : 256) * reel::MiB);
    bench->add_all();
  });
}
