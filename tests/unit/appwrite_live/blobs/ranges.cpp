#include <string>
#include <vector>

#include "support/appwrite_blobs.hpp"
#include "support/catch.hpp"

namespace blobs_ranges_tests {

using namespace appwrite_blobs;
using reel::BlobId;
using reel::Errc;
using reel::from_bytes;
using reel::emulator::Request;

std::string piece(const Shelf& shelf, std::int64_t offset, std::optional<std::int64_t> length = {}) {
  std::string text;
  for (const std::byte byte : shelf.blobs.read(BlobId{"a"}, {.offset = offset, .length = length}))
    text += static_cast<char>(byte);
  return text;
}

std::vector<std::string> ranges(Shelf& shelf) {
  std::vector<std::string> all;
  for (const Request& request : shelf.server.transport().take_requests()) {
    if (request.path.ends_with("/download")) all.emplace_back(request.header("range").value_or("-"));
  }
  return all;
}

TEST_CASE("a range of one byte is requested as two", "[appwrite][blobs]") {
  Shelf shelf;
  shelf.blobs.put(BlobId{"a"}, from_bytes("0123456789"));
  CHECK(piece(shelf, 0, 1) == "0");
  CHECK(piece(shelf, 9, 1) == "9");
  CHECK(piece(shelf, 9) == "9");
  CHECK(piece(shelf, 4, 3) == "456");
  CHECK(piece(shelf, 8, 50) == "89");
  CHECK(piece(shelf, 10) == "");
  CHECK(piece(shelf, 0) == "0123456789");
  CHECK(ranges(shelf) ==
        std::vector<std::string>{"bytes=0-1", "bytes=8-9", "bytes=8-9", "bytes=4-6", "bytes=8-9", "-"});
  shelf.blobs.put(BlobId{"b"}, from_bytes("x"));
  CHECK(content_of(shelf.blobs, "b") == "x");
}

TEST_CASE("a long range is requested in several parts that the server does not cut", "[appwrite][blobs]") {
  Shelf shelf;
  const std::string content = noise(7 * chunk);
  shelf.blobs.put(BlobId{"a"}, from_bytes(content));
  shelf.server.transport().take_requests();
  CHECK(piece(shelf, 3) == content.substr(3));
  CHECK(ranges(shelf) ==
        std::vector<std::string>{"bytes=3-16777218", "bytes=16777219-33554434", "bytes=33554435-36700159"});
}

/// Interrupts each of the first downloads after this many bytes.
void break_downloads(Shelf& shelf, std::vector<std::size_t> after) {
  shelf.server.transport().after = [left = std::move(after)](const Request& request, Answer& answer) mutable {
    if (!request.path.ends_with("/download") || left.empty() || answer.status >= 300) return;
    answer.body.resize(std::min(answer.body.size(), left.front()));
    answer.broken = true;
    left.erase(left.begin());
  };
}

TEST_CASE("an interrupted download resumes at the byte where it stopped", "[appwrite][blobs]") {
  Shelf shelf;
  const std::string content = noise(2 * chunk);
  shelf.blobs.put(BlobId{"a"}, from_bytes(content));
  shelf.server.transport().take_requests();
  break_downloads(shelf, {1'000'000, 0, 1, 123'456});
  CHECK(content_of(shelf.blobs, "a") == content);
  // The client itself repeats a download that was interrupted before its first byte.
  CHECK(ranges(shelf) == std::vector<std::string>{"-", "bytes=1000000-10485759", "bytes=1000000-10485759",
                                                  "bytes=1000001-10485759", "bytes=1123457-10485759"});
  break_downloads(shelf, {2 * chunk - 1});
  CHECK(content_of(shelf.blobs, "a") == content);
  CHECK(ranges(shelf).back() == "bytes=10485758-10485759");
}

TEST_CASE("a download that is always interrupted fails", "[appwrite][blobs]") {
  Shelf shelf;
  shelf.blobs.put(BlobId{"a"}, from_bytes(noise(2 * chunk)));
  break_downloads(shelf, std::vector<std::size_t>(1'000, 0));
  CHECK(error_from([&] { return content_of(shelf.blobs, "a"); }).code() == Errc::unavailable);
}

TEST_CASE("a download is not resumed from another file", "[appwrite][blobs]") {
  Shelf shelf;
  shelf.blobs.put(BlobId{"a"}, from_bytes(noise(2 * chunk, 1)));
  reel::Appwrite other = shelf.server.another_store();
  shelf.server.transport().after = [&](const Request& request, Answer& answer) {
    if (!request.path.ends_with("/download") || answer.broken) return;
    shelf.server.transport().after = nullptr;
    reel::BlobStore<reel::Appwrite>(other, shelf.blobs.bucket())
        .put(BlobId{"a"}, from_bytes(noise(2 * chunk, 2)), {.overwrite = true});
    answer.body.resize(chunk);
    answer.broken = true;
  };
  CHECK(error_from([&] { return content_of(shelf.blobs, "a"); }).code() == Errc::conflict);
}

TEST_CASE("a small file that is replaced during a read is read as the old or the new one", "[appwrite][blobs]") {
  Shelf shelf;
  shelf.blobs.put(BlobId{"a"}, from_bytes("old"));
  reel::Appwrite other = shelf.server.another_store();
  bool replaced = false;
  shelf.server.transport().before = [&](const Request& request) {
    if (!request.path.ends_with("/download") || std::exchange(replaced, true)) return;
    reel::BlobStore<reel::Appwrite>(other, shelf.blobs.bucket())
        .put(BlobId{"a"}, from_bytes("new"), {.overwrite = true});
  };
  CHECK(content_of(shelf.blobs, "a") == "new");
}

TEST_CASE("a small part that is read in two requests is of one file", "[appwrite][blobs]") {
  Shelf shelf;
  const std::string before = noise(100'000, 1), after = noise(100'000, 2);
  shelf.blobs.put(BlobId{"a"}, from_bytes(before));
  reel::Appwrite other = shelf.server.another_store();
  break_downloads(shelf, {10});
  int downloads = 0;
  shelf.server.transport().before = [&](const Request& request) {
    if (!request.path.ends_with("/download") || ++downloads != 2) return;
    reel::BlobStore<reel::Appwrite>(other, shelf.blobs.bucket())
        .put(BlobId{"a"}, from_bytes(after), {.overwrite = true});
  };
  CHECK(piece(shelf, 3, 1000) == after.substr(3, 1000));
  CHECK(downloads == 3);
}

TEST_CASE("a small file that is replaced during every attempt to read it is a conflict", "[appwrite][blobs]") {
  Shelf shelf;
  shelf.blobs.put(BlobId{"a"}, from_bytes("first"));
  reel::Appwrite other = shelf.server.another_store();
  int replaced = 0;
  shelf.server.transport().before = [&](const Request& request) {
    if (!request.path.ends_with("/download")) return;
    reel::BlobStore<reel::Appwrite>(other, shelf.blobs.bucket())
        .put(BlobId{"a"}, from_bytes("content " + std::to_string(++replaced)), {.overwrite = true});
  };
  CHECK(error_from([&] { return content_of(shelf.blobs, "a"); }).code() == Errc::conflict);
  CHECK(replaced == 10);
}

TEST_CASE("a failure of the sink is not reported as one of the server", "[appwrite][blobs]") {
  struct Full final : reel::BlobSink {
    void write(std::span<const std::byte>) override { throw reel::Error(Errc::unavailable, "the sink is full"); }
  };
  Shelf shelf;
  shelf.blobs.put(BlobId{"a"}, from_bytes(noise(2 * chunk)));
  shelf.server.transport().take_requests();
  CHECK(error_from([&] { shelf.blobs.get(BlobId{"a"}, Full{}); }).reason() == "the sink is full");
  CHECK(ranges(shelf).size() == 1);
}

TEST_CASE("a proxy that ignores ranges is detected", "[appwrite][blobs]") {
  Shelf shelf;
  shelf.blobs.put(BlobId{"a"}, from_bytes("0123456789"));
  shelf.server.transport().before = [](Request& request) {
    std::erase_if(request.headers, [](const auto& header) { return header.first == "range"; });
  };
  CHECK(error_from([&] { return shelf.blobs.read(BlobId{"a"}, {.offset = 2, .length = 3}); }).code() ==
        Errc::unsupported);
}

}  // namespace blobs_ranges_tests
