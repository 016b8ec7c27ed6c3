#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>
#include <vector>

#include <reel/migration/report.hpp>

namespace reel::detail {

/// Measures the stages of a migration. One stage is current; `verifying` is part of `copying` and measured by
/// `VerifyingTime`, from any thread. The other members: from one thread.
class StageClock {
 public:
  /// Ends the current stage and begins another.
  void begin(MigrationStage stage) {
    end();
    current_ = stage;
    begun_ = Clock::now();
    runs_ = true;
  }
  /// The stages so far, the current one included.
  [[nodiscard]] std::vector<StageTime> stages() {
    end();
    return stages_;
  }

  /// Adds the time of its life to `verifying`. `parallelism`: the number of threads that verify at the same time.
  class VerifyingTime {
   public:
    VerifyingTime(StageClock& clock, int parallelism) : clock_(clock), parallelism_(parallelism) {}
    VerifyingTime(const VerifyingTime&) = delete;
    VerifyingTime& operator=(const VerifyingTime&) = delete;
    ~VerifyingTime() { clock_.verifying_ += (Clock::now() - begun_).count() / parallelism_; }

   private:
    StageClock& clock_;
    int parallelism_;
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  };

 private:
  using Clock = std::chrono::steady_clock;

  void end() {
    if (!std::exchange(runs_, false)) return;
    const Clock::duration took = Clock::now() - begun_;
    const Clock::duration verified = std::min(took, Clock::duration(verifying_.exchange(0)));
    add(current_, took - verified);
    if (current_ == MigrationStage::copying) add(MigrationStage::verifying, verified);
  }
  void add(MigrationStage stage, Clock::duration took) {
    stages_.push_back({.stage = stage, .took = std::chrono::round<std::chrono::milliseconds>(took)});
  }

  std::vector<StageTime> stages_;
  std::atomic<Clock::rep> verifying_ = 0;
  Clock::time_point begun_{};
  MigrationStage current_{};
  bool runs_ = false;
};

}  // namespace reel::detail
