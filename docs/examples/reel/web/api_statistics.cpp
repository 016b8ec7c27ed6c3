#include <chrono>
#include <string>

#include <reel/error.hpp>
#include <reel/timestamp.hpp>
#include <reel/video/statistics.hpp>

#include "../commands.hpp"
#include "../stats_json.hpp"
#include "../stats_options.hpp"
#include "../stats_text.hpp"
#include "api.hpp"

namespace tool::web {
namespace {

using namespace std::chrono_literals;

/// The statistics are computed again after a change, and after `longest_age` because rates depend on the time.
constexpr std::chrono::milliseconds shortest_age = 500ms, longest_age = 10s;

/// The options in a request, under the names of `reel stats`. Throws `invalid` as the command does.
reel::video::StatisticsOptions options_of(const Request& request) {
  StatsArguments arguments;
  arguments.since = request.parameter("since");
  arguments.until = request.parameter("until");
  arguments.owner = request.parameter("owner");
  arguments.topic = request.parameter("topic");
  try {
    return statistics_options(arguments, reel::now());
  } catch (const UsageError& error) {
    throw reel::Error(reel::Errc::invalid, error.what());
  }
}

}  // namespace

reel::video::Statistics Api::statistics() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  const std::uint64_t position = feed_.position();
  const auto age = now - counted_time_;
  const bool is_fresh = age < shortest_age || (position == counted_at_ && age < longest_age);
  if (statistics_ && is_fresh) return *statistics_;
  statistics_ = reel::video::statistics(store_.below());
  counted_at_ = position;
  counted_time_ = now;
  return *statistics_;
}

Json Api::statistics(const Request& request) {
  if (request.query.empty()) return tool::json_of(statistics());
  return tool::json_of(reel::video::statistics(store_.below(), options_of(request)));
}

Response Api::metrics() {
  return text_response(200, "application/openmetrics-text; version=1.0.0; charset=utf-8", openmetrics_of(statistics()));
}

}  // namespace tool::web
