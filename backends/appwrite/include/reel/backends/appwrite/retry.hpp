#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

#include <reel/backends/appwrite/http.hpp>
#include <reel/backends/appwrite/http_date.hpp>
#include <reel/text/whole_number.hpp>

namespace reel::appwrite {

/// Whether a request may be repeated when its outcome is unknown.
enum class Idempotency {
  read,        ///< changes nothing
  idempotent,  ///< repeating it has no further effect
  /// A repetition is refused with 404 or 409, such as the creation with an id chosen by the client. It is repeated; a
  /// refusal after a doubtful attempt is returned to the caller, who reads back to find out whether the earlier attempt
  /// succeeded.
  settled,
  once,  ///< repeated only if the server cannot have carried it out
};

/// How often and after which waits a request is repeated.
struct RetryPolicy {
  /// Attempts in total, the first one included.
  int max_attempts = 7;
  std::chrono::milliseconds first_wait{200};  ///< upper bound of the first wait; doubles with each attempt
  /// The bound stops growing here. A wait that the server asks for may be longer.
  std::chrono::milliseconds longest_wait{10'000};
};

/// A failed attempt that is followed by another one. The strings are valid during the call only.
struct RetryNotice {
  std::string_view endpoint{};
  std::string_view reason{};  ///< of the failure, such as `Could not connect to server` or `HTTP 503`; without the key
  int attempt = 1;            ///< number of the failed attempt, counted from 1
  int max_attempts = 1;
  std::chrono::milliseconds wait{0};  ///< before the next attempt
};

/// The facts of a failed attempt that decide about another one.
struct Failure {
  int status = 0;              ///< HTTP status; 0 without a response
  bool reached_server = true;  ///< without a response: whether the server may have received the request
  bool may_pass = true;        ///< without a response: whether another attempt may succeed
  bool final_type = false;     ///< with status 500: the server names a fault that another attempt would repeat
  std::optional<std::chrono::milliseconds> hint{};  ///< the wait that the server asks for
};

/// Whether to wait for another attempt.
struct Decision {
  /// `out_of_time`: another attempt would be allowed, but the wait exceeds the remaining time.
  enum class What { give_up, wait, out_of_time };
  What what = What::give_up;
  std::chrono::milliseconds wait{0};
};

/// Whether the server may have carried out the request although it did not report success.
[[nodiscard]] constexpr bool is_doubtful(const Failure& failure) {
  return failure.status == 0 ? failure.reached_server
                             : failure.status == 408 || (failure.status >= 500 && !failure.final_type);
}

/// Whether another attempt is allowed and may succeed, regardless of time and number.
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

/// Decides what follows the failed attempt number `attempt`, counted from 1. `left` is the remaining time of the call,
/// `random` is in [0, 1). The wait is the server's hint, if any, plus a random part of a bound that doubles with each
/// attempt (exponential backoff with full jitter).
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

/// The wait that `Retry-After` (RFC 9110, section 10.2.3) or, after a 429, `X-RateLimit-Reset` asks for. Points in time
/// are compared with the `Date` of the response, so that a wrong local clock does not matter; `now` is used for
/// responses without one.
[[nodiscard]] inline std::optional<std::chrono::milliseconds> wait_hint(const HttpResponse& response,
                                                                        std::chrono::system_clock::time_point now) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  constexpr long long longest = 10LL * 365 * 24 * 3600;
  const auto number = [](std::string_view text) -> std::optional<long long> {
    const auto value = text::whole_number<long long>(text);
    return value && *value >= 0 ? value : std::nullopt;
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
