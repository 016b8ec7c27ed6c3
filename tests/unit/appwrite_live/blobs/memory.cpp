#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <emulator/emulator.hpp>
#include <reel/backends/filesystem.hpp>
#include <reel/migrate.hpp>

#include "support/appwrite_blobs.hpp"
#include "support/catch.hpp"
#include "support/filesystem/memory_growth.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/scale.hpp"

// The memory that a process needs for a large blob. REEL_BIG_BLOB_MIB=1024 sets its size to a gibibyte. Not meaningful
// with sanitizers, which need more memory.
#if !REEL_SANITIZED

namespace blobs_memory_tests {

using namespace appwrite_blobs;
using reel::BlobId;
using reel::testing::Child;
using reel::testing::growth_kib;
using reel::testing::most_growth_kib;
using reel::testing::TemporaryFolder;

std::int64_t big() {
  const char* const mebibytes = std::getenv("REEL_BIG_BLOB_MIB");
  return (mebibytes != nullptr ? std::stoll(mebibytes) : 160) * reel::MiB;
}

TEST_CASE("a large blob needs little memory", "[appwrite][blobs][big]") {
  const TemporaryFolder folder(TemporaryFolder::on_disk());
  Child server_process([&](const Child::Pipe& pipe) {
    reel::emulator::Config config;
    config.storage_limit = 4 * reel::GiB;
    config.data = folder / "server";
    reel::emulator::Emulator server(std::move(config));
    server.add_project("project", "secret");
    server.start();
    std::string port = std::to_string(server.port());
    port.resize(8, ' ');
    pipe.write(port);
    for (;;) ::pause();
  });
  reel::AppwriteConfig config = Server::config();
  config.endpoint = "http://127.0.0.1:" + std::to_string(std::stoi(server_process.read(8))) + "/v1";

  const std::string file = folder / "film.mp4", copy = folder / "copy.mp4";
  reel::testing::write_file(file, "a film of which most is a hole");
  std::filesystem::resize_file(file, static_cast<std::uintmax_t>(big()));
  const reel::Bucket bucket{.id = "films", .name = "Films"};

  const auto there_and_back = [&](auto& store) {
    const reel::BlobStore blobs(store, bucket);
    blobs.setup();
    blobs.put(BlobId{"a"}, reel::from_file(file));
    blobs.get(BlobId{"a"}, reel::to_file(copy));
    std::ifstream stream(file, std::ios::binary);
    blobs.put(BlobId{"a"}, reel::from_stream(stream), {.overwrite = true});
  };
  const std::int64_t on_filesystem = growth_kib([&] {
    reel::Filesystem store(folder / "store", {.durability = reel::Durability::relaxed});
    there_and_back(store);
  });
  CHECK(on_filesystem < most_growth_kib);
  const std::int64_t on_appwrite = growth_kib([&] {
    reel::Appwrite store(config);
    there_and_back(store);
    reel::BlobStore<reel::Appwrite>(store, bucket).remove(BlobId{"a"});
  });
  CHECK(on_appwrite < most_growth_kib);
  const std::int64_t while_copied = growth_kib([&] {
    reel::Filesystem from(folder / "store");
    reel::Appwrite to(config);
    reel::MigrationSet set;
    set.buckets = {bucket};
    const reel::MigrationReport report = reel::migrate(from, to, set, {.verify = reel::Verify::full});
    if (!report.clean()) throw std::runtime_error("the copy failed");
  });
  CHECK(while_copied < most_growth_kib);
  std::printf("growth for %lld MiB: Filesystem %lld KiB, Appwrite %lld KiB, a copy %lld KiB\n",
              static_cast<long long>(big() / reel::MiB), static_cast<long long>(on_filesystem),
              static_cast<long long>(on_appwrite), static_cast<long long>(while_copied));
}

}  // namespace blobs_memory_tests
#endif
