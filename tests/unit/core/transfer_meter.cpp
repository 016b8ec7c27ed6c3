#include <reel/blob_store.hpp>
#include <reel/driver/transfer_meter.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/plain_store.hpp"

namespace transfer_meter_tests {

using reel::driver::TransferMeter;

TEST_CASE("a meter reports bytes, total, rate and remaining time", "[transfer_meter]") {
  std::vector<reel::Progress> seen;
  TransferMeter meter({.on_progress = [&](const reel::Progress& progress) { seen.push_back(progress); }}, 1000);
  meter.advance(100);
  meter.advance(300);
  REQUIRE(seen.size() == 2);
  CHECK(seen[1].done == 400);
  CHECK(seen[1].total == 1000);
  CHECK(seen[1].rate > 0);
  REQUIRE(seen[1].left);
  CHECK(static_cast<double>(seen[1].left->count()) <= 600 / seen[1].rate * 1000);
}

TEST_CASE("the rate covers this transfer only, and without a total the remaining time is unknown", "[transfer_meter]") {
  std::optional<reel::Progress> last;
  TransferMeter meter({.on_progress = [&](const reel::Progress& progress) { last = progress; }}, std::nullopt);
  meter.skip(1'000'000'000'000);
  meter.advance(1);
  REQUIRE(last);
  CHECK(last->done == 1'000'000'000'001);
  CHECK(last->rate < 1e12);
  CHECK_FALSE(last->left);
}

TEST_CASE("a limited transfer never exceeds its rate", "[transfer_meter]") {
  PlainStore store;
  const reel::BlobStore<PlainStore> blobs{store, {.id = "anything", .name = "Anything"}};
  blobs.setup();
  const std::string content(30'000, 'x');
  const auto seconds = [](auto&& body) {
    const auto start = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  CHECK(seconds([&] { blobs.put(reel::BlobId{"a"}, reel::from_bytes(content), {.max_rate = 100'000}); }) >= 0.3);
  std::string back;
  CHECK(seconds([&] { blobs.get(reel::BlobId{"a"}, reel::to_bytes(back), {.max_rate = 100'000}); }) >= 0.3);
  CHECK(back == content);
}

TEST_CASE("a transfer that waits for its turn can be stopped", "[transfer_meter]") {
  PlainStore store;
  const reel::BlobStore<PlainStore> blobs{store, {.id = "anything", .name = "Anything"}};
  blobs.setup();
  int asked = 0;
  const reel::PutOptions slow{.stop = [&asked] { return ++asked > 3; }, .max_rate = 10};  // would take a day
  try {
    blobs.put(reel::BlobId{"a"}, reel::from_bytes(std::string(1'000'000, 'x')), slow);
    FAIL("nothing was thrown");
  } catch (const reel::Error& error) {
    CHECK(error.code() == reel::Errc::cancelled);
  }
  CHECK_FALSE(blobs.exists(reel::BlobId{"a"}));
}

}  // namespace transfer_meter_tests
