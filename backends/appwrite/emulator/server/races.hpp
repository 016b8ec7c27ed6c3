#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

namespace reel::emulator {

/// The races of a real server, played from a seed. Requests of this server never overlap while they work, so that each
/// race is decided, not awaited: a decision is a function of the seed, of what it is about and of how often that has
/// changed. A client that sends the same requests in the same order meets the same races. Safe for many threads.
class Races {
 public:
  explicit Races(std::optional<std::uint64_t> seed) : seed_{seed} {}

  bool on() const noexcept { return seed_.has_value(); }

  /// Whether race `what` hits `number` in its `turn`: once in `one_in` times. Never while races are off.
  bool happens(std::string_view what, std::uint64_t number, std::uint64_t turn, std::uint64_t one_in) const noexcept {
    return on() && draw(what, number, turn) % one_in == 0;
  }
  /// An evenly distributed number for the same key.
  std::uint64_t draw(std::string_view what, std::uint64_t number, std::uint64_t turn) const noexcept;

  /// The next point of the server's own time. Requests take one as they arrive, writes as they are committed: a write
  /// after a request's arrival overlapped with it.
  std::uint64_t tick() noexcept { return ++ticks_; }

 private:
  std::optional<std::uint64_t> seed_;
  std::atomic<std::uint64_t> ticks_{0};
};

}  // namespace reel::emulator
