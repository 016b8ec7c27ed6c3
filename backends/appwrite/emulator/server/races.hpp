#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

namespace reel::emulator {

/// The races of a real server, reproduced from a seed.
///
/// Requests of one project never run at the same time here, so whether a race happens is decided, not left to timing: a
/// decision is a hash of the seed, the kind of race, the object and how often that object has changed. A client that
/// sends the same requests in the same order sees the same races. Safe for many threads.
class Races {
 public:
  /// Without a seed no race ever happens.
  explicit Races(std::optional<std::uint64_t> seed) : seed_{seed} {}

  /// Whether there is a seed.
  bool on() const noexcept { return seed_.has_value(); }

  /// Whether race `what` happens to the object `number` at its version `turn`: on average once in `one_in` versions.
  /// Always false without a seed. `one_in` must not be 0.
  bool happens(std::string_view what, std::uint64_t number, std::uint64_t turn, std::uint64_t one_in) const noexcept {
    return on() && draw(what, number, turn) % one_in == 0;
  }
  /// A number that is evenly distributed over all 64-bit values and the same for the same arguments and seed.
  std::uint64_t draw(std::string_view what, std::uint64_t number, std::uint64_t turn) const noexcept;

  /// Advances the logical clock of the server and returns its time. A request takes a tick on arrival and a write takes
  /// one on commit; a write with a later tick than the arrival of a request overlapped with that request.
  std::uint64_t tick() noexcept { return ++ticks_; }

 private:
  std::optional<std::uint64_t> seed_;
  std::atomic<std::uint64_t> ticks_{0};
};

}  // namespace reel::emulator
