#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>

#include <reel/backends/appwrite/http.hpp>
#include <reel/backends/appwrite/http_date.hpp>

namespace reel::appwrite {

/// What may be done about a request whose fate is unknown.
enum class Idempotency {
  read,        ///< changes nothing
  idempotent,  ///< done twice is done once
  /// Done twice is refused the second time, with 404 or 409, as a create with the client's id is. Repeated; the refusal
  /// after a doubtful attempt is handed to the caller, who settles what it means by reading back.
  settled,
  once,  ///< repeated only if the server cannot have seen it, or has refused it for its haste
};

struct RetryPolicy {
  int max_attempts = 7;
  std::chrono::milliseconds first_wait{200};  ///< upper bound of the first wait; doubles with every attempt
  std::chrono::milliseconds longest_wait{10'000};
};

/// An attempt has failed and another one follows.
struct RetryNotice {
  std::string_view endpoint{};
  std::string_view reason{};  ///< why it failed, such as `Could not connect to server` or `HTTP 503`; without the key
  int attempt = 1;            ///< the number of the attempt that failed
  int max_attempts = 1;
  std::chrono::milliseconds wait{0};  ///< before the next attempt
};

/// How an attempt ended that did not succeed.
struct Failure {
  int status = 0;              ///< 0: no answer
  bool reached_server = true;  ///< without an answer: whether the server may have seen the request
  bool may_pass = true;        ///< without an answer: whether another attempt may end differently
  bool final_type = false;     ///< with 500: the server says what is wrong, and it will be wrong again
  std::optional<std::chrono::milliseconds> hint{};  ///< the wait the server asks for
};

struct Decision {
  enum class What { give_up, wait, out_of_time };
  What what = What::give_up;
  std::chrono::milliseconds wait{0};
};

/// Whether the server may have done what it was asked, although it did not say so.
[[nodiscard]] constexpr bool is_doubtful(const Failure& failure) {
  return failure.status == 0 ? failure.reached_server
                             : failure.status == 408 || (failure.status >= 500 && !failure.final_type);
}

/// Whether another attempt is allowed and may help, whatever the time.
[[nodiscard]] constexpr bool may_repeat(Idempotency idempotency, const Failure& failure) {
  if (failure.status == 0 && !failure.may_pass) return false;
  if (idempotency == Idempotency::once && is_doubtful(failure)) return false;
  switch (failure.status) {
    case 0:
    case 408:
    case 429:
    case 502:
    case 503:
    case 504:
      return true;
    case 500:
      return !failure.final_type;
    default:
      return false;
  }
}

/// What to do after attempt number `attempt`, counted from 1, when `left` is what is left of the call's time and
/// `random` is from [0, 1). The wait is the server's hint, if any, and a random part of a bound that doubles.
[[nodiscard]] inline Decision decide(const RetryPolicy& policy, Idempotency idempotency, int attempt,
                                     const Failure& failure, std::chrono::milliseconds left, double random) {
  if (attempt >= policy.max_attempts || !may_repeat(idempotency, failure)) return {};
  std::chrono::milliseconds bound = policy.first_wait;
  for (int i = 1; i < attempt && bound < policy.longest_wait; ++i) bound *= 2;
  bound = std::min(bound, policy.longest_wait);
  const std::chrono::milliseconds jitter(static_cast<long long>(static_cast<double>(bound.count()) * random));
  const std::chrono::milliseconds wait = failure.hint.value_or(std::chrono::milliseconds{0}) + jitter;
  if (wait < left) return {Decision::What::wait, wait};
  return {Decision::What::out_of_time, failure.hint.value_or(wait)};
}

/// The wait that `Retry-After` or, after a 429, `X-RateLimit-Reset` ask for. Moments are compared with the answer's own
/// `Date`, so that a clock that is wrong here plays no part; `now` is for answers without one.
[[nodiscard]] inline std::optional<std::chrono::milliseconds> wait_hint(const HttpResponse& response,
                                                                        std::chrono::system_clock::time_point now) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  constexpr long long longest = 10LL * 365 * 24 * 3600;
  const auto number = [](std::string_view text) -> std::optional<long long> {
    long long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
  };
  const auto until = [&](std::chrono::system_clock::time_point moment) {
    const auto date = response.headers.find("date");
    const auto start = (date ? parse_http_date(*date) : std::nullopt).value_or(now);
    return std::max(std::chrono::ceil<milliseconds>(moment - start), milliseconds{0});
  };
  if (const auto after = response.headers.find("retry-after")) {
    if (const auto wait = number(*after)) return seconds(std::min(*wait, longest));
    if (const auto moment = parse_http_date(*after)) return until(*moment);
  }
  if (response.status != 429) return std::nullopt;
  const auto reset = response.headers.find("x-ratelimit-reset");
  const auto moment = reset ? number(*reset) : std::nullopt;
  if (!moment) return std::nullopt;
  return until(std::chrono::system_clock::time_point(seconds(std::min(*moment, 20 * longest))));
}

}  // namespace reel::appwrite
