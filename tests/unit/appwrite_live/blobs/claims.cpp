#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/process_mark.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include <reel/md5.hpp>

#include "support/appwrite_blobs.hpp"
#include "support/catch.hpp"
#include "support/filesystem/child.hpp"
#include "unit/appwrite_live/faulty.hpp"

// Claims: one writer of a file at a time, among threads and among programs.

namespace blobs_claims_tests {

using namespace appwrite_blobs;
using reel::BlobId;
using reel::Errc;
using reel::Error;
using reel::from_bytes;
using reel::appwrite::Json;
using reel::emulator::Request;

const std::string files = "/storage/buckets/bucket/files";
const std::string locks = "/databases/video_metadata/collections/reel_locks/documents";

/// Returns the row of the claim on the file `a` in the bucket `bucket`.
std::string row_of_a() { return reel::md5_hex("bucket/a"); }

std::string state_of_a(const reel::Appwrite& store) {
  const auto answer = store.client().call({.request = {.path = locks + "/" + row_of_a()}}).response;
  return reel::appwrite::body_of(answer).at("state").get<std::string>();
}
void set_state_of_a(const reel::Appwrite& store, const std::string& state) {
  const Json body{{"data", {{"state", state}}}};
  store.client().call({.request = {.method = Method::patch, .path = locks + "/" + row_of_a(), .body = body.dump()}});
}
void claim_a(const reel::Appwrite& store, const std::string& state) {
  const Json body{{"documentId", row_of_a()}, {"data", {{"state", state}}}};
  store.client().call({.request = {.method = Method::post, .path = locks, .body = body.dump()}});
}

std::vector<std::string> names_of(const std::vector<Request>& requests) {
  std::vector<std::string> names;
  for (const Request& request : requests) {
    std::string name = request.method;
    if (request.path == "/storage/buckets/bucket")
      name += " bucket";
    else if (request.path.starts_with("/storage"))
      name += " files";
    if (request.path.starts_with("/databases")) name += " locks";
    names.push_back(std::move(name));
  }
  return names;
}

/// Returns a store of the same server with a clock on which long waits end at once.
struct Patient {
  explicit Patient(Server& server) : transport(std::make_shared<Transport>(server.app())) {}

  std::shared_ptr<Transport> transport;
  std::shared_ptr<SkippingClock> clock = std::make_shared<SkippingClock>();
  reel::Appwrite store{reel::appwrite::Client(Server::config(), reel::appwrite::AnyTransport(transport), clock)};
  reel::BlobStore<reel::Appwrite> blobs{store, {.id = "bucket", .name = "Bucket"}};
};

constexpr const char* elsewhere = "^0123|aaaaaaaaaaaa.1.1$";

TEST_CASE("a put claims the file and releases it", "[appwrite][blobs][claims]") {
  Shelf shelf;
  static_cast<void>(shelf.store.client().version());
  shelf.server.transport().take_requests();
  shelf.blobs.put(BlobId{"a"}, from_bytes("one"));
  CHECK(names_of(shelf.server.transport().take_requests()) ==
        std::vector<std::string>{"GET files", "POST locks", "POST files", "PATCH locks"});
  CHECK(state_of_a(shelf.store).starts_with("^free|"));
  shelf.server.transport().take_requests();

  SECTION("S: an overwrite checks for a claim first") {
    shelf.blobs.put(BlobId{"A"}, from_bytes("two"), {.overwrite = true});
    CHECK(names_of(shelf.server.transport().take_requests()) ==
          std::vector<std::string>{"GET locks", "PATCH locks", "GET files", "GET bucket", "DELETE files", "POST files",
                                   "PATCH locks"});
  }
  SECTION("S: a remove checks for a claim first") {
    CHECK(shelf.blobs.remove(BlobId{"A"}));
    CHECK(names_of(shelf.server.transport().take_requests()) ==
          std::vector<std::string>{"GET files", "GET locks", "PATCH locks", "DELETE files", "PATCH locks"});
  }
  SECTION("S: a rename claims the file, and an update without a change does not") {
    CHECK(shelf.blobs.update(BlobId{"A"}, {.name = "b.txt"}).name == "b.txt");
    CHECK(names_of(shelf.server.transport().take_requests()) ==
          std::vector<std::string>{"GET files", "GET locks", "PATCH locks", "PUT files", "PATCH locks"});
    CHECK(shelf.blobs.update(BlobId{"a"}, {.name = "b.txt"}).name == "b.txt");
    CHECK(names_of(shelf.server.transport().take_requests()) == std::vector<std::string>{"GET files"});
  }
  SECTION("S: a failed put releases its claim") {
    CHECK(error_from([&] { shelf.blobs.put(BlobId{"a"}, from_bytes("two")); }).code() == Errc::already_exists);
    CHECK(state_of_a(shelf.store).starts_with("^free|"));
  }
}

TEST_CASE("a put waits for the put of another program, and then finds the blob", "[appwrite][blobs][claims]") {
  Shelf shelf;
  claim_a(shelf.store, elsewhere);
  Patient second(shelf.server);
  int looks = 0;
  second.transport->before = [&](const Request& request) {
    if (request.method != "GET" || request.path != locks) return;
    set_state_of_a(shelf.store, "^" + std::to_string(++looks) + "|aaaaaaaaaaaa.1.1$");  // it is renewed all the time
    if (looks < 4) return;
    put_past_claims(shelf.store, "a", "theirs");
    set_state_of_a(shelf.store, "^free|0123$");
    second.transport->before = nullptr;
  };
  second.transport->after = [&](const Request& request, Answer&) {
    if (looks < 4) CHECK_FALSE((request.method == "POST" && request.path == files));
  };
  CHECK(error_from([&] { second.blobs.put(BlobId{"a"}, from_bytes("mine")); }).code() == Errc::already_exists);
  CHECK(looks == 4);
  CHECK(content_of(shelf.blobs, "a") == "theirs");
}

TEST_CASE("a rename waits for another program's overwrite and keeps its content", "[appwrite][blobs][claims]") {
  Shelf shelf;
  shelf.blobs.put(BlobId{"a"}, from_bytes("old"));
  set_state_of_a(shelf.store, elsewhere);
  Patient second(shelf.server);
  int looks = 0, early = 0;
  second.transport->before = [&](const Request& request) {
    if (request.method == "PUT" && looks < 3) ++early;
    if (request.method != "GET" || request.path != locks) return;
    set_state_of_a(shelf.store, "^" + std::to_string(++looks) + "|aaaaaaaaaaaa.1.1$");  // it is renewed all the time
    if (looks < 3) return;
    shelf.store.client().call({.request = {.method = Method::remove, .path = files + "/a"}});
    put_past_claims(shelf.store, "a", "theirs");
    set_state_of_a(shelf.store, "^free|0123$");
    second.transport->before = nullptr;
  };
  const auto renamed = second.blobs.update(BlobId{"a"}, {.name = "b.txt"});
  CHECK(early == 0);
  CHECK(looks == 3);
  CHECK(renamed.size == 6);
  CHECK(content_of(shelf.blobs, "a") == "theirs");
  CHECK(shelf.blobs.stat(BlobId{"a"}).name == "b.txt");
}

TEST_CASE("a claim that is renewed until the deadline is a conflict", "[appwrite][blobs][claims]") {
  Shelf shelf;
  claim_a(shelf.store, elsewhere);
  Patient second(shelf.server);
  int looks = 0;
  second.transport->before = [&](const Request& request) {
    if (request.method == "GET" && request.path == locks)
      set_state_of_a(shelf.store, "^" + std::to_string(++looks) + "|aaaaaaaaaaaa.1.1$");
  };
  CHECK(error_from([&] { second.blobs.put(BlobId{"a"}, from_bytes("mine")); }).code() == Errc::conflict);
  CHECK(error_from([&] { second.blobs.put(BlobId{"a"}, from_bytes("mine"), {.overwrite = true}); }).code() ==
        Errc::conflict);
  CHECK_FALSE(shelf.blobs.find(BlobId{"a"}));
}

TEST_CASE("a claim from another machine is taken over after it has expired", "[appwrite][blobs][claims]") {
  Shelf shelf;
  claim_a(shelf.store, elsewhere);
  Patient second(shelf.server);
  second.blobs.put(BlobId{"a"}, from_bytes("mine"));
  CHECK(second.clock->skipped >= std::chrono::seconds(60));
  CHECK(content_of(shelf.blobs, "a") == "mine");
}

TEST_CASE("a claim of a process on this machine that has ended is taken over at once", "[appwrite][blobs][claims]") {
  Shelf shelf;
  std::string mark = reel::appwrite::process_mark();
  REQUIRE_FALSE(mark.empty());
  CHECK_FALSE(reel::appwrite::has_ended(mark));
  // The claim of an earlier process with the same id, or one that this process failed to release.
  const bool another_time = GENERATE(true, false);
  CAPTURE(another_time);
  if (another_time) mark += "1";
  claim_a(shelf.store, "^0123|" + mark + "$");
  const auto start = std::chrono::steady_clock::now();
  shelf.blobs.put(BlobId{"a"}, from_bytes("mine"));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
  CHECK(content_of(shelf.blobs, "a") == "mine");
}

TEST_CASE("a process that has ended is recognised before its parent has waited for it", "[appwrite][blobs][claims]") {
  reel::testing::Child child(
      [](const reel::testing::Child::Pipe& pipe) { pipe.write(reel::appwrite::process_mark()); });
  const std::string mark = child.read();
  REQUIRE_FALSE(mark.empty());
  for (int i = 0; i < 1'000 && !reel::appwrite::has_ended(mark); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(reel::appwrite::has_ended(mark));
  CHECK_FALSE(reel::appwrite::has_ended(""));
  CHECK_FALSE(reel::appwrite::has_ended("aaaaaaaaaaaa.1.1"));
}

TEST_CASE("an upload that lost its claim stops and changes nothing", "[appwrite][blobs][claims]") {
  Shelf shelf;
  Patient slow(shelf.server);
  int parts = 0;
  slow.transport->before = [&](const Request& request) {
    if (request.method != "POST" || request.path != files || ++parts != 2) return;
    slow.clock->skipped += std::chrono::seconds(90);
    set_state_of_a(shelf.store, elsewhere);
  };
  CHECK(error_from([&] { slow.blobs.put(BlobId{"a"}, from_bytes(noise(3 * chunk))); }).code() == Errc::conflict);
  CHECK(parts == 2);
  CHECK(state_of_a(shelf.store) == elsewhere);
  for (const Request& request : slow.transport->take_requests()) CHECK(request.method != "DELETE");
}

TEST_CASE("a claim whose response was lost is recognised as the caller's", "[appwrite][blobs][claims]") {
  Shelf shelf;
  const bool exists = GENERATE(false, true);
  if (exists) claim_a(shelf.store, "^free|0123$");
  bool lost = false;
  shelf.server.transport().after = [&](const Request& request, Answer&) {
    const bool claims = request.path == locks && request.method == (exists ? "PATCH" : "POST");
    if (claims && !std::exchange(lost, true)) throw TransportError(Fault::broken, true, "reset");
  };
  shelf.blobs.put(BlobId{"a"}, from_bytes("mine"));
  CHECK(lost);
  CHECK(state_of_a(shelf.store).starts_with("^free|"));
}

TEST_CASE("the threads of a program put one file after the other", "[appwrite][blobs][claims]") {
  for (const reel::Writers writers : {reel::Writers::many, reel::Writers::one}) {
    for (const char* version : {"1.6.2", "1.8.1"}) {
      Shelf shelf(version);
      reel::AppwriteConfig config = Server::config();
      config.writers = writers;
      std::atomic<int> under_way = 0, most = 0;
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
          const auto transport = std::make_shared<Transport>(shelf.server.app());
          transport->meanwhile = [&](const Request& request) {
            if (request.method != "POST" || request.path != files) return;
            const int now = ++under_way;
            if (now > most) most = now;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            --under_way;
          };
          reel::Appwrite store(config, reel::appwrite::AnyTransport(transport));
          const reel::BlobStore<reel::Appwrite> blobs(store, shelf.blobs.bucket());
          blobs.put(BlobId{"a"}, from_bytes(std::string(1'000, static_cast<char>('a' + i))), {.overwrite = true});
        });
      }
      threads.clear();
      CHECK(most == 1);
      CHECK(content_of(shelf.blobs, "a").size() == 1'000);
    }
  }
}

TEST_CASE("no claim is written if the server has none or a single program writes", "[appwrite][blobs][claims]") {
  const auto claims_of = [](Server& server, reel::AppwriteConfig config) {
    const auto transport = std::make_shared<Transport>(server.app());
    reel::Appwrite store(std::move(config), reel::appwrite::AnyTransport(transport));
    const reel::BlobStore<reel::Appwrite> blobs(store, {.id = "bucket"});
    blobs.setup();
    blobs.put(BlobId{"a"}, from_bytes("one"));
    blobs.put(BlobId{"a"}, from_bytes("two"), {.overwrite = true});
    blobs.remove(BlobId{"a"});
    int claims = 0;
    for (const Request& request : transport->take_requests()) claims += request.path.starts_with("/databases") ? 1 : 0;
    return claims;
  };
  for (const char* version : {"1.6.2", "1.7.4", "1.8.0"}) {
    Server server(version);
    CHECK(claims_of(server, Server::config()) == 0);
  }
  Server server;
  reel::AppwriteConfig alone = Server::config();
  alone.writers = reel::Writers::one;
  CHECK(claims_of(server, alone) == 0);
  CHECK(claims_of(server, Server::config()) > 0);
}

TEST_CASE("an error about a key that cannot claim names the missing scopes", "[appwrite][blobs][claims]") {
  Server server;
  server.app().add_project(
      "storage", {reel::emulator::ApiKey{
                     "storage", "files-only", {"buckets.read", "buckets.write", "files.read", "files.write"}}});
  reel::AppwriteConfig config = Server::config();
  config.project = "storage";
  config.key = reel::ApiKey("files-only");
  reel::Appwrite store(config, reel::appwrite::AnyTransport(std::make_shared<Transport>(server.app())));
  const reel::BlobStore<reel::Appwrite> blobs(store, {.id = "bucket"});
  blobs.setup();
  const Error error = error_from([&] { blobs.put(BlobId{"a"}, from_bytes("one")); });
  CHECK(error.code() == Errc::forbidden);
  for (const char* part : {"reel_locks", "documents.write", "Writers::one"}) {
    CAPTURE(part, error.reason());
    CHECK(error.reason().find(part) != std::string::npos);
  }
  config.writers = reel::Writers::one;
  reel::Appwrite alone(config, reel::appwrite::AnyTransport(std::make_shared<Transport>(server.app())));
  reel::BlobStore<reel::Appwrite>(alone, {.id = "bucket"}).put(BlobId{"a"}, from_bytes("one"));
}

}  // namespace blobs_claims_tests
