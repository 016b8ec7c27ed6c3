#include <reel/driver/token_bucket.hpp>

#include <chrono>

#include "support/catch.hpp"

namespace token_bucket_tests {

using namespace std::chrono_literals;
using reel::driver::TokenBucket;

/// A clock that the test moves, and one thread that waits as long as the bucket asks.
struct Waiting {
  explicit Waiting(double rate) : bucket(rate) {}

  /// Takes tokens, waits, and returns the time since the start.
  std::chrono::duration<double> take(double tokens) {
    now += bucket.take(tokens, now);
    return now - start;
  }

  TokenBucket bucket;
  const TokenBucket::Clock::time_point start = TokenBucket::Clock::time_point(1h);
  TokenBucket::Clock::time_point now = start;
};

TEST_CASE("a bucket without a rate never waits", "[token_bucket]") {
  Waiting waiting(0);
  for (int i = 0; i < 1000; ++i) CHECK(waiting.take(1e9) == 0s);
}

TEST_CASE("a rate holds on average", "[token_bucket]") {
  Waiting waiting(100);
  for (int i = 0; i < 10; ++i) CHECK(waiting.take(1) == 0s);  // those of a tenth of a second
  for (int i = 0; i < 200; ++i) waiting.take(1);
  CHECK(std::chrono::duration<double>(waiting.now - waiting.start).count() == Approx(2).epsilon(0.01));
}

TEST_CASE("tokens do not accumulate beyond a tenth of a second", "[token_bucket]") {
  Waiting waiting(100);
  waiting.take(10);
  waiting.now += 1h;
  for (int i = 0; i < 10; ++i) CHECK(waiting.bucket.take(1, waiting.now) == 0s);
  CHECK(waiting.bucket.take(1, waiting.now) > 0s);
}

TEST_CASE("a step that takes more than there are delays the next one", "[token_bucket]") {
  Waiting waiting(1000);
  CHECK(waiting.take(8100).count() == Approx(8));
  CHECK(waiting.take(1000).count() == Approx(9));
}

TEST_CASE("a slow rate passes the first step at once", "[token_bucket]") {
  Waiting waiting(0.5);
  CHECK(waiting.take(1) == 0s);
  CHECK(waiting.take(1).count() == Approx(2));
  CHECK(waiting.take(1).count() == Approx(4));
}

TEST_CASE("several threads that wait share the rate", "[token_bucket]") {
  TokenBucket bucket(10);
  const TokenBucket::Clock::time_point now(1h);
  CHECK(bucket.take(1, now) == 0s);
  CHECK(std::chrono::duration<double>(bucket.take(1, now)).count() == Approx(0.1));
  CHECK(std::chrono::duration<double>(bucket.take(1, now)).count() == Approx(0.2));
}

TEST_CASE("a changed rate applies to what is taken next", "[token_bucket]") {
  Waiting waiting(1);
  waiting.take(1);
  waiting.bucket.limit(100);
  CHECK(waiting.take(1).count() == Approx(0.01));
  waiting.bucket.limit(0);
  CHECK(waiting.take(1e6).count() == Approx(0.01));
  waiting.bucket.limit(10);
  CHECK(waiting.take(2).count() > 0.05);
}

}  // namespace token_bucket_tests
