#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/storage_limit.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include <reel/backends/memory.hpp>
#include <reel/migrate.hpp>
#include <reel/migration/set_up.hpp>
#include <reel/video/buckets.hpp>
#include <reel/video/everything.hpp>

#include "support/appwrite_blobs.hpp"
#include "support/catch.hpp"

// Setup of buckets: with the server's size limit, and repeated when nothing is left to do.

namespace blobs_buckets_tests {

using namespace appwrite_blobs;
using reel::Errc;
using reel::Error;

constexpr std::int64_t default_limit = 30'000'000;

/// A store that limits its buckets to the server's maximum.
reel::Appwrite limited_store(Server& server) {
  reel::appwrite::SetupOptions options;
  options.limit_buckets_to_server = true;
  return {Server::config(), reel::appwrite::AnyTransport(std::make_shared<Transport>(server.app())), options};
}

std::int64_t stored_size(const reel::Appwrite& store, const std::string& bucket) {
  const auto answer = store.client().call({.request = {.path = "/storage/buckets/" + bucket}}).response;
  return reel::appwrite::body_of(answer).at("maximumFileSize").get<std::int64_t>();
}

void make_bucket(const reel::Appwrite& store, const std::string& settings) {
  store.client().call({.request = {.method = Method::post, .path = "/storage/buckets", .body = settings}});
}

std::vector<std::string> writes_in(const std::vector<reel::emulator::Request>& requests) {
  std::vector<std::string> writes;
  for (const reel::emulator::Request& request : requests) {
    if (request.method != "GET") writes.push_back(request.method + " " + request.path);
  }
  return writes;
}

TEST_CASE("a second setup of all buckets sends no write", "[appwrite][blobs][setup]") {
  for (const char* version : {"1.6.2", "1.7.4", "1.8.0", "1.8.1", "1.9.5"}) {
    CAPTURE(version);
    Server server(version);
    const reel::MigrationSet all = reel::video::everything;
    const bool is_old = version < std::string("1.8");  // requires that one program writes alone
    const auto set_up = [&] {
      reel::AppwriteConfig config = Server::config();
      config.writers = is_old ? reel::Writers::one : reel::Writers::many;
      reel::Appwrite store = server.store(config);
      for (const reel::driver::CollectionSchema* schema : all.collections) store.ensure(*schema);
      for (const reel::Bucket& bucket : all.buckets) store.ensure(bucket);
    };
    set_up();
    server.transport().take_requests();
    set_up();
    CHECK(writes_in(server.transport().take_requests()) == std::vector<std::string>{});
  }
}

TEST_CASE("a bucket without a limit keeps its existing size", "[appwrite][blobs][setup]") {
  Server server;
  reel::Appwrite store = server.store();
  make_bucket(store, R"({"bucketId":"b","name":"B","fileSecurity":true,"maximumFileSize":5000})");
  server.transport().take_requests();
  reel::BlobStore<reel::Appwrite>(store, {.id = "b"}).setup();
  CHECK(stored_size(store, "b") == 5'000);
  for (const std::string& write : writes_in(server.transport().take_requests()))
    CHECK(write.find("bucket") == std::string::npos);
}

TEST_CASE("a new bucket without a limit is as large as the largest bucket", "[appwrite][blobs][setup]") {
  Server server;
  reel::Appwrite store = server.store();
  make_bucket(store, R"({"bucketId":"b","name":"B","fileSecurity":true,"maximumFileSize":5000})");
  make_bucket(store, R"({"bucketId":"large","name":"Large","maximumFileSize":80000})");
  reel::BlobStore<reel::Appwrite>(store, {.id = "b"}).setup();
  CHECK(stored_size(store, "b") == 80'000);
}

TEST_CASE("the server's size limit is found without a write", "[appwrite][blobs][setup]") {
  for (const char* version : {"1.6.2", "1.7.4", "1.8.1", "1.9.5"}) {
    CAPTURE(version);
    Server server(version, 12'345'678);
    const reel::Appwrite store = server.store();
    CHECK(reel::appwrite::storage_limit(store.client()) == 12'345'678);
    const auto buckets = store.client().call({.request = {.path = "/storage/buckets"}}).response;
    CHECK(reel::appwrite::body_of(buckets).at("total") == 0);
  }
}

TEST_CASE("a bucket beyond the server's limit is refused with both sizes and the setting to change",
          "[appwrite][blobs][setup]") {
  Server server("1.8.1", default_limit);
  reel::Appwrite store = server.store();
  const Error error = error_from([&] { store.ensure(reel::video::final_videos()); });
  CHECK(error.code() == Errc::too_large);
  for (const char* part : {"final_videos", "524288000", "30000000", "_APP_STORAGE_LIMIT"}) {
    CAPTURE(part, error.reason());
    CHECK(error.reason().find(part) != std::string::npos);
  }
}

TEST_CASE("a set of buckets is set up within the limit, and one error names all that are refused",
          "[appwrite][blobs][setup]") {
  Server server("1.8.1", default_limit);
  reel::Appwrite store = server.store();
  const Error error = error_from([&] { reel::set_up(store, reel::video::everything); });
  CHECK(error.code() == Errc::too_large);
  for (const char* part : {"'final_videos'", "'scene_videos'", "_APP_STORAGE_LIMIT", "everything else is set up"}) {
    CAPTURE(part, error.reason());
    CHECK(error.reason().find(part) != std::string::npos);
  }
  CHECK(error.reason().find("subtitles") == std::string::npos);
  for (const char* bucket : {"subtitles", "source_code", "artifacts"}) CHECK(stored_size(store, bucket) > 0);
  reel::Appwrite limited = limited_store(server);
  reel::set_up(limited, reel::video::everything);
}

TEST_CASE("a bucket beyond the server's limit is widened up to the limit", "[appwrite][blobs][setup]") {
  Server server("1.8.1", default_limit);
  reel::Appwrite store = server.store();
  make_bucket(store, R"({"bucketId":"b","name":"B","maximumFileSize":5000})");
  CHECK(error_from([&] { store.ensure(reel::Bucket{.id = "b", .max_size = 500 * reel::MiB}); }).code() ==
        Errc::too_large);
  CHECK(stored_size(store, "b") == default_limit);
}

TEST_CASE("a bucket is limited to the server's maximum if the option asks for it", "[appwrite][blobs][setup]") {
  Server server("1.8.1", default_limit);
  reel::Appwrite store = limited_store(server);
  for (const reel::Bucket& bucket : reel::video::buckets()) store.ensure(bucket);
  CHECK(stored_size(store, "final_videos") == default_limit);
  CHECK(stored_size(store, "source_code") == 10 * reel::MiB);

  SECTION("S: a larger blob is too_large, and the error names the setting") {
    reel::BlobStore<reel::Appwrite> films(store, reel::video::final_videos());
    const Error error = error_from(
        [&] { films.put(reel::BlobId{"film"}, reel::from_bytes(std::string(30'000'001, 'x')), {.name = "a.mp4"}); });
    CHECK(error.code() == Errc::too_large);
    CHECK(error.reason().find("_APP_STORAGE_LIMIT") != std::string::npos);
  }
  SECTION("S: a second setup sends no write") {
    reel::appwrite::SetupOptions options;
    options.limit_buckets_to_server = true;
    auto transport = std::make_shared<Transport>(server.app());
    reel::Appwrite watched(Server::config(), reel::appwrite::AnyTransport(transport), options);
    for (const reel::Bucket& bucket : reel::video::buckets()) watched.ensure(bucket);
    CHECK(writes_in(transport->take_requests()).empty());
  }
}

TEST_CASE("a blob that its bucket refuses is refused before the replaced blob is removed", "[appwrite][blobs][setup]") {
  Server server("1.8.1", default_limit);
  reel::Appwrite store = limited_store(server);
  reel::BlobStore<reel::Appwrite> films(store, reel::video::final_videos());
  films.setup();
  films.put(reel::BlobId{"film"}, reel::from_bytes("old"), {.name = "a.mp4"});
  const std::string large(31'000'000, 'x');
  const Error error = error_from(
      [&] { films.put(reel::BlobId{"film"}, reel::from_bytes(large), {.name = "a.mp4", .overwrite = true}); });
  CHECK(error.code() == Errc::too_large);
  CHECK(error.reason().find("_APP_STORAGE_LIMIT") != std::string::npos);
  CHECK(error.reason().find("removed") == std::string::npos);
  CHECK(films.stat(reel::BlobId{"film"}).size == 3);
}

TEST_CASE("content that the server would refuse does not remove the blob that it replaces",
          "[appwrite][blobs][setup]") {
  struct Refused {
    const char* version;
    std::string name, content;
    Errc code;
  };
  const std::string long_end(5 * reel::MiB, 'x');
  for (const Refused& refused : {Refused{"1.8.1", "a.exe", "new", Errc::unsupported_media},
                                 Refused{"1.8.1", "noextension", "new", Errc::unsupported_media},
                                 Refused{"1.8.1", "a.mp4", "0", Errc::unsupported},
                                 Refused{"1.9.5", "a.mp4", long_end + "0", Errc::unsupported}}) {
    CAPTURE(refused.version, refused.name, refused.content.size());
    Server server(refused.version);
    make_bucket(server.store(), R"({"bucketId":"b","name":"b","allowedFileExtensions":["mp4"]})");
    reel::Appwrite store = server.store();
    const reel::BlobStore<reel::Appwrite> films(store, {.id = "b"});
    films.put(reel::BlobId{"film"}, reel::from_bytes("old"), {.name = "a.mp4"});
    const Error error = error_from([&] {
      films.put(reel::BlobId{"film"}, reel::from_bytes(refused.content), {.name = refused.name, .overwrite = true});
    });
    CHECK(error.code() == refused.code);
    CHECK(error.reason().find("removed") == std::string::npos);
    CHECK(films.stat(reel::BlobId{"film"}).size == 3);
  }
}

TEST_CASE("a plan reports the blobs that the target's bucket refuses", "[appwrite][blobs][setup]") {
  Server server("1.8.1", default_limit);
  reel::Appwrite target = limited_store(server);
  reel::Memory source;
  const reel::MigrationSet set{.buckets = {reel::video::final_videos()}};
  const reel::BlobStore<reel::Memory> films(source, reel::video::final_videos());
  films.setup();
  films.put(reel::BlobId{"large"}, reel::from_bytes(std::string(31'000'000, 'x')), {.name = "a.mp4"});
  films.put(reel::BlobId{"small"}, reel::from_bytes("small"), {.name = "b.mp4"});
  for (const bool is_set_up : {false, true}) {
    CAPTURE(is_set_up);
    if (is_set_up) target.ensure(reel::video::final_videos());
    const reel::MigrationReport planned = reel::migrate(source, target, set, {.plan = true});
    REQUIRE(planned.failures.size() == 1);
    CHECK(planned.failures[0].id == "large");
    CHECK(planned.failures[0].code == Errc::too_large);
    CHECK(planned.bucket("final_videos").created == 1);
  }
  const reel::MigrationReport report = reel::migrate(source, target, set);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].operation == "create");
  CHECK(report.failures[0].code == Errc::too_large);
}

TEST_CASE("a bucket at the server's limit is accepted by later setups", "[appwrite][blobs][setup]") {
  Server server("1.8.1", default_limit);
  reel::Appwrite limited = limited_store(server);
  for (const reel::Bucket& bucket : reel::video::buckets()) limited.ensure(bucket);
  reel::Appwrite store = server.store();
  for (const reel::Bucket& bucket : reel::video::buckets()) {
    CAPTURE(bucket.id);
    store.ensure(bucket);
    const reel::driver::SetupPreview preview = store.preview(bucket);
    CHECK(preview.exists);
    CHECK(preview.changes.empty());
    if (bucket.max_size > 0) CHECK(preview.max_size == std::min(default_limit, bucket.max_size));
  }
  CHECK(stored_size(store, "final_videos") == default_limit);
  CHECK(error_from([&] { store.ensure(reel::Bucket{.id = "new", .max_size = 500 * reel::MiB}); }).code() ==
        Errc::too_large);
}

TEST_CASE("a bucket with the id 0, which the server cannot find, is refused", "[appwrite][blobs][setup]") {
  Server server;
  reel::Appwrite store = server.store();
  CHECK(error_from([&] { store.ensure(reel::Bucket{.id = "0"}); }).code() == Errc::unsupported);
  CHECK(writes_in(server.transport().take_requests()).empty());
}

}  // namespace blobs_buckets_tests
