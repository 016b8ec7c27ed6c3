#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <reel/mirror.hpp>

namespace tool {

/// When a log gets a line about a mirror: the first report, further ones every 5 seconds while they change, and every
/// minute while the target is behind. None while both stores stay equal.
class LagPace {
 public:
  using Clock = std::chrono::steady_clock;

  /// Whether the report is to be printed now. If so, the next ones are compared with it.
  [[nodiscard]] bool is_due(const reel::MirrorLag& lag, Clock::time_point now) {
    using namespace std::chrono_literals;
    const bool is_equal = lag.behind < 1s && lag.pending == 0 && !lag.waits_for;
    State state{is_equal, lag.pending, lag.applied, lag.removed, lag.waits_for ? lag.waits_for->what() : ""};
    const Clock::duration since = now - shown_;
    if (shown_state_ && (since < 5s || (state == *shown_state_ && (is_equal || since < 60s)))) return false;
    shown_state_ = std::move(state);
    shown_ = now;
    return true;
  }

 private:
  /// Whether both stores are equal, the numbers of a report, and why it waits.
  using State = std::tuple<bool, std::int64_t, std::int64_t, std::int64_t, std::string>;

  std::optional<State> shown_state_{};
  Clock::time_point shown_{};
};

}  // namespace tool
