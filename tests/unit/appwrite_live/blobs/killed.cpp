#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <reel/backends/appwrite/curl_transport.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include <reel/md5.hpp>

#include "support/appwrite_blobs.hpp"
#include "support/catch.hpp"
#include "support/emulator_process.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/temporary_folder.hpp"

// Uploads of a process that is killed, resumed by another process.

namespace blobs_killed_tests {

using namespace appwrite_blobs;
using reel::BlobId;
using reel::Errc;
using reel::Error;
using reel::testing::Child;
using reel::testing::EmulatorProcess;
using reel::testing::TemporaryFolder;

constexpr std::size_t bucket_limit = 100 * 1024 * 1024;

/// A server in a process that survives the writers.
class OwnServer {
 public:
  explicit OwnServer(const std::string& version) : process_(settings(version), "project", "secret") {}

  [[nodiscard]] reel::AppwriteConfig config() const {
    reel::AppwriteConfig config = Server::config();
    config.endpoint = process_.url();
    return config;
  }

 private:
  static reel::emulator::Config settings(const std::string& version) {
    reel::emulator::Config config;
    config.version = version;
    config.storage_limit = bucket_limit;
    config.threads = 4;
    return config;
  }

  EmulatorProcess process_;
};

/// Counts the bytes of files that are sent, and kills the process at a given point.
class Killing {
 public:
  struct KillPoint {
    std::int64_t byte = -1;  ///< kills before this byte of the file is sent
    int answer = -1;         ///< kills after this many responses, before the ledger is updated
  };
  Killing(const reel::AppwriteConfig& config, KillPoint point, std::atomic<std::int64_t>* sent)
      : inner_(config), point_(point), sent_(sent) {}

  HttpResponse send(const HttpRequest& request, const reel::appwrite::SendOptions& options) {
    if (!request.stream) return inner_.send(request, options);
    HttpRequest watched = request;
    watched.stream->read = [this, read = request.stream->read](std::span<std::byte> buffer) {
      if (point_.byte >= 0 && *sent_ >= point_.byte) ::kill(::getpid(), SIGKILL);
      const std::size_t n = read(buffer.first(std::min(buffer.size(), std::size_t{16'384})));
      *sent_ += static_cast<std::int64_t>(n);
      return n;
    };
    HttpResponse response = inner_.send(watched, options);
    if (++answers_ == point_.answer) ::kill(::getpid(), SIGKILL);
    return response;
  }

 private:
  reel::appwrite::CurlTransport inner_;
  KillPoint point_;
  std::atomic<std::int64_t>* sent_;
  std::atomic<int> answers_ = 0;
};

struct Upload {
  explicit Upload(const std::string& version, std::size_t size) : server(version), content(noise(size)) {
    reel::testing::write_file(file, content);
    reel::Appwrite store(server.config());
    reel::BlobStore<reel::Appwrite>(store, bucket).setup();
  }

  /// The counter is in memory that the killed process shares.
  [[nodiscard]] reel::BlobInfo put(Killing::KillPoint point, std::atomic<std::int64_t>& sent,
                                   bool with_ledger = true) const {
    reel::AppwriteConfig config = server.config();
    reel::Appwrite store(config, reel::appwrite::AnyTransport(std::make_shared<Killing>(config, point, &sent)));
    const reel::BlobStore<reel::Appwrite> blobs(store, bucket);
    return blobs.put(BlobId{"film"}, reel::from_file(file), {.ledger = with_ledger ? ledger : std::string()});
  }
  void put_and_die(Killing::KillPoint point, std::atomic<std::int64_t>& sent) const {
    Child child([&](const Child::Pipe&) { static_cast<void>(put(point, sent)); });
    REQUIRE(child.was_killed());
  }
  void start_over() const {
    reel::Appwrite store(server.config());
    reel::BlobStore<reel::Appwrite>(store, bucket).remove(BlobId{"film"});
    std::filesystem::remove(ledger);
  }

  OwnServer server;
  TemporaryFolder folder{};
  std::string content;
  std::string file = folder / "film.mp4";
  std::string ledger = folder / "film.ledger";
  reel::Bucket bucket{.id = "films"};
};

/// A counter in shared memory.
class SharedCount {
 public:
  SharedCount()
      : count_(new (::mmap(nullptr, sizeof(std::atomic<std::int64_t>), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0)) std::atomic<std::int64_t>(0)) {}
  SharedCount(const SharedCount&) = delete;
  SharedCount& operator=(const SharedCount&) = delete;
  ~SharedCount() { ::munmap(count_, sizeof *count_); }
  [[nodiscard]] std::atomic<std::int64_t>& get() const { return *count_; }

 private:
  std::atomic<std::int64_t>* count_;
};

constexpr auto part = static_cast<std::int64_t>(chunk);

void check_every_place(const std::string& version, std::size_t size, std::int64_t in_flight) {
  const Upload upload(version, size);
  const std::string md5 = reel::md5_hex(upload.content);
  const auto parts = static_cast<int>((static_cast<std::int64_t>(size) + part - 1) / part);
  std::vector<Killing::KillPoint> points;
  for (int i = 0; i < parts; ++i) {
    points.push_back({.byte = i * part});
    points.push_back({.byte = std::min(i * part + part / 2, static_cast<std::int64_t>(size) - 1)});
    points.push_back({.byte = std::min((i + 1) * part, static_cast<std::int64_t>(size))});
    points.push_back({.answer = i + 1});
  }
  for (const Killing::KillPoint& point : points) {
    CAPTURE(version, point.byte, point.answer);
    const SharedCount sent;
    upload.put_and_die(point, sent.get());
    {
      reel::Appwrite store(upload.server.config());
      // Once all bytes are sent, the server may complete the blob after the program has ended.
      if (sent.get() < static_cast<std::int64_t>(size))
        CHECK_FALSE(reel::BlobStore<reel::Appwrite>(store, upload.bucket).find(BlobId{"film"}));
    }
    const reel::BlobInfo info = upload.put({}, sent.get());
    CHECK(info.md5 == md5);
    CHECK(info.size == static_cast<std::int64_t>(size));
    CHECK_FALSE(std::filesystem::exists(upload.ledger));
    constexpr std::int64_t forms = 40 * 1024;  // the forms around the parts
    CHECK(sent.get() <= static_cast<std::int64_t>(size) + (in_flight + 1) * part + forms);
    upload.start_over();
  }
}

TEST_CASE("a sequential upload that is killed at any point is resumed", "[appwrite][blobs][killed]") {
  check_every_place("1.8.1", 2 * chunk + 2'000'000, 1);
}

TEST_CASE("a parallel upload that is killed at any point is resumed", "[appwrite][blobs][killed]") {
  check_every_place("1.9.5", 3 * chunk + 2'000'000, 8);
}

TEST_CASE("an upload that is killed repeatedly is resumed each time", "[appwrite][blobs][killed]") {
  const Upload upload("1.8.1", 3 * chunk + 5);
  const SharedCount sent;
  for (const int answer : {1, 1, 1}) upload.put_and_die({.answer = answer}, sent.get());
  for (int i = 0; i < 2; ++i) {
    const SharedCount again;
    upload.put_and_die({.byte = part / 2}, again.get());
  }
  CHECK(upload.put({}, sent.get()).md5 == reel::md5_hex(upload.content));
}

/// Sets the times of a file that a program can set.
void set_modified(const std::string& path, const timespec& time) {
  const timespec times[] = {time, time};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

TEST_CASE("a source that has changed since is refused by name", "[appwrite][blobs][killed]") {
  const Upload upload("1.8.1", 5 * chunk + 9);
  struct stat before {};
  REQUIRE(::stat(upload.file.c_str(), &before) == 0);
  const auto overwritten = [&](std::size_t at) {
    std::string changed = upload.content;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    return changed;
  };
  const std::pair<const char*, std::function<void()>> changes[] = {
      {"longer", [&] { reel::testing::write_file(upload.file, upload.content + "x"); }},
      {"shorter", [&] { std::filesystem::resize_file(upload.file, 4 * chunk); }},
      {"written to", [&] { reel::testing::write_file(upload.file, overwritten(10)); }},
      {"written to, where it is not sent yet", [&] { reel::testing::write_file(upload.file, overwritten(5 * chunk)); }},
      {"touched", [&] { set_modified(upload.file, {.tv_sec = 1, .tv_nsec = 0}); }},
      {"written to, with the old time",
       [&] {
         reel::testing::write_file(upload.file, overwritten(chunk + 10));  // in a part that is not checked otherwise
         set_modified(upload.file, before.st_mtim);
       }},
      {"another file of the same size and time",
       [&] {
         reel::testing::write_file(upload.folder / "other", overwritten(2 * chunk + 5));
         set_modified(upload.folder / "other", before.st_mtim);
         std::filesystem::rename(upload.folder / "other", upload.file);
       }},
  };
  const SharedCount sent;
  for (const auto& [what, change] : changes) {
    CAPTURE(what);
    reel::testing::write_file(upload.file, upload.content);
    set_modified(upload.file, before.st_mtim);
    upload.put_and_die({.answer = 4}, sent.get());
    change();
    const Error error = error_from([&] { static_cast<void>(upload.put({}, sent.get())); });
    CHECK(error.code() == Errc::conflict);
    CHECK(error.reason().find(upload.ledger) != std::string::npos);
    CHECK(std::filesystem::exists(upload.ledger));

    std::filesystem::remove(upload.ledger);  // as the message suggests
    const std::string now = reel::testing::content_of(upload.file);
    CHECK(upload.put({}, sent.get()).md5 == reel::md5_hex(now));
    upload.start_over();
  }
}

TEST_CASE("a source whose permissions alone have changed is accepted", "[appwrite][blobs][killed]") {
  const Upload upload("1.8.1", 2 * chunk + 9);
  const SharedCount sent;
  upload.put_and_die({.answer = 2}, sent.get());
  REQUIRE(::chmod(upload.file.c_str(), 0600) == 0);
  CHECK(upload.put({}, sent.get()).md5 == reel::md5_hex(upload.content));
  CHECK(sent.get() < 3 * part + 200'000);  // a part that is not in the ledger is sent again
}

TEST_CASE("an upload that cannot be resumed starts again", "[appwrite][blobs][killed]") {
  const Upload upload("1.8.1", 3 * chunk);
  const SharedCount sent;
  upload.put_and_die({.answer = 2}, sent.get());
  reel::Appwrite store(upload.server.config());
  const reel::BlobStore<reel::Appwrite> blobs(store, upload.bucket);

  SECTION("S: the server has removed the parts") { CHECK_FALSE(blobs.remove(BlobId{"film"})); }
  SECTION("S: another program has begun an upload") {
    blobs.remove(BlobId{"film"});
    const std::string other = upload.folder / "other";
    reel::testing::write_file(other, noise(3 * chunk, 2));
    const auto stop = [](const reel::Progress& progress) { return progress.done < 2 * part; };
    CHECK(error_from([&] {
            blobs.put(BlobId{"film"}, reel::from_file(other), {.on_progress = stop, .ledger = other + ".ledger"});
          }).code() == Errc::cancelled);
  }
  SECTION("S: the ledger is missing") {
    CHECK(upload.put({}, sent.get(), false).md5 == reel::md5_hex(upload.content));
    return;
  }
  CHECK(upload.put({}, sent.get()).md5 == reel::md5_hex(upload.content));
}

TEST_CASE("a ledger of another upload or a file that is not a ledger is refused", "[appwrite][blobs][killed]") {
  const Upload upload("1.8.1", 2 * chunk);
  const SharedCount sent;
  upload.put_and_die({.answer = 1}, sent.get());
  reel::Appwrite store(upload.server.config());
  const reel::BlobStore<reel::Appwrite> blobs(store, upload.bucket);
  const auto put = [&](const char* id) {
    return error_from([&] { blobs.put(BlobId{id}, reel::from_file(upload.file), {.ledger = upload.ledger}); });
  };
  CHECK(put("another").code() == Errc::conflict);
  std::filesystem::resize_file(upload.ledger, std::filesystem::file_size(upload.ledger) - 3);
  const Error damaged = put("film");
  CHECK(damaged.code() == Errc::corrupt);
  CHECK(damaged.reason().find(upload.ledger) != std::string::npos);
  CHECK(std::filesystem::exists(upload.ledger));
}

}  // namespace blobs_killed_tests
