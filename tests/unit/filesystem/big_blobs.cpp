#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include <reel/md5.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/scale.hpp"

// Large blobs of a store, which a second thread writes.

namespace big_blobs_tests {

using namespace reel::testing;
using reel::BlobId;
using reel::BlobInfo;
using reel::Errc;
using reel::Filesystem;
using reel::MiB;

constexpr std::size_t big = std::size_t{13} * 1024 * 1024 + 77;

const std::string& content() {
  static const std::string made = [] {
    std::string text(big, '\0');
    std::uint32_t state = 1;
    for (char& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    return text;
  }();
  return made;
}

/// Records the threads that call it, and fails a call on demand.
class WatchedCalls : public reel::filesystem::FileCalls {
 public:
  int copies_until_refused = -1, writes_until_error = -1, copies_until_error = -1;

  ssize_t copy(int from, std::int64_t from_offset, int to, std::int64_t to_offset, std::size_t count) override {
    note();
    errno = EXDEV;
    if (copies_until_refused >= 0 && copies_until_refused-- == 0) return -1;
    return FileCalls::copy(from, from_offset, to, to_offset, count);
  }
  ssize_t write_at(int file, const void* bytes, std::size_t count, std::int64_t offset) override {
    note();
    errno = ENOSPC;
    if (writes_until_error >= 0 && writes_until_error-- == 0) return -1;
    return FileCalls::write_at(file, bytes, count, offset);
  }
  ssize_t read_at(int file, void* bytes, std::size_t count, std::int64_t offset) override {
    errno = EIO;
    if (copies_until_error >= 0 && count > 1000 && copies_until_error-- == 0) return -1;
    return FileCalls::read_at(file, bytes, count, offset);
  }

  std::set<std::thread::id> threads() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(threads_, {});
  }

 private:
  void note() {
    const std::scoped_lock lock(mutex_);
    threads_.insert(std::this_thread::get_id());
  }
  std::mutex mutex_;
  std::set<std::thread::id> threads_;
};

/// A file with the first bytes of `content()`.
std::string source_in(const TemporaryFolder& folder, std::size_t size = big) {
  write_file(folder / "source", content().substr(0, size));
  return folder / "source";
}

/// A stream that fails after this many bytes.
class Breaking final : public reel::BlobSource {
 public:
  explicit Breaking(std::size_t end) : left_(content().substr(0, end)) {}
  std::size_t read(std::span<std::byte> buffer) override {
    if (left_.empty()) throw reel::Error(Errc::unavailable, "the source broke");
    const std::size_t n = std::min(buffer.size(), left_.size());
    std::memcpy(buffer.data(), left_.data(), n);
    left_.erase(0, n);
    return n;
  }

 private:
  std::string left_;
};

struct Store {
  TemporaryFolder folder{};
  WatchedCalls calls{};
  Filesystem backend = Seams{.calls = &calls}.open(folder.path(), {});
  Store() { files(backend).setup(); }

  /// Returns whether nothing of the blob `b` is left.
  [[nodiscard]] bool is_empty() {
    return !files(backend).exists(BlobId{"b"}) && std::filesystem::is_empty(folder / "buckets/files/data");
  }
};

TEST_CASE("a large blob is hashed by the caller and written by another thread, a small one by the caller alone") {
  Store store;
  const TemporaryFolder sources;
  for (const std::size_t size : {std::size_t{100}, std::size_t{4} * MiB - 1, std::size_t{4} * MiB,
                                 std::size_t{4} * MiB + 1, std::size_t{4} * MiB + 300'000, big}) {
    const std::string wanted = content().substr(0, size);
    const std::size_t threads = size < 4 * MiB ? 1 : 2;
    const bool between = size >= 4 * MiB && size <= 4 * MiB + 1;  // depends on the pieces of the source
    INFO(size);
    store.calls.threads();
    const auto check = [&](const BlobInfo& info) {
      if (!between) CHECK(store.calls.threads().size() == threads);
      CHECK(info.md5 == reel::md5_hex(wanted));
      CHECK(bytes_of(files(store.backend), BlobId{"b"}) == wanted);
      const auto tail = files(store.backend).read(BlobId{"b"}, {.offset = static_cast<std::int64_t>(size) - 5});
      CHECK(std::string(reinterpret_cast<const char*>(tail.data()), tail.size()) == wanted.substr(size - 5));
      store.calls.threads();
    };
    const reel::PutOptions options{.overwrite = true};
    check(files(store.backend).put(BlobId{"b"}, reel::from_file(source_in(sources, size)), options));
    check(files(store.backend).put(BlobId{"b"}, reel::from_bytes(wanted), options));
    std::istringstream stream(wanted);
    check(files(store.backend).put(BlobId{"b"}, reel::from_stream(stream), options));
  }
}

TEST_CASE("a large file is stored even if the system call that copies stops anywhere") {
  Store store;
  const TemporaryFolder sources;
  const std::string path = source_in(sources);
  for (const int copies : {0, 1, 15, 16, 17, 40, 52}) {
    if (REEL_SANITIZED && copies % 16 != 0) continue;
    store.calls.copies_until_refused = copies;
    INFO(copies);
    CHECK(files(store.backend).put(BlobId{"b"}, reel::from_file(path), {.overwrite = true}).md5 ==
          reel::md5_hex(content()));
    CHECK(bytes_of(files(store.backend), BlobId{"b"}) == content());
  }
}

TEST_CASE("a failure on either thread ends a large put and leaves nothing") {
  Store store;
  const TemporaryFolder sources;
  const std::string path = source_in(sources);
  const auto put = [&](auto&& source, reel::PutOptions options = {}) {
    return error_from([&] { files(store.backend).put(BlobId{"b"}, source, options); }).code();
  };
  SECTION("S: the disk is full") {
    for (const int writes : {0, 15, 16, 17, 30, 52}) {
      store.calls.writes_until_error = writes;
      CHECK(put(reel::from_bytes(content())) == Errc::unavailable);
      CHECK(store.is_empty());
    }
  }
  SECTION("S: the copied bytes cannot be read back") {
    for (const int copies : {0, 15, 16, 17, 30, 51}) {
      store.calls.copies_until_error = copies;
      CHECK(put(reel::from_file(path)) == Errc::unavailable);
      CHECK(store.is_empty());
    }
  }
  SECTION("S: the source fails") {
    for (const std::int64_t end : {0 * MiB, 4 * MiB, 4 * MiB + 1, 9 * MiB}) {
      CHECK(put(Breaking(static_cast<std::size_t>(end))) == Errc::unavailable);
      CHECK(store.is_empty());
    }
  }
  SECTION("S: the caller cancels") {
    for (const std::int64_t end : {1 * MiB, 4 * MiB, 5 * MiB, 12 * MiB}) {
      const reel::PutOptions options{.on_progress = [end](const reel::Progress& p) { return p.done < end; }};
      CHECK(put(reel::from_file(path), options) == Errc::cancelled);
      CHECK(store.is_empty());
      CHECK(put(reel::from_bytes(content()), options) == Errc::cancelled);
      CHECK(store.is_empty());
    }
  }
  SECTION("S: the file shrinks or grows") {
    for (const std::size_t size : {std::size_t{5'000'000}, big + 1, 2 * big}) {
      const reel::PutOptions options{.on_progress = [&](const reel::Progress& progress) {
        if (progress.done >= 3 * MiB) std::filesystem::resize_file(path, size);
      }};
      source_in(sources);
      CHECK(put(reel::from_file(path), options) == Errc::invalid);
      CHECK(store.is_empty());
    }
  }
}

TEST_CASE("progress of a large put is reported on the caller's thread, in order and to the end") {
  Store store;
  const TemporaryFolder sources;
  const std::string path = source_in(sources);
  std::int64_t last = 0;
  bool in_order = true, here = true;
  const reel::PutOptions options{
      .overwrite = true, .on_progress = [&, caller = std::this_thread::get_id()](const reel::Progress& progress) {
        in_order = in_order && progress.done >= last;
        here = here && std::this_thread::get_id() == caller;
        last = progress.done;
      }};
  files(store.backend).put(BlobId{"b"}, reel::from_file(path), options);
  CHECK(last == static_cast<std::int64_t>(big));
  last = 0;
  files(store.backend).put(BlobId{"b"}, reel::from_bytes(content()), options);
  CHECK(last == static_cast<std::int64_t>(big));
  CHECK(in_order);
  CHECK(here);
}

}  // namespace big_blobs_tests
