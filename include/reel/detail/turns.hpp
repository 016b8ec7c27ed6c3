#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace reel::detail {

/// Lets the calls of `driver::run_parallel` do one of their steps in ascending order, while they do the others at the
/// same time. Every call takes its turn once.
class Turns {
 public:
  /// The turn of call `i`: waits for those before it, and lasts as long as the object.
  class Turn {
   public:
    Turn(Turns& turns, std::size_t i) : turns_(turns) {
      std::unique_lock lock(turns_.mutex_);
      turns_.ended_.wait(lock, [&] { return turns_.next_ == i; });
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      const std::lock_guard lock(turns_.mutex_);
      ++turns_.next_;
      turns_.ended_.notify_all();
    }

   private:
    Turns& turns_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t next_ = 0;
};

}  // namespace reel::detail
