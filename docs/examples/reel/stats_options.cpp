#include "stats_options.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <reel/text/whole_number.hpp>

namespace tool {

std::optional<std::chrono::seconds> length_of(std::string_view text) {
  static constexpr std::pair<char, std::int64_t> units[] = {
      {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}, {'w', 604'800}};
  constexpr std::int64_t longest = 100 * 366;  // days
  if (text.empty()) return std::nullopt;
  const auto number = reel::text::whole_number<std::int64_t>(text.substr(0, text.size() - 1));
  if (!number || *number < 0) return std::nullopt;
  for (const auto& [unit, seconds] : units) {
    if (unit == text.back() && *number <= longest * 86'400 / seconds) return std::chrono::seconds{*number * seconds};
  }
  return std::nullopt;
}

reel::Timestamp time_option(const std::string& option, const std::string& text, reel::Timestamp now) {
  if (const auto length = length_of(text)) return now - *length;
  if (const auto time = reel::parse_timestamp(text)) return *time;
  throw UsageError(option + ": '" + text +
                   "' is not a time: use a length of time before now, such as 90m, 24h or 7d, or a time such as "
                   "2026-01-02T03:04:05Z");
}

reel::video::StatisticsOptions statistics_options(const StatsArguments& arguments, reel::Timestamp now) {
  reel::video::StatisticsOptions options{.top = arguments.top, .is_complete = arguments.complete};
  const auto length = length_of(arguments.since);
  if (!arguments.until.empty()) options.until = time_option("--until", arguments.until, now);
  if (length && !options.until && length->count() > 0) {
    options.length = *length;  // the range moves with the time
  } else if (!arguments.since.empty()) {
    options.since = time_option("--since", arguments.since, now);
  }
  if (!arguments.owner.empty()) options.owner_id = arguments.owner;
  if (!arguments.topic.empty()) options.topic = arguments.topic;
  if (arguments.top < 1)
    throw UsageError("--top: '" + std::to_string(arguments.top) + "' is not a whole number of at least 1");
  if (options.since && *options.since >= options.until.value_or(now))
    throw UsageError("--since " + reel::format_timestamp(*options.since) + " is not before " +
                     (options.until ? "--until " + reel::format_timestamp(*options.until) : std::string("now")));
  return options;
}

}  // namespace tool
