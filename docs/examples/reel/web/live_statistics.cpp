#include "live_statistics.hpp"

#include <array>
#include <thread>
#include <utility>

namespace tool::web {
namespace {

using reel::video::StatisticsPart;

/// The part that counts the records of a collection. All others are buckets.
StatisticsPart part_of(std::string_view container) {
  using enum StatisticsPart;
  constexpr std::array<std::pair<std::string_view, StatisticsPart>, 6> collections{{{"videos", pipeline},
                                                                                    {"scenes", pipeline},
                                                                                    {"video_events", pipeline},
                                                                                    {"video_queue", queues},
                                                                                    {"video_queues", queues},
                                                                                    {"agent_memory", fixes}}};
  for (const auto& [collection, part] : collections)
    if (collection == container) return part;
  return buckets;
}

}  // namespace

void LiveStatistics::note(std::string_view container) {
  feed_.note(part_of(container));
  const std::lock_guard lock(noting_);
  noted_ = Clock::now();
}

reel::video::Statistics LiveStatistics::read() {
  const Clock::time_point noted = [&] {
    const std::lock_guard lock(noting_);
    return noted_;
  }();
  const std::lock_guard lock(reading_);
  const bool is_old = Clock::now() - rated_ >= longest_age;
  if (read_ && noted < begun_ && !is_old) return *read_;
  if (read_) std::this_thread::sleep_until(begun_ + shortest_age);
  if (is_old) feed_.note(StatisticsPart::pipeline);
  const Clock::time_point begin = Clock::now();
  read_ = feed_.read();
  begun_ = begin;
  if (is_old) rated_ = begin;
  return *read_;
}

}  // namespace tool::web
