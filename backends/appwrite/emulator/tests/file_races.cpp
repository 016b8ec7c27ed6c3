#include <atomic>
#include <string>

#include <emulator/tests/storage_client.hpp>
#include <reel/testing/together.hpp>

#include "support/catch.hpp"

namespace file_races_tests {

// The races in which a real server damages files or keeps removed ones.

using namespace reel::emulator;

const std::string files = "/storage/buckets/b/files";
const std::string file = files + "/f";

struct Racing : StorageClient {
  explicit Racing(std::uint64_t seed, const std::string& version = "1.8.1") : StorageClient{version, 30'000'000, seed} {
    make_bucket();
  }
  std::string outcome_of(const std::string& method, const std::string& path) { return outcome(ask(method, path)); }
  int listed() { return json_of(ask("GET", files)).at("total"); }
};

/// Runs 20 rounds of parallel uploads of one id and returns the number of rounds in which the stored file is not the
/// acknowledged one.
int damaged_files(const std::string& version, bool own_extensions) {
  Racing server{7, version};
  int damaged = 0;
  for (int round = 0; round < 20; ++round) {
    const std::string id = "f" + std::to_string(round);
    std::atomic<int> winners = 0;
    std::atomic<std::size_t> winner = 0;
    reel::testing::together(4, [&](std::size_t i) {
      const std::string name = own_extensions ? "a." + std::to_string(i) : "a.txt";
      if (server.upload(id, std::string(100, static_cast<char>('a' + i)), name).status != 201) return;
      ++winners;
      winner = i;
    });
    CHECK(winners == 1);
    const Response stored = server.ask("GET", files + "/" + id + "/download");
    CHECK(stored.status == 200);
    damaged += stored.body != std::string(100, static_cast<char>('a' + winner.load()));
  }
  return damaged;
}

TEST_CASE("a removed file may stay in the cache, and PUT of its name frees the id") {
  int stuck = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Racing server{seed};
    server.upload("f", "content");
    CHECK(server.outcome_of("DELETE", file) == "204");
    if (server.outcome_of("GET", file) != "200") continue;
    ++stuck;
    CHECK(server.listed() == 0);
    CHECK(server.outcome_of("GET", file + "/download") == "404 storage_file_not_found");
    CHECK(server.outcome_of("DELETE", file) == "500 general_server_error");
    CHECK(outcome(server.upload("f", "again")) == "409 storage_file_already_exists");
    CHECK(server.send("PUT", file, {{"name", "a.txt"}}).status == 200);
    CHECK(server.outcome_of("GET", file) == "404 storage_file_not_found");
    CHECK(outcome(server.upload("f", "again")) == "201");
    CHECK(server.ask("GET", file + "/download").body == "again");
  }
  CHECK(stuck > 0);
}

TEST_CASE("from 1.9.5 on a removed file does not stay in the cache") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Racing newer{seed, "1.9.5"};
    newer.upload("f", "content");
    CHECK(newer.outcome_of("DELETE", file) == "204");
    CHECK(newer.outcome_of("GET", file) == "404 storage_file_not_found");
  }
}

TEST_CASE("parallel uploads of one id damage the stored file unless their extensions differ") {
  CHECK(damaged_files("1.8.1", false) > 0);
  CHECK(damaged_files("1.8.1", true) == 0);
  CHECK(damaged_files("1.9.5", false) == 0);
}

TEST_CASE("downloads of the single byte 0 differ if the bucket encrypts or compresses") {
  const auto stored = [](const Json& rules) {
    StorageClient server;
    server.make_bucket(rules);
    const Json made = json_of(server.upload("f", "0"));
    CHECK(made.at("sizeOriginal") == 1);
    CHECK(made.at("signature") == "cfcd208495d565ef66e7dff9f98764da");
    const std::string first = server.ask("GET", file + "/download").body;
    CHECK(server.ask("GET", file + "/download").body == first);
    return first;
  };
  CHECK(stored({{"encryption", false}}) == "0");
  CHECK(stored({{"encryption", true}}).size() == 4);
  CHECK(stored({{"encryption", false}, {"compression", "gzip"}}).size() == 21);
  CHECK(stored({{"encryption", false}, {"compression", "zstd"}}).size() == 10);
  CHECK(stored({{"encryption", true}, {"compression", "gzip"}}).size() == 28);
}

TEST_CASE("the MIME type of subtitles depends on the version of libmagic") {
  const std::string srt = "1\n00:00:01,000 --> 00:00:02,000\nhi\n";
  const std::string vtt = "WEBVTT\n\n00:01.000 --> 00:02.000\nhi\n";
  const auto type = [](bool old_libmagic, const std::string& content) {
    App app{{.keys = {{"all", "secret", {"*"}}}, .old_libmagic = old_libmagic}};
    const Pairs headers{{"x-appwrite-project", "test"}, {"x-appwrite-key", "secret"}};
    Pairs json = headers;
    json.emplace_back("content-type", "application/json");
    app.handle({"POST", "/storage/buckets", {}, json, Json{{"bucketId", "b"}, {"name", "b"}}.dump()});
    Pairs form = headers;
    form.emplace_back("content-type", "multipart/form-data; boundary=X");
    const std::string part = "--X\r\nContent-Disposition: form-data; name=";
    const std::string body =
        part + "\"fileId\"\r\n\r\nf\r\n" + part + "\"file\"; filename=\"a.srt\"\r\n\r\n" + content + "\r\n--X--\r\n";
    return json_of(app.handle({"POST", files, {}, form, body})).at("mimeType").get<std::string>();
  };
  CHECK(type(false, srt) == "application/x-subrip");
  CHECK(type(false, vtt) == "text/vtt");
  CHECK(type(true, srt) == "text/plain");
  CHECK(type(true, vtt) == "text/plain");
}

TEST_CASE("a bucket above the storage limit is refused, and accepted with a higher limit") {
  const Json rules{{"bucketId", "big"}, {"name", "big"}, {"maximumFileSize", 524288000}};
  StorageClient plain;
  const Response refused = plain.send("POST", "/storage/buckets", rules);
  CHECK(outcome(refused) == "400 general_argument_invalid");
  CHECK(json_of(refused).at("message") ==
        "Invalid `maximumFileSize` param: Value must be a valid range between 1 and 30,000,000");
  StorageClient roomy{"1.8.1", 5'368'709'120};
  CHECK(outcome(roomy.send("POST", "/storage/buckets", rules)) == "201");
}

}  // namespace file_races_tests
