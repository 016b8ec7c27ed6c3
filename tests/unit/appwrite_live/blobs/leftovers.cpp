#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/files.hpp>

#include "support/appwrite_blobs.hpp"
#include "support/catch.hpp"

// Files that remain in the server's cache after their removal, and contents that the server treats as empty. The
// emulator is made to respond like a real server.

namespace blobs_leftovers_tests {

using namespace appwrite_blobs;
using reel::BlobId;
using reel::Errc;
using reel::Error;
using reel::from_bytes;
using reel::emulator::Request;

const std::string files = "/storage/buckets/bucket/files";

std::string error_body(int code, const std::string& type, const std::string& message) {
  return R"({"message":")" + message + R"(","code":)" + std::to_string(code) + R"(,"type":")" + type +
         R"(","version":"1.8.1"})";
}

std::vector<std::string> requests_about(std::vector<Request> requests, const std::string& path) {
  std::vector<std::string> methods;
  for (const Request& request : requests) {
    if (request.path.starts_with(path)) methods.push_back(request.method);
  }
  return methods;
}

/// Makes the server refuse new files with the id `a` as existing until a PUT clears its cache entry.
class Stuck {
 public:
  explicit Stuck(Shelf& shelf) : other_(shelf.server.another_store()) {
    shelf.server.transport().after = [this](const Request& request, Answer& answer) {
      if (request.method == "PUT" && request.path == files + "/a") stuck_ = false;
      if (!stuck_ || request.method != "POST" || request.path != files) return;
      reel::appwrite::remove_file(other_.client(), "bucket", "a");
      answer = {409,
                error_body(409, "storage_file_already_exists", "A storage file with the requested ID already exists.")};
    };
  }
  [[nodiscard]] bool is_stuck() const { return stuck_; }

 private:
  reel::Appwrite other_;
  bool stuck_ = true;
};

TEST_CASE("a put frees an id that is stuck in the server's cache", "[appwrite][blobs][leftovers]") {
  for (const std::size_t size : {std::size_t{10}, 2 * chunk}) {
    for (const bool overwrite : {false, true}) {
      CAPTURE(size, overwrite);
      Shelf shelf;
      const Stuck stuck(shelf);
      const std::string content = noise(size);
      shelf.blobs.put(BlobId{"a"}, from_bytes(content), {.overwrite = overwrite});
      CHECK_FALSE(stuck.is_stuck());
      CHECK(content_of(shelf.blobs, "a") == content);
    }
  }
}

TEST_CASE("a blob that exists only in the server's cache is not found", "[appwrite][blobs][leftovers]") {
  Shelf shelf;
  shelf.blobs.put(BlobId{"a"}, from_bytes("old"));
  std::string cached;
  shelf.server.transport().after = [&](const Request& request, Answer& answer) {
    if (request.method != "GET" || request.path != files + "/a") return;
    if (answer.status == 200) cached = answer.body;
    answer = {200, cached};
  };
  shelf.store.client().call({.request = {.path = files + "/a"}});
  shelf.blobs.remove(BlobId{"a"});
  CHECK_FALSE(shelf.blobs.find(BlobId{"a"}));
  CHECK_FALSE(shelf.blobs.remove(BlobId{"a"}));
  CHECK(error_from([&] { return content_of(shelf.blobs, "a"); }).code() == Errc::not_found);
}

TEST_CASE("a removal that fails because another one succeeded is not an error", "[appwrite][blobs][leftovers]") {
  Shelf shelf;
  shelf.blobs.put(BlobId{"a"}, from_bytes("old"));
  shelf.server.transport().take_requests();
  shelf.server.transport().after = [&](const Request& request, Answer& answer) {
    if (request.method == "DELETE")
      answer = {500, error_body(500, "general_server_error", "Failed to delete file from device")};
  };
  CHECK_FALSE(shelf.blobs.remove(BlobId{"a"}));
  CHECK(requests_about(shelf.server.transport().take_requests(), files + "/a") ==
        std::vector<std::string>{"DELETE", "PUT"});
  shelf.server.transport().after = nullptr;
  shelf.blobs.put(BlobId{"a"}, from_bytes("new"));
  CHECK(content_of(shelf.blobs, "a") == "new");
}

TEST_CASE("a blob of a single zero byte is refused unless its bucket stores bytes unchanged",
          "[appwrite][blobs][leftovers]") {
  Shelf shelf;
  const Error error = error_from([&] { shelf.blobs.put(BlobId{"a"}, from_bytes("0")); });
  CHECK(error.code() == Errc::unsupported);
  CHECK(error.reason().find("bucket 'bucket'") != std::string::npos);
  for (const std::string& method : requests_about(shelf.server.transport().take_requests(), files))
    CHECK(method == "GET");
  CHECK_FALSE(shelf.blobs.find(BlobId{"a"}));

  for (const char* content : {"1", "", "00", "0\n", "x0"}) {
    const BlobId id{reel::make_id()};
    shelf.blobs.put(id, from_bytes(content));
    CHECK(content_of(shelf.blobs, id.str()) == content);
  }
  shelf.store.client().call({.request = {.method = Method::post,
                                         .path = "/storage/buckets",
                                         .body = R"({"bucketId":"plain","name":"Plain","encryption":false})"}});
  const reel::BlobStore<reel::Appwrite> plain(shelf.store, {.id = "plain"});
  plain.put(BlobId{"a"}, from_bytes("0"));
  CHECK(content_of(plain, "a") == "0");
}

TEST_CASE("the last part is never a single zero byte", "[appwrite][blobs][leftovers]") {
  for (const bool known : {true, false}) {
    Shelf shelf;
    const std::string content = noise(2 * chunk) + "0";
    std::istringstream stream(content);
    if (known)
      shelf.blobs.put(BlobId{"a"}, from_bytes(content));
    else
      shelf.blobs.put(BlobId{"a"}, reel::from_stream(stream));
    CHECK(content_of(shelf.blobs, "a") == content);
  }
  Shelf newer("1.9.5");  // accepts only parts of equal length
  CHECK(error_from([&] { newer.blobs.put(BlobId{"a"}, from_bytes(noise(2 * chunk) + "0")); }).code() ==
        Errc::unsupported);
  CHECK_FALSE(reel::appwrite::find_file(newer.store.client(), "bucket", "a"));
  newer.blobs.put(BlobId{"a"}, from_bytes(noise(2 * chunk) + "1"));
}

TEST_CASE("a name that the server changes is an error", "[appwrite][blobs][leftovers]") {
  Shelf shelf;
  shelf.blobs.put(BlobId{"a"}, from_bytes("x"), {.name = "old"});
  shelf.server.transport().before = [](Request& request) {
    if (request.method == "PUT") request.body = R"({"name":"old"})";
  };
  CHECK(error_from([&] { shelf.blobs.update(BlobId{"a"}, {.name = "0"}); }).code() == Errc::unsupported);
}

TEST_CASE("subtitles are stored whatever type the server detects", "[appwrite][blobs][leftovers]") {
  for (const char* type : {"text/plain", "application/x-subrip", "text/vtt"}) {
    Shelf shelf;
    shelf.server.transport().after = [&](const Request& request, Answer& answer) {
      if (!request.path.starts_with(files) || request.path.ends_with("/download")) return;
      answer.body = std::regex_replace(answer.body, std::regex(R"("mimeType":"[^"]*")"),
                                       R"("mimeType":")" + std::string(type) + '"');
    };
    const std::string subtitles = "1\n00:00:01,000 --> 00:00:02,000\nHello\n";
    for (const char* name : {"film.srt", "film.vtt"}) {
      CHECK(shelf.blobs.put(BlobId{"a"}, from_bytes(subtitles), {.name = name, .overwrite = true}).content_type ==
            type);
      CHECK(shelf.blobs.stat(BlobId{"a"}).content_type == type);
      CHECK(content_of(shelf.blobs, "a") == subtitles);
    }
  }
}

}  // namespace blobs_leftovers_tests
