#include <reel/backends/appwrite/retry.hpp>

#include "support/catch.hpp"

namespace retry_tests {

using namespace reel::appwrite;
using namespace std::chrono_literals;
using What = Decision::What;

const RetryPolicy policy{.max_attempts = 5, .first_wait = 100ms, .longest_wait = 400ms};

Decision after(int attempt, const Failure& failure, Idempotency idempotency = Idempotency::read,
               std::chrono::milliseconds left = 1h, double random = 0.5) {
  return decide(policy, idempotency, attempt, failure, left, random);
}

TEST_CASE("waits double up to a maximum and are randomised", "[appwrite]") {
  const Failure busy{.status = 503};
  CHECK(after(1, busy).wait == 50ms);
  CHECK(after(2, busy).wait == 100ms);
  CHECK(after(3, busy).wait == 200ms);
  CHECK(after(4, busy).wait == 200ms);
  CHECK(after(1, busy, Idempotency::read, 1h, 0).wait == 0ms);
  CHECK(after(4, busy, Idempotency::read, 1h, 0.999).wait == 399ms);
  CHECK(after(4, busy).what == What::wait);
  CHECK(after(5, busy).what == What::give_up);
}

TEST_CASE("a status is retried depending on the idempotency of the request", "[appwrite]") {
  const auto repeated = [](int status, Idempotency idempotency) {
    return after(1, {.status = status}, idempotency).what == What::wait;
  };
  for (const int status : {300, 400, 401, 402, 403, 404, 405, 409, 412, 413, 416, 422, 451, 501, 505})
    for (const auto idempotency : {Idempotency::read, Idempotency::idempotent, Idempotency::settled, Idempotency::once})
      CHECK_FALSE(repeated(status, idempotency));
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    CHECK(repeated(status, Idempotency::read));
    CHECK(repeated(status, Idempotency::idempotent));
    CHECK(repeated(status, Idempotency::settled));
    CHECK(repeated(status, Idempotency::once) == (status == 429));
  }
}

TEST_CASE("a 500 with a specific error type is not retried", "[appwrite]") {
  CHECK(after(1, {.status = 500, .final_type = true}).what == What::give_up);
}

TEST_CASE("a failure without a response is retried only if repeating the request is safe", "[appwrite]") {
  const Failure unsent{.reached_server = false}, lost{}, hopeless{.reached_server = false, .may_pass = false};
  CHECK(after(1, unsent, Idempotency::once).what == What::wait);
  CHECK(after(1, lost, Idempotency::once).what == What::give_up);
  CHECK(after(1, lost, Idempotency::settled).what == What::wait);
  CHECK(after(1, hopeless, Idempotency::read).what == What::give_up);
}

TEST_CASE("a failure is doubtful if the server may have done the request", "[appwrite]") {
  CHECK(is_doubtful({}));
  CHECK_FALSE(is_doubtful({.reached_server = false}));
  for (const int status : {408, 500, 502, 503, 504}) CHECK(is_doubtful({.status = status}));
  for (const int status : {400, 401, 404, 409, 429}) CHECK_FALSE(is_doubtful({.status = status}));
  CHECK_FALSE(is_doubtful({.status = 500, .final_type = true}));
}

TEST_CASE("a wait is never shorter than requested, and is not begun if it exceeds the deadline", "[appwrite]") {
  for (int i = 0; i < 100; ++i) {
    const auto hint = std::chrono::milliseconds(i * 37);
    const Decision decision = after(1 + i % 4, {.status = 429, .hint = hint}, Idempotency::once, 1h, i / 100.0);
    CHECK(decision.what == What::wait);
    CHECK(decision.wait >= hint);
  }
  const Decision late = after(1, {.status = 429, .hint = 3s}, Idempotency::read, 2s);
  CHECK(late.what == What::out_of_time);
  CHECK(late.wait == 3s);
  CHECK(after(1, {.status = 503}, Idempotency::read, 20ms).what == What::out_of_time);
}

const auto now = std::chrono::system_clock::time_point(1'000'000s);

std::optional<std::chrono::milliseconds> hint(int status, Headers headers) {
  return wait_hint({.status = status, .headers = std::move(headers)}, now);
}

TEST_CASE("Retry-After is parsed as seconds or a date", "[appwrite]") {
  CHECK(hint(503, {{"Retry-After", "7"}}) == 7s);
  CHECK(hint(429, {{"retry-after", "0"}}) == 0s);
  CHECK(hint(429, {{"retry-after", "Mon, 12 Jan 1970 13:46:45 GMT"}}) == 5s);
  CHECK(hint(429, {{"retry-after", "Mon, 12 Jan 1970 13:46:30 GMT"}}) == 0s);
  CHECK(hint(429, {{"Retry-After", "99999999999999"}}) > 24h);
  for (const char* nonsense : {"", "-1", "1.5", "soon", "1 s", "99999999999999999999"})
    CHECK_FALSE(hint(429, {{"Retry-After", nonsense}}));
  CHECK_FALSE(hint(429, {}));
}

TEST_CASE("after a 429 the reset time is compared with the server's clock", "[appwrite]") {
  CHECK(hint(429, {{"X-RateLimit-Reset", "1000042"}}) == 42s);
  CHECK(hint(429, {{"X-RateLimit-Reset", "1000042"}, {"Date", "Mon, 12 Jan 1970 13:47:00 GMT"}}) == 22s);
  CHECK(hint(429, {{"X-RateLimit-Reset", "42"}}) == 0s);
  CHECK(hint(429, {{"X-RateLimit-Reset", "1000042"}, {"Retry-After", "3"}}) == 3s);
  CHECK(hint(429, {{"X-RateLimit-Reset", "9223372036854775807"}}) > 24h);
  CHECK_FALSE(hint(503, {{"X-RateLimit-Reset", "1000042"}}));
  CHECK_FALSE(hint(429, {{"X-RateLimit-Reset", "soon"}}));
}

TEST_CASE("HTTP dates are parsed", "[appwrite]") {
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == std::chrono::system_clock::time_point(784111777s));
  for (const char* none :
       {"", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 anF 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49-37 GMT"})
    CHECK_FALSE(parse_http_date(none));
}

}  // namespace retry_tests
