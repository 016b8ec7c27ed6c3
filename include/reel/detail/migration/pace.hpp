#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include <reel/driver/parallel.hpp>
#include <reel/driver/token_bucket.hpp>
#include <reel/driver/transient.hpp>
#include <reel/error.hpp>
#include <reel/migration/limits.hpp>
#include <reel/migration/status.hpp>
#include <reel/progress.hpp>

namespace reel::detail {

/// When the operations of a migration may begin: the state of a `MigrationControl`. All functions may be called from
/// any thread.
class MigrationPace {
 public:
  /// The clock of the rates.
  using Clock = driver::TokenBucket::Clock;

  /// As `MigrationControl::pause` and `resume`.
  void pause(bool is_paused) {
    const std::lock_guard lock(mutex_);
    status_.is_paused = is_paused;
  }
  /// As `MigrationControl::limit`.
  void limit(const MigrationLimits& limits) {
    check(limits);
    const std::lock_guard lock(mutex_);
    is_limited_ = true;
    set(limits);
  }
  /// As `MigrationControl::status`.
  [[nodiscard]] MigrationStatus status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }

  /// A run begins. `limits` count unless the caller has set others already. `on_wait` is called before each wait for a
  /// store that does not respond, and with nothing after it. Throws `invalid` for limits that are not valid, and
  /// `unavailable` if another run uses the object.
  void begin(const MigrationLimits& limits, std::function<void(const std::optional<Error>&)> on_wait) {
    check(limits);
    const std::lock_guard lock(mutex_);
    if (status_.is_running) throw Error(Errc::unavailable, "another migration uses this control; create one for each");
    if (!is_limited_) set(limits);
    status_.is_running = true;
    on_wait_ = std::move(on_wait);
  }
  /// The run ends.
  void end() {
    const std::lock_guard lock(mutex_);
    status_.is_running = false;
    status_.waits_for.reset();
    on_wait_ = nullptr;
  }
  /// The limits in effect.
  [[nodiscard]] MigrationLimits limits() const {
    const std::lock_guard lock(mutex_);
    return status_.limits;
  }
  /// Keeps what `status` returns.
  void report(const MigrationProgress& progress) {
    const std::lock_guard lock(mutex_);
    status_.progress = progress;
  }
  /// Keeps why a store does not respond; empty: the wait of the thread has ended. Until that of the last one has, they
  /// wait.
  void report(const std::optional<Error>& waits_for) {
    {
      const std::lock_guard lock(mutex_);
      waiting_ += waits_for ? 1 : -1;
      if (!waits_for && waiting_ > 0) return;
      status_.waits_for = waits_for;
    }
    if (on_wait_) on_wait_(waits_for);
  }

  /// Waits until an operation may begin, or until the run is stopped.
  void await_request(const StopCondition& stop) {
    while (is_paused() && sleep(slice, stop)) {
    }
    await(take(requests_, 1), stop);
  }
  /// Waits until this many bytes may have been read, or until the run is stopped.
  void await_bytes(std::int64_t bytes, const StopCondition& stop) {
    await(take(bytes_, static_cast<double>(bytes)), stop);
  }
  /// Waits in slices, so that a request to stop takes effect soon. False if the run is stopped.
  bool sleep(Clock::duration time, const StopCondition& stop) const {
    const Clock::time_point end = Clock::now() + time;
    while (!stop.requested()) {
      const Clock::duration left = std::min<Clock::duration>(end - Clock::now(), slice);
      if (left <= Clock::duration::zero()) return true;
      const std::timespec rest{.tv_sec = 0,
                               .tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count()};
      ::nanosleep(&rest, nullptr);
    }
    return false;
  }

 private:
  static constexpr std::chrono::milliseconds slice{20};

  [[nodiscard]] bool is_paused() const {
    const std::lock_guard lock(mutex_);
    return status_.is_paused;
  }
  void await(Clock::duration time, const StopCondition& stop) const {
    if (time > Clock::duration::zero()) sleep(time, stop);
  }

  static void check(const MigrationLimits& limits) {
    driver::check_parallelism(limits.parallelism);
    if (limits.requests_per_second < 0 || limits.bytes_per_second < 0)
      throw Error(Errc::invalid, "a rate is negative; use 0 for none");
  }
  void set(const MigrationLimits& limits) {
    status_.limits = limits;
    requests_.limit(static_cast<double>(limits.requests_per_second));
    bytes_.limit(static_cast<double>(limits.bytes_per_second));
  }
  Clock::duration take(driver::TokenBucket& bucket, double tokens) {
    const std::lock_guard lock(mutex_);
    return bucket.take(tokens, Clock::now());
  }

  mutable std::mutex mutex_;
  MigrationStatus status_;
  int waiting_ = 0;          ///< threads that wait for a store
  bool is_limited_ = false;  ///< the caller has set limits
  std::function<void(const std::optional<Error>&)> on_wait_{};
  driver::TokenBucket requests_, bytes_;
};

/// How long a store has not responded. All functions may be called from any thread.
class Outage {
 public:
  using Clock = std::chrono::steady_clock;

  /// The store has responded.
  void end() { since_ = 0; }
  /// The store has not responded. Returns since when.
  [[nodiscard]] Clock::time_point begin() {
    Clock::rep none = 0;
    const Clock::rep now = Clock::now().time_since_epoch().count();
    return Clock::time_point(Clock::duration(since_.compare_exchange_strong(none, now) ? now : none));
  }

 private:
  std::atomic<Clock::rep> since_ = 0;  ///< 0: it responds
};

/// The pauses while a store does not respond: 100 ms, then each twice as long, up to 30 s, or what the server asks for.
/// Used by one thread.
class BackOff {
 public:
  /// `reconnects`: see `StoreIdentity`. `patience`: the longest time without a response.
  BackOff(MigrationPace& pace, Outage& outage, bool reconnects, std::chrono::milliseconds patience,
          const StopCondition& stop)
      : pace_(pace), outage_(outage), reconnects_(reconnects), patience_(patience), stop_(stop) {}

  /// Whether an error means that the store as a whole fails until something outside of the migration changes.
  [[nodiscard]] static bool concerns(Errc code) { return driver::is_transient(code) || code == Errc::unauthorized; }

  /// Whether it has waited.
  [[nodiscard]] bool has_waited() const { return has_waited_; }
  /// Waits before the operation that has failed is repeated. False if it is not to be repeated: the error does not pass
  /// by waiting, the patience is exhausted, or the run is stopped.
  bool wait(const Error& error) {
    if (!reconnects_ || !driver::is_transient(error.code())) return false;
    const Outage::Clock::time_point since = outage_.begin();
    const std::chrono::milliseconds pause = std::max(pause_, error.context().retry_after.value_or(pause_));
    if (Outage::Clock::now() + pause > since + patience_) return false;
    has_waited_ = true;
    pause_ = std::min(2 * pause_, std::chrono::milliseconds(30'000));
    pace_.report(std::optional(error));
    const bool continues = pace_.sleep(pause, stop_);
    pace_.report(std::optional<Error>());
    return continues;
  }

 private:
  MigrationPace& pace_;
  Outage& outage_;
  bool reconnects_;
  std::chrono::milliseconds patience_;
  const StopCondition& stop_;
  bool has_waited_ = false;
  std::chrono::milliseconds pause_{100};
};

}  // namespace reel::detail
