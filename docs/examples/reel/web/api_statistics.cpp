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

Json Api::statistics(const Request& request) const {
  if (request.query.empty()) return tool::json_of(statistics_.read());
  return tool::json_of(reel::video::statistics(store_.below(), options_of(request)));
}

Response Api::metrics() const {
  return text_response(200, "application/openmetrics-text; version=1.0.0; charset=utf-8",
                       openmetrics_of(statistics_.read()));
}

}  // namespace tool::web
