#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/files.hpp>
#include <reel/backends/appwrite/transport.hpp>

#include "support/appwrite_blobs.hpp"
#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"

// Behaviour of real servers that damages or loses blobs unless the client avoids it.

namespace blobs_traps_tests {

using namespace appwrite_blobs;
using reel::BlobId;
using reel::Errc;
using reel::Error;
using reel::from_bytes;
using reel::emulator::Request;

const std::string files = "/storage/buckets/bucket/files";

std::vector<std::string> headers_of(const std::vector<Request>& requests, const std::string& method,
                                    const std::string& name) {
  std::vector<std::string> values;
  for (const Request& request : requests) {
    if (request.method == method && request.path.starts_with(files))
      values.emplace_back(request.header(name).value_or("-"));
  }
  return values;
}

/// A part of a file, or a whole file.
bool sends_part(const Request& request) { return request.method == "POST" && request.path == files; }

/// Sends the first of several parts and stops.
void leave_unfinished(Shelf& shelf, const std::string& id, std::size_t size) {
  int posts = 0;
  shelf.server.transport().before = [&](const Request& request) {
    if (sends_part(request) && ++posts == 2) throw TransportError(Fault::unreachable, false, "cut");
    if (request.method == "DELETE" || posts >= 2) throw TransportError(Fault::unreachable, false, "cut");
  };
  CHECK(error_from([&] { shelf.blobs.put(BlobId{id}, from_bytes(noise(size))); }).code() == Errc::unavailable);
  shelf.server.transport().before = nullptr;
  shelf.server.transport().take_requests();
}

/// Measures how many parts of a file are sent in parallel.
class Road {
 public:
  /// Parts wait for each other. `patience` limits the wait if no further part arrives.
  void pass(bool first, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    most_ = std::max(most_, ++under_way_);
    first_under_way_ = first_under_way_ || first;
    if (first_under_way_ && under_way_ > 1) first_alone_ = false;
    others_.notify_all();
    others_.wait_for(lock, patience, [&] { return most_ > 1; });
    if (first) first_under_way_ = false;
    --under_way_;
  }
  [[nodiscard]] int most() const { return most_; }
  [[nodiscard]] bool first_alone() const { return first_alone_; }

 private:
  std::mutex mutex_;
  std::condition_variable others_;
  int under_way_ = 0;
  int most_ = 0;
  bool first_under_way_ = false;
  bool first_alone_ = true;
};

TEST_CASE("parts are sent in parallel only if the server has locks, and never the first one", "[appwrite][blobs]") {
  using namespace std::chrono_literals;
  for (const bool locks : {false, true}) {
    Shelf shelf(locks ? "1.9.5" : "1.8.1");
    const reel::testing::TemporaryFolder folder;
    std::ofstream(folder / "film", std::ios::binary) << noise(3 * chunk);
    Road road;
    shelf.server.transport().meanwhile = [&](const Request& request) {
      if (!sends_part(request)) return;
      const bool first = request.header("content-range").value_or("").starts_with("bytes 0-");
      road.pass(first, locks && !first ? 60s : 500ms);
    };
    shelf.blobs.put(BlobId{"a"}, reel::from_file(folder / "film"));
    CHECK((road.most() > 1) == locks);
    CHECK(road.first_alone());
  }
}

TEST_CASE("a file that fits into one part is sent without a range", "[appwrite][blobs]") {
  Shelf shelf;
  shelf.blobs.put(BlobId{"a"}, from_bytes(noise(chunk)));
  CHECK(headers_of(shelf.server.transport().take_requests(), "POST", "content-range") == std::vector<std::string>{"-"});
}

TEST_CASE("parts are of 5 MiB, and all except the first name the file", "[appwrite][blobs]") {
  for (const char* version : {"1.8.1", "1.9.5"}) {
    Shelf shelf(version);
    shelf.blobs.put(BlobId{"a"}, from_bytes(noise(2 * chunk + 7)));
    const std::vector<Request> requests = shelf.server.transport().take_requests();
    CHECK(headers_of(requests, "POST", "content-range") ==
          std::vector<std::string>{"bytes 0-5242879/10485767", "bytes 5242880-10485759/10485767",
                                   "bytes 10485760-10485766/10485767"});
    CHECK(headers_of(requests, "POST", "x-appwrite-id") == std::vector<std::string>{"-", "a", "a"});
  }
}

TEST_CASE("a bucket whose extensions are all in upper case accepts files after setup", "[appwrite][blobs]") {
  Shelf shelf;
  shelf.store.client().call(
      {.request = {
           .method = Method::post,
           .path = "/storage/buckets",
           .body = R"({"bucketId":"loud","name":"Loud","allowedFileExtensions":["MP4"],"compression":"gzip"})"}});
  reel::BlobStore<reel::Appwrite> blobs(shelf.store, {.id = "loud", .extensions = {"Mp4", "mkv"}});
  CHECK(error_from([&] { blobs.put(BlobId{"a"}, from_bytes("x"), {.name = "a.mp4"}); }).code() ==
        Errc::unsupported_media);
  blobs.setup();
  blobs.put(BlobId{"a"}, from_bytes("x"), {.name = "a.mp4"});
  blobs.put(BlobId{"b"}, from_bytes("x"), {.name = "b.MKV"});
  const auto bucket =
      reel::appwrite::body_of(shelf.store.client().call({.request = {.path = "/storage/buckets/loud"}}).response);
  CHECK(bucket.at("compression") == "gzip");
  CHECK(bucket.at("name") == "Loud");
  shelf.server.transport().take_requests();
  blobs.setup();
  for (const Request& request : shelf.server.transport().take_requests()) CHECK(request.method != "POST");
}

TEST_CASE("a bucket above the server's limit is reported with the setting to change", "[appwrite][blobs]") {
  Server server("1.8.1", 30'000'000);
  reel::Appwrite store = server.store();
  const Error error =
      error_from([&] { reel::BlobStore<reel::Appwrite>(store, {.id = "b", .max_size = 500 * reel::MiB}).setup(); });
  CHECK(error.code() == Errc::too_large);
  CHECK(error.reason().find("_APP_STORAGE_LIMIT") != std::string::npos);
  CHECK(error.reason().find("524288000") != std::string::npos);

  reel::BlobStore<reel::Appwrite> small(store, {.id = "b", .max_size = 10});
  small.setup();
  reel::BlobStore<reel::Appwrite>(store, {.id = "b", .max_size = 1'000}).setup();
  reel::BlobStore<reel::Appwrite>(store, {.id = "b", .max_size = 1'000}).put(BlobId{"a"}, from_bytes(noise(1'000)));
  const Error above = error_from(
      [&] { reel::BlobStore<reel::Appwrite>(store, {.id = "b"}).put(BlobId{"c"}, from_bytes(noise(1'001))); });
  CHECK(above.code() == Errc::too_large);
  CHECK(above.reason().find("1001") != std::string::npos);
}

TEST_CASE("an upload succeeds if the response to its last part is lost", "[appwrite][blobs]") {
  for (const char* version : {"1.8.1", "1.9.5"}) {
    for (const std::size_t size : {std::size_t{10}, 2 * chunk + 1}) {
      Shelf shelf(version);
      const std::size_t last = size <= chunk ? 1 : 3;
      std::size_t posts = 0;
      shelf.server.transport().after = [&](const Request& request, Answer&) {
        if (sends_part(request) && ++posts == last) throw TransportError(Fault::broken, true, "reset");
      };
      const std::string content = noise(size);
      shelf.blobs.put(BlobId{"a"}, from_bytes(content));
      CHECK(content_of(shelf.blobs, "a") == content);
    }
  }
}

TEST_CASE("after a lost request another program's file is not taken for the caller's", "[appwrite][blobs]") {
  Shelf shelf;
  reel::Appwrite other = shelf.server.another_store();
  bool lost = false;
  shelf.server.transport().before = [&](const Request& request) {
    if (!sends_part(request) || std::exchange(lost, true)) return;
    put_past_claims(other, "a", "theirs");
    throw TransportError(Fault::broken, true, "reset on the way there");
  };
  CHECK(error_from([&] { shelf.blobs.put(BlobId{"a"}, from_bytes("mine")); }).code() == Errc::already_exists);
  CHECK(content_of(shelf.blobs, "a") == "theirs");
}

TEST_CASE("a part that fails once is sent again, and no other", "[appwrite][blobs]") {
  for (const char* version : {"1.8.1", "1.9.5"}) {
    Shelf shelf(version);
    bool failed = false;
    shelf.server.transport().after = [&](const Request& request, Answer& answer) {
      if (failed || request.header("content-range").value_or("").substr(0, 13) != "bytes 5242880") return;
      failed = true;
      answer = {500, R"({"message":"Server Error","code":500,"type":"general_unknown","version":"1.8.1"})"};
    };
    const std::string content = noise(3 * chunk);
    shelf.blobs.put(BlobId{"a"}, from_bytes(content));
    CHECK(content_of(shelf.blobs, "a") == content);
    CHECK(headers_of(shelf.server.transport().take_requests(), "POST", "content-range").size() == 4);
  }
}

TEST_CASE("a part that fails permanently removes the whole file", "[appwrite][blobs]") {
  for (const char* version : {"1.8.1", "1.9.5"}) {
    Shelf shelf(version);
    shelf.server.transport().before = [&](const Request& request) {
      if (request.header("content-range").value_or("").substr(0, 13) == "bytes 5242880")
        throw TransportError(Fault::unreachable, false, "cut");
    };
    const std::string content = noise(3 * chunk);
    CHECK(error_from([&] { shelf.blobs.put(BlobId{"a"}, from_bytes(content)); }).code() == Errc::unavailable);
    shelf.server.transport().before = nullptr;
    CHECK_FALSE(reel::appwrite::find_file(shelf.store.client(), "bucket", "a"));
    shelf.blobs.put(BlobId{"a"}, from_bytes(content));
    CHECK(content_of(shelf.blobs, "a") == content);
  }
}

TEST_CASE("an unfinished upload is not a blob and does not block its id", "[appwrite][blobs]") {
  Shelf shelf;
  leave_unfinished(shelf, "a", 2 * chunk);
  REQUIRE(reel::appwrite::find_file(shelf.store.client(), "bucket", "a"));
  CHECK_FALSE(shelf.blobs.find(BlobId{"a"}));
  CHECK(shelf.blobs.list(reel::BlobQuery{.with_total = true}).total == 0);
  CHECK(shelf.blobs.list().blobs.empty());
  CHECK(error_from([&] { return content_of(shelf.blobs, "a"); }).code() == Errc::not_found);
  CHECK(error_from([&] { shelf.blobs.update(BlobId{"a"}, {.name = "x"}); }).code() == Errc::not_found);

  SECTION("S: a small blob replaces it") {
    shelf.blobs.put(BlobId{"a"}, from_bytes("small"));
    CHECK(content_of(shelf.blobs, "a") == "small");
  }
  SECTION("S: a large blob replaces it") {
    const std::string content = noise(2 * chunk + 5, 2);
    shelf.blobs.put(BlobId{"a"}, from_bytes(content));
    CHECK(content_of(shelf.blobs, "a") == content);
  }
  SECTION("S: remove discards it and returns false") {
    CHECK_FALSE(shelf.blobs.remove(BlobId{"a"}));
    CHECK_FALSE(reel::appwrite::find_file(shelf.store.client(), "bucket", "a"));
  }
}

TEST_CASE("an upload is a conflict if a program without claims removes its file", "[appwrite][blobs]") {
  for (const char* version : {"1.8.1", "1.9.5"}) {
    Shelf shelf(version);
    const std::string mine = noise(2 * chunk, 1);
    reel::Appwrite other = shelf.server.another_store();
    int posts = 0;
    bool nested = false;
    shelf.server.transport().before = [&](const Request& request) {
      if (!sends_part(request) || ++posts != 2 || std::exchange(nested, true)) return;
      reel::appwrite::remove_file(other.client(), "bucket", "a");
      put_past_claims(other, "a", "theirs");
    };
    const Errc code = error_from([&] { shelf.blobs.put(BlobId{"a"}, from_bytes(mine)); }).code();
    CHECK((code == Errc::conflict || code == Errc::already_exists));
    CHECK(content_of(reel::BlobStore<reel::Appwrite>(other, shelf.blobs.bucket()), "a") == "theirs");
  }
}

TEST_CASE("a name that the server would cut or decode is stored unchanged", "[appwrite][blobs]") {
  Shelf shelf;
  reel::BlobStore<reel::Appwrite> films(shelf.store, {.id = "films", .extensions = {"mp4"}});
  films.setup();
  int number = 0;
  for (const char* name : {"a;b.mp4", "a%3Bb.mp4", "\"a\".mp4", "a+b.mp4", "a\\b.mp4", "100%.mp4"}) {
    CAPTURE(name);
    const BlobId id{"f" + std::to_string(number++)};
    CHECK(films.put(id, from_bytes("x"), {.name = name}).name == name);
    CHECK(films.stat(id).name == name);
  }
}

TEST_CASE("permissions are stored as given, also for files of several parts", "[appwrite][blobs]") {
  Shelf shelf;
  const std::vector permissions{reel::Permission::read(reel::Role::any()),
                                reel::Permission::update(reel::Role::users())};
  CHECK(shelf.blobs.put(BlobId{"a"}, from_bytes(noise(chunk + 1)), {.permissions = permissions}).permissions ==
        permissions);
}

TEST_CASE("setup enables permissions of files in a bucket that another program created", "[appwrite][blobs]") {
  Shelf shelf;
  const reel::appwrite::Client& client = shelf.store.client();
  const auto security = [&](const std::string& bucket) {
    const auto answer = client.call({.request = {.path = "/storage/buckets/" + bucket}}).response;
    return reel::appwrite::body_of(answer).at("fileSecurity").get<bool>();
  };
  CHECK(security("bucket"));
  client.call(
      {.request = {
           .method = Method::post, .path = "/storage/buckets", .body = R"({"bucketId":"older","name":"Older"})"}});
  CHECK_FALSE(security("older"));
  reel::BlobStore<reel::Appwrite>(shelf.store, {.id = "older"}).setup();
  CHECK(security("older"));
}

TEST_CASE("a blob with the id 0, which the server cannot find, is refused", "[appwrite][blobs]") {
  Shelf shelf;
  CHECK(error_from([&] { shelf.blobs.put(BlobId{"0"}, from_bytes("x")); }).code() == Errc::unsupported);
  CHECK_FALSE(shelf.blobs.find(BlobId{"0"}));
  CHECK_FALSE(shelf.blobs.remove(BlobId{"0"}));
  CHECK(shelf.blobs.list().blobs.empty());
}

TEST_CASE("a download requests the bytes without a content encoding", "[appwrite][blobs]") {
  Shelf shelf;
  shelf.blobs.put(BlobId{"a"}, from_bytes(std::string(2'000, 'x')));
  shelf.server.transport().take_requests();
  CHECK(content_of(shelf.blobs, "a").size() == 2'000);
  CHECK(headers_of(shelf.server.transport().take_requests(), "GET", "accept-encoding") ==
        std::vector<std::string>{"-", "identity"});
}

TEST_CASE("a source that throws any exception stores nothing", "[appwrite][blobs]") {
  struct Broken final : reel::BlobSource {
    std::size_t read(std::span<std::byte> buffer) override {
      if (given >= chunk + 1) throw std::runtime_error("the tape is torn");
      given += buffer.size();
      return buffer.size();
    }
    std::optional<std::int64_t> size() const override { return 3 * chunk; }
    std::size_t given = 0;
  };
  Shelf shelf;
  CHECK_THROWS_AS(shelf.blobs.put(BlobId{"a"}, Broken{}), std::runtime_error);
  CHECK_FALSE(headers_of(shelf.server.transport().take_requests(), "POST", "content-range").empty());
  CHECK_FALSE(reel::appwrite::find_file(shelf.store.client(), "bucket", "a"));
}

TEST_CASE("a file that is not a ledger is refused and kept", "[appwrite][blobs]") {
  const reel::testing::TemporaryFolder folder;
  const std::string file = folder / "film", other = folder / "letter";
  reel::testing::write_file(file, noise(chunk + 1));
  reel::testing::write_file(other, "Dear reader");
  Shelf shelf;
  CHECK(error_from([&] { shelf.blobs.put(BlobId{"a"}, reel::from_file(file), {.ledger = other}); }).code() ==
        Errc::corrupt);
  CHECK(reel::testing::content_of(other) == "Dear reader");
  CHECK(error_from([&] {
          shelf.blobs.put(BlobId{"a"}, reel::from_file(file), {.ledger = folder / "none/ledger"});
        }).code() == Errc::not_found);
  CHECK_FALSE(reel::appwrite::find_file(shelf.store.client(), "bucket", "a"));
}

TEST_CASE("a server that does not report an md5 is refused", "[appwrite][blobs]") {
  Shelf shelf;
  shelf.server.transport().after = [](const Request& request, Answer& answer) {
    if (request.method != "POST") return;
    const std::size_t at = answer.body.find("5d41402abc4b2a76b9719d911017c592");
    if (at != std::string::npos) answer.body.insert(at + 32, "-1");
  };
  CHECK(error_from([&] { shelf.blobs.put(BlobId{"a"}, from_bytes("hello")); }).code() == Errc::unsupported);
  CHECK_FALSE(shelf.blobs.find(BlobId{"a"}));
}

TEST_CASE("an overwrite that fails after the old file was removed reports that", "[appwrite][blobs]") {
  Shelf shelf;
  shelf.blobs.put(BlobId{"a"}, from_bytes("old"));
  shelf.server.transport().before = [&](const Request& request) {
    if (sends_part(request)) throw TransportError(Fault::unreachable, false, "cut");
  };
  const Error error = error_from([&] { shelf.blobs.put(BlobId{"a"}, from_bytes("new"), {.overwrite = true}); });
  CHECK(error.code() == Errc::unavailable);
  CHECK(error.reason().ends_with("; the blob to be replaced has already been removed"));
}

TEST_CASE("the URL of a blob does not contain the key", "[appwrite][blobs]") {
  Shelf shelf;
  CHECK(shelf.blobs.url(BlobId{"a.b"}) == "http://127.0.0.1/v1/storage/buckets/bucket/files/a.b/view?project=project");
}

}  // namespace blobs_traps_tests
