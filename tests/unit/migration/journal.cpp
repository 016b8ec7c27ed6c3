#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/driver/layer.hpp>
#include <reel/json/sealed_line.hpp>
#include <reel/migrate.hpp>
#include <reel/repository.hpp>
#include <reel/verify.hpp>
#include <reel/video/buckets.hpp>
#include <reel/video/video.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/small_disk.hpp"
#include "support/filesystem/temporary_folder.hpp"

/// Journals that cannot be written, that a failed system has damaged, and that two processes use.
namespace journal_tests {

using reel::Errc;
using reel::Memory;
using reel::MigrationReport;
using reel::testing::content_of;
using reel::testing::error_from;
using reel::testing::TemporaryFolder;
using reel::testing::write_file;
using reel::video::Video;

const reel::Bucket films = reel::video::final_videos();
const reel::MigrationSet set = reel::migration_set<Video>({films});

/// Writes `videos` records and 6 blobs of `blob_size` bytes.
template <class Store>
void fill(Store& store, int videos = 3, std::size_t blob_size = 10) {
  const reel::Repository<Video, Store> records(store);
  records.setup();
  for (int i = 0; i < videos; ++i)
    records.create(Video{.topic = "t"}, {.id = reel::Id<Video>{"v" + std::to_string(i)}});
  const reel::BlobStore<Store> blobs(store, films);
  blobs.setup();
  for (int i = 0; i < 6; ++i)
    blobs.put(reel::BlobId{"b" + std::to_string(i)}, reel::from_bytes(std::string(blob_size, 'x')), {.name = "b.mp4"});
}

/// The descriptor with which this process has the file open.
int descriptor_of(const std::string& path) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    if (std::filesystem::read_symlink(entry.path(), ignored) == path) return std::stoi(entry.path().filename());
  }
  throw std::runtime_error("the file is not open");
}

/// Calls `once` when the run has reported progress so many times.
reel::Observer<reel::MigrationProgress> at_progress(int times, std::function<void()> once) {
  return [left = std::make_shared<int>(times), once = std::move(once)](const reel::MigrationProgress&) {
    if (--*left == 0) once();
    return true;
  };
}

TEST_CASE("a journal that can no longer be written ends the run, and the next one continues it", "[migration]") {
  for (const bool is_full : {true, false}) {
    for (const int moment : {1, 2, 4}) {  // in the page of records, and at two blobs
      INFO((is_full ? "no space, " : "closed, ") << moment);
      const TemporaryFolder folder;
      const std::string journal = folder / "journal";
      Memory source, target;
      fill(source);
      const auto spoil = [&] {
        const int file = descriptor_of(journal);
        if (!is_full) {
          ::close(file);
          return;
        }
        const int full = ::open("/dev/full", O_RDWR | O_CLOEXEC);
        ::dup2(full, file);
        ::close(full);
      };
      const MigrationReport first =
          reel::migrate(source, target, set, {.journal = journal, .on_progress = at_progress(moment, spoil)});
      CHECK(first.cancelled);
      REQUIRE(first.failures.size() == 1);
      CHECK(first.failures[0].operation == "journal");
      CHECK(first.failures[0].id.empty());
      CHECK(first.failures[0].reason.find(journal) != std::string::npos);
      CHECK(first.total().found < 9);
      const MigrationReport second = reel::migrate(source, target, set, {.journal = journal});
      CHECK(second.clean());
      CHECK(second.total().created + second.total().unchanged == 9);
      CHECK(second.total().unchanged <= 3);  // the page, or a blob
      CHECK(reel::verify(source, target, set).clean());
    }
  }
}

/// Stops when the run has reported progress so many times.
reel::Observer<reel::MigrationProgress> stopped_at(int times) {
  return [left = times](const reel::MigrationProgress&) mutable { return --left > 0; };
}

/// A line with its checksum. `object` is without the closing brace.
std::string sealed(std::string object) {
  reel::json::seal(object, 0);
  return object;
}

/// The journal of a run that was stopped before its last blob, and the stores.
struct Interrupted {
  TemporaryFolder folder{};
  std::string path = folder / "journal";
  Memory source{}, target{};

  Interrupted() {
    fill(source);
    reel::migrate(source, target, set, {.journal = path, .on_progress = stopped_at(6)});
  }
  /// Pretends that the run was before the system was started.
  void restart_system() {
    std::string content = content_of(path);
    const std::size_t begin = content.find(R"({"boot")"), end = content.find('\n', begin) + 1;
    write_file(path, content.replace(begin, end - begin, sealed(R"({"boot":"earlier")")));
  }
  void append(const std::string& bytes) { write_file(path, content_of(path) + bytes); }
  void check_continued() {
    const MigrationReport report = reel::migrate(source, target, set, {.journal = path});
    CHECK(report.clean());
    CHECK(report.total().found == 9);
    CHECK(reel::verify(source, target, set).clean());
  }
  void check_damaged() {
    const std::string before = content_of(path);
    CHECK(error_from([&] { reel::migrate(source, target, set, {.journal = path}); }).code() == Errc::corrupt);
    CHECK(content_of(path) == before);
  }
};

const std::string synced = sealed(R"({"synced":true)");

TEST_CASE("a journal continues before the bytes that a failed system has left in it", "[migration]") {
  Interrupted run;
  const std::string zeros = std::string(100, '\0') + "\n";
  SECTION("after the last line") {
    run.restart_system();
    run.append(zeros);
    run.check_continued();
  }
  SECTION("with whole lines after them") {
    run.restart_system();
    run.append(zeros + sealed(R"({"item":"bucket final_videos","id":"b5","outcome":"created")"));
    run.check_continued();
  }
  SECTION("but not if the medium has lost what was synced") {
    run.restart_system();
    run.append(zeros + synced);
    run.check_damaged();
  }
  SECTION("but not if the system has not failed") {
    run.append(zeros);
    run.check_damaged();
  }
}

TEST_CASE("a migration continues before what a failed system has left at the end of its journal", "[migration]") {
  Interrupted run;
  const std::string whole = content_of(run.path), zeros(5000, '\0');
  for (const bool restarts : {false, true}) {
    for (const std::string& left :
         {whole + zeros, whole.substr(0, whole.size() - 30) + zeros, zeros, whole.substr(0, 20) + zeros}) {
      INFO((restarts ? "another boot, " : "the same boot, ") << left.size());
      write_file(run.path, left);
      if (restarts && left.find(R"({"boot")") != std::string::npos) run.restart_system();
      run.check_continued();
      CHECK(content_of(run.path).find('\0') == std::string::npos);
    }
  }
  std::string damaged = whole;
  damaged.replace(whole.find('\n') + 1, 20, 20, '\0');
  write_file(run.path, damaged);
  run.check_damaged();
}

TEST_CASE("a large file of zero bytes is not taken for a journal and stays as it is", "[migration]") {
  const TemporaryFolder folder;
  const std::string path = folder / "disk.img";
  Memory source, target;
  fill(source);
  for (const std::uintmax_t size : {std::uintmax_t{64 * 1024 + 1}, std::uintmax_t{100} << 30}) {  // read in no time
    INFO(size);
    write_file(path, "");
    std::filesystem::resize_file(path, size);
    CHECK(error_from([&] { reel::migrate(source, target, set, {.journal = path}); }).code() == Errc::invalid);
    CHECK(error_from([&] { reel::verify(source, target, set, {.journal = path}); }).code() == Errc::invalid);
    CHECK(std::filesystem::file_size(path) == size);
  }
}

TEST_CASE("the first line of a journal is on the medium before the rest", "[migration]") {
  Interrupted run;
  const std::string content = content_of(run.path);
  run.restart_system();
  write_file(run.path, content_of(run.path).substr(0, content.find('\n') + 1));
  run.check_continued();
}

TEST_CASE("a record that the target lost at once does not prevent the next run", "[migration]") {
  struct Forgetful : reel::driver::Layer<Memory> {
    using Layer::Layer;
    std::vector<reel::driver::WriteResult> write(const reel::driver::CollectionSchema& schema,
                                                 std::vector<reel::driver::Write> writes, reel::driver::Batch batch) {
      auto results = below().write(schema, std::move(writes), batch);
      below().remove(schema, "v2", std::nullopt);
      return results;
    }
  };
  const TemporaryFolder folder;
  Memory source, below;
  fill(source);
  Forgetful target(below);
  reel::migrate(source, target, set, {.journal = folder / "journal", .on_progress = stopped_at(2)});
  const MigrationReport report = reel::migrate(source, target, set, {.journal = folder / "journal"});
  REQUIRE(report.differences.size() == 2);
  CHECK(report.differences[0].id == "v2");
  CHECK(report.differences[1].operation == "count");
  CHECK(report.total().found == 9);
}

TEST_CASE("two processes do not use a journal at the same time", "[migration]") {
  const TemporaryFolder folder;
  Memory source, target;
  fill(source);
  bool was_refused = false;
  const auto other = [&] {
    reel::testing::Child child([&](const reel::testing::Child::Pipe& pipe) {
      Memory own;
      pipe.write(std::string(
          to_string(error_from([&] { reel::migrate(source, own, set, {.journal = folder / "journal"}); }).code())));
    });
    was_refused = child.read() == to_string(Errc::unavailable);
  };
  CHECK(reel::migrate(source, target, set, {.journal = folder / "journal", .on_progress = at_progress(3, other)})
            .clean());
  CHECK(was_refused);
}

TEST_CASE("a copy to a full disk is completed when there is space", "[migration]") {
  const TemporaryFolder folder;
  const auto require = [](bool holds, const char* fact) {
    if (!holds) throw std::runtime_error(fact);
  };
  const bool done = reel::testing::on_small_disk(4'000'000, [&](const std::string& disk) {
    // another program fills the disk after the space was checked
    auto fill_disk = [&, is_full = false](const reel::MigrationProgress&) mutable {
      if (!std::exchange(is_full, true)) write_file(disk + "/ballast", std::string(2'500'000, '-'));
      return true;
    };
    reel::MigrationOptions options{.journal = folder / "journal", .on_progress = std::move(fill_disk)};
    Memory source;
    fill(source, 50, 300'000);
    reel::Filesystem target(disk + "/store", {.durability = reel::Durability::relaxed});
    const MigrationReport first = reel::migrate(source, target, set, options);
    require(!first.clean() && !first.failures.empty(), "it fitted");
    for (const reel::MigrationProblem& one : first.failures)
      require(one.code == Errc::unavailable, "another reason than the disk");
    options.on_progress = {};
    std::filesystem::remove(disk + "/ballast");
    require(reel::migrate(source, target, set, options).clean(), "not completed");
    require(reel::verify(source, target, set).clean(), "not equal");
    require(reel::migrate(source, target, set, options).total().created == 0, "copied again");
  });
  INFO("needs the right to mount");
  CHECK_NOFAIL(done);
}

}  // namespace journal_tests
