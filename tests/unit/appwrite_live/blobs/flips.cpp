#include <cstdint>
#include <map>
#include <random>
#include <string>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/files.hpp>

#include "support/appwrite_blobs.hpp"
#include "support/catch.hpp"
#include "support/scale.hpp"

// Random bit flips in transit, by a seed.

namespace blobs_flips_tests {

using namespace appwrite_blobs;
using reel::BlobId;
using reel::BlobInfo;
using reel::Errc;
using reel::from_bytes;
using reel::emulator::Request;

constexpr int times = reel::testing::repeated(5'000);

class Flips {
 public:
  explicit Flips(std::uint64_t seed) : chance_(seed) {}
  std::size_t below(std::size_t bound) { return chance_() % bound; }
  /// `bits` 7: keeps ASCII text valid, since servers refuse other text.
  void flip(std::string& text, std::size_t first, std::size_t count, std::size_t bits = 8) {
    char& byte = text[first + below(count)];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << below(bits)));
  }

 private:
  std::mt19937_64 chance_;
};

bool sends_file(const Request& request) {
  return request.method == "POST" && request.path == "/storage/buckets/bucket/files";
}

TEST_CASE("each of 5,000 bit flips during an upload is detected, and nothing is stored", "[appwrite][blobs]") {
  Shelf shelf;
  Flips flips(2026);
  std::string content;
  shelf.server.transport().before = [&](Request& request) {
    if (sends_file(request)) flips.flip(request.body, request.body.find(content), content.size());
  };
  std::map<Errc, int> codes;
  for (int i = 0; i < times; ++i) {
    content = noise(20 + flips.below(300), static_cast<std::uint64_t>(i));
    try {
      shelf.blobs.put(BlobId{"a"}, from_bytes(content));
    } catch (const reel::Error& error) {
      ++codes[error.code()];
    }
  }
  CHECK(codes == std::map<Errc, int>{{Errc::corrupt, times}});
  CHECK_FALSE(reel::appwrite::find_file(shelf.store.client(), "bucket", "a"));
}

TEST_CASE("each of 5,000 bit flips during a download is detected", "[appwrite][blobs]") {
  Shelf shelf;
  Flips flips(6202);
  for (int i = 0; i < 20; ++i)
    shelf.blobs.put(BlobId{"b" + std::to_string(i)},
                    from_bytes(noise(static_cast<std::size_t>(1 + i * 31), static_cast<std::uint64_t>(i))));
  shelf.server.transport().after = [&](const Request& request, Answer& answer) {
    if (request.path.ends_with("/download")) flips.flip(answer.body, 0, answer.body.size());
  };
  int corrupt = 0;
  for (int i = 0; i < times; ++i) {
    try {
      static_cast<void>(content_of(shelf.blobs, "b" + std::to_string(i % 20)));
    } catch (const reel::Error& error) {
      corrupt += error.code() == Errc::corrupt;
    }
  }
  CHECK(corrupt == times);
}

TEST_CASE("a bit flip anywhere in a request stores no damaged blob", "[appwrite][blobs]") {
  Shelf shelf;
  Flips flips(77);
  bool flipping = true;
  shelf.server.transport().before = [&](Request& request) {
    if (flipping && sends_file(request)) flips.flip(request.body, 0, request.body.size(), 7);
  };
  const reel::PutOptions options{.name = "film 1.txt", .permissions = {reel::Permission::read(reel::Role::any())}};
  int stored = 0;
  for (int i = 0; i < times / 5; ++i) {
    const std::string content = noise(flips.below(200), static_cast<std::uint64_t>(i));
    flipping = true;
    try {
      const BlobInfo info = shelf.blobs.put(BlobId{"film"}, from_bytes(content), options);
      flipping = false;
      ++stored;
      CHECK(info.name == "film 1.txt");
      CHECK(info.permissions == options.permissions);
      CHECK(content_of(shelf.blobs, "film") == content);
      CHECK(shelf.blobs.remove(BlobId{"film"}));
    } catch (const reel::Error&) {  // detected
    }
    flipping = false;
    CHECK(shelf.blobs.list().blobs.empty());
  }
  CHECK(stored > 0);  // the content types of parts are ignored
}

TEST_CASE("a bit flip in one of several parts is detected", "[appwrite][blobs]") {
  for (const char* version : {"1.8.1", "1.9.5"}) {
    for (std::size_t spoiled = 0; spoiled < 3; ++spoiled) {
      Shelf shelf(version);
      Flips flips(spoiled);
      const std::string start = "bytes " + std::to_string(spoiled * chunk) + "-";
      shelf.server.transport().before = [&](Request& request) {
        if (request.header("content-range").value_or("").starts_with(start))
          flips.flip(request.body, 1'000, request.body.size() - 2'000);
      };
      CHECK(error_from([&] { shelf.blobs.put(BlobId{"a"}, from_bytes(noise(2 * chunk + 5'000))); }).code() ==
            Errc::corrupt);
      CHECK_FALSE(reel::appwrite::find_file(shelf.store.client(), "bucket", "a"));
    }
  }
}

}  // namespace blobs_flips_tests
