#include <algorithm>
#include <chrono>
#include <string>

#include <emulator/access/access.hpp>
#include <emulator/access/user_state.hpp>
#include <emulator/http/ranges.hpp>
#include <emulator/server/app.hpp>
#include <emulator/server/server_error.hpp>

namespace reel::emulator {
namespace {

/// Distinguishes the chunks of an upload, because the server counts calls for each chunk separately. Empty for requests
/// without Content-Range.
std::string chunk_of(const Request& request) {
  const auto range = parse_content_range(request.header("content-range").value_or(""));
  return range ? std::to_string(range->start / (range->end - range->start + 1)) : std::string{};
}

}  // namespace

void count_call(const Call& call, Response& response) {
  const int limit = call.route.options.limit;
  if (limit == 0) return;
  const std::int64_t minute = std::chrono::floor<std::chrono::minutes>(call.now).time_since_epoch().count();
  const bool bound = call.app.config().rate_limits && !call.caller.is_key;
  int made = 0;
  if (bound) {
    const std::string counter = call.request.client + ' ' + call.route.method + ' ' + call.route.pattern + ' ' +
                                call.caller.user_id + ' ' + chunk_of(call.request);
    CallCount& count = call.project.users->calls[counter];
    if (count.minute != minute) count = {minute, 0};
    made = count.calls++;
  }
  response.header("x-ratelimit-limit", std::to_string(limit));
  response.header("x-ratelimit-remaining", std::to_string(std::max(0, limit - made - 1)));
  response.header("x-ratelimit-reset", std::to_string((minute + 1) * 60));
  if (made >= limit) {
    throw ServerError{429, "general_rate_limit_exceeded",
                      "Rate limit for the current endpoint has been exceeded. Please try again after some time."};
  }
}

}  // namespace reel::emulator
