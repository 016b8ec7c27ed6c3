#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string_view>

#include <reel/any_store.hpp>
#include <reel/video/statistics_feed.hpp>

namespace tool::web {

/// The statistics without options, computed once for all clients. Reads again only the parts in which something has
/// changed, and rates at least every `longest_age`, because they depend on the time. Thread-safe.
class LiveStatistics {
 public:
  /// Accesses nothing. The store must outlive it.
  explicit LiveStatistics(reel::AnyStore& store) : feed_(store) {}

  /// Notes a change in the collection or bucket with this id. To be called before any client learns of the change.
  void note(std::string_view container);
  /// The statistics with all changes that were noted before the call. Waits until the last ones are `shortest_age` old,
  /// so that many clients cost no more than one. Errors as `reel::video::statistics`.
  [[nodiscard]] reel::video::Statistics read();

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds shortest_age{250}, longest_age{10'000};

  std::mutex noting_;          ///< protects `noted_`
  Clock::time_point noted_{};  ///< when a change was last noted
  std::mutex reading_;         ///< protects the rest
  reel::video::StatisticsFeed<reel::AnyStore> feed_;
  std::optional<reel::video::Statistics> read_{};
  Clock::time_point begun_{};  ///< when the reading of `read_` began
  Clock::time_point rated_{};  ///< when its rates were last read because of their age
};

}  // namespace tool::web
