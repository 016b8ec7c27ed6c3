#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <reel/driver/file/copy_file.hpp>
#include <reel/md5.hpp>

#include "support/catch.hpp"
#include "support/filesystem/failing_calls.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/scale.hpp"

namespace blob_files_tests {

using namespace reel::testing;
using reel::BlobId;
using reel::BlobInfo;
using reel::Errc;
using reel::Filesystem;

std::string random_text(std::mt19937& random, std::size_t size) {
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

/// Counts the bytes that system calls copy.
class CountingCalls : public reel::filesystem::FileCalls {
 public:
  std::int64_t copied = 0;
  ssize_t copy(int from, std::int64_t from_offset, int to, std::int64_t to_offset, std::size_t count) override {
    const ssize_t n = FileCalls::copy(from, from_offset, to, to_offset, count);
    copied += n > 0 ? n : 0;
    return n;
  }
};

std::string piece(const reel::BlobStore<Filesystem>& blobs, const BlobId& id, reel::ByteRange range) {
  const std::vector<std::byte> bytes = blobs.read(id, range);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Errc code_of(auto&& body) {
  try {
    body();
  } catch (const reel::Error& error) {
    return error.code();
  }
  return Errc::internal;
}

/// A store with one blob, and that blob's file.
struct OneBlob {
  explicit OneBlob(const std::string& content) {
    files(store).setup();
    put(files(store), "b", content);
    file = store.url(files_bucket, "b").substr(std::string_view("file://").size());
  }
  void flip(std::size_t bit) const {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(bit / 8));
    const int byte = stream.get();
    stream.seekp(static_cast<std::streamoff>(bit / 8));
    stream.put(static_cast<char>(byte ^ (1 << (bit % 8))));
    REQUIRE(stream.flush().good());
  }
  TemporaryFolder folder{};
  Filesystem store{folder.path()};
  std::string file{};
};

TEST_CASE("a file is copied by a system call and still hashed") {
  std::mt19937 random(1);
  const TemporaryFolder folder, sources;
  CountingCalls calls;
  Filesystem store = Seams{.calls = &calls}.open(folder.path(), {});
  files(store).setup();
  for (const std::size_t size : {0U, 1U, 511U, 512U, 513U, 262'144U, 262'145U, 900'000U}) {
    const std::string content = random_text(random, size), path = sources.path() + "/source";
    std::ofstream(path, std::ios::binary) << content;
    calls.copied = 0;
    const BlobId id{"b" + std::to_string(size)};
    const BlobInfo info = files(store).put(id, reel::from_file(path));
    CHECK(calls.copied == static_cast<std::int64_t>(size));
    CHECK(info.size == static_cast<std::int64_t>(size));
    CHECK(info.md5 == reel::md5_hex(content));
    CHECK(bytes_of(files(store), id) == content);
    CHECK(piece(files(store), id, {.offset = 1, .length = 600}) == (size > 1 ? content.substr(1, 600) : ""));
  }
}

TEST_CASE("if the system call cannot copy, the program does") {
  const TemporaryFolder folder, sources;
  const std::string content = std::string(700'000, 'x') + "end", path = sources.path() + "/source";
  std::ofstream(path, std::ios::binary) << content;
  for (const int call : {1, 2, 3}) {
    class NoCopy : public reel::filesystem::FileCalls {
     public:
      int left = 0;
      ssize_t copy(int from, std::int64_t from_offset, int to, std::int64_t to_offset, std::size_t count) override {
        if (--left > 0) return FileCalls::copy(from, from_offset, to, to_offset, count);
        errno = EXDEV;
        return -1;
      }
    } calls;
    calls.left = call;
    Filesystem store = Seams{.calls = &calls}.open(folder.path(), {});
    files(store).setup();
    const BlobInfo info = files(store).put(BlobId{"b"}, reel::from_file(path), {.overwrite = true});
    CHECK(info.md5 == reel::md5_hex(content));
    CHECK(bytes_of(files(store), BlobId{"b"}) == content);
  }
}

TEST_CASE("link_or_copy refuses to replace an existing file") {
  const TemporaryFolder folder;
  const std::string one = folder.path() + "/one", other = folder.path() + "/other";
  std::ofstream(one) << "one";
  std::ofstream(other) << "other";
  CHECK(code_of([&] { reel::driver::link_or_copy(reel::driver::posix_calls(), one, other); }) == Errc::unavailable);
  CHECK(std::filesystem::file_size(other) == 5);
}

TEST_CASE("a file that grows or shrinks during its put is refused and leaves nothing") {
  const TemporaryFolder folder, sources;
  Filesystem store{folder.path()};
  files(store).setup();
  for (const std::size_t size : {400'000U, 1'000'000U}) {
    const std::string path = sources.path() + "/source";
    std::ofstream(path, std::ios::binary) << std::string(700'000, 'x');
    const reel::PutOptions options{.on_progress = [&](const reel::Progress& progress) {
      if (progress.done > 0) std::filesystem::resize_file(path, size);
    }};
    CHECK(code_of([&] { files(store).put(BlobId{"b"}, reel::from_file(path), options); }) == Errc::invalid);
    CHECK_FALSE(files(store).exists(BlobId{"b"}));
    CHECK(std::filesystem::is_empty(folder.path() + "/buckets/files/data"));
  }
}

TEST_CASE("every flipped bit of a stored blob is found by get, read and scrub") {
  std::mt19937 random(2);
  for (const std::size_t size : {1U, 64U, 5'000U}) {
    const OneBlob blob(random_text(random, size));
    for (int round = 0; round < 1'000; ++round) {
      const std::size_t bit = random() % (size * 8);
      blob.flip(bit);
      auto& store = const_cast<Filesystem&>(blob.store);
      const bool found = round % 3 == 0
                             ? code_of([&] { static_cast<void>(bytes_of(files(store), BlobId{"b"})); }) == Errc::corrupt
                         : round % 3 == 1 ? code_of([&] { piece(files(store), BlobId{"b"}, {}); }) == Errc::corrupt
                                          : files(store).scrub().failures.size() == 1;
      if (!found) FAIL_CHECK("bit " << bit << " of " << size << " bytes, round " << round);
      blob.flip(bit);
    }
    CHECK(files(const_cast<Filesystem&>(blob.store)).scrub().ok());
  }
}

TEST_CASE("a flipped bit is found by reading a range that contains it and not by others", "[no_tsan]") {
  constexpr std::size_t chunk = 262'144;
  std::mt19937 random(3);
  const std::string content = random_text(random, 2 * chunk + 1'000);
  OneBlob blob(content);
  for (int round = 0; round < repeated(7'000); ++round) {
    const std::size_t bit = random() % (content.size() * 8), byte = bit / 8;
    const std::size_t before = random() % 100;
    const std::size_t from = byte < before ? 0 : byte - before;
    blob.flip(bit);
    const reel::ByteRange range{.offset = static_cast<std::int64_t>(from), .length = 101};
    if (code_of([&] { piece(files(blob.store), BlobId{"b"}, range); }) != Errc::corrupt)
      FAIL_CHECK("bit " << bit << ", read from " << from);
    if (round % 100 == 0) {
      const std::size_t elsewhere = (byte / chunk + 1) % 3 * chunk;
      CHECK(piece(files(blob.store), BlobId{"b"}, {.offset = static_cast<std::int64_t>(elsewhere), .length = 7}) ==
            content.substr(elsewhere, 7));
    }
    blob.flip(bit);
  }
  CHECK(piece(files(blob.store), BlobId{"b"}, {.offset = 5}) == content.substr(5));
}

}  // namespace blob_files_tests
