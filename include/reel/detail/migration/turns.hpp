#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace reel::detail {

/// Lets threads that work on numbered tasks do one of their steps in the order of the numbers, and the others at the
/// same time. The numbers begin with 0, and every task takes its turn once. May be used by any number of threads.
class Turns {
 public:
  /// `in_order`: false lets every turn begin at once.
  explicit Turns(bool in_order = true) : in_order_(in_order) {}

  /// The turn of one task, which ends with the object at the latest. Used by one thread.
  class Turn {
   public:
    Turn(Turns& turns, std::size_t number) : turns_(turns), number_(number) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { end(); }

    /// Waits until the turns before it have ended; returns at once if it has begun already.
    void begin() {
      if (!turns_.in_order_ || has_begun_) return;
      std::unique_lock lock(turns_.mutex_);
      turns_.ended_.wait(lock, [&] { return turns_.next_ == number_; });
      has_begun_ = true;
    }
    /// Ends it. A turn that was not needed waits for those before it.
    void end() {
      if (!turns_.in_order_ || has_ended_) return;
      begin();
      const std::lock_guard lock(turns_.mutex_);
      ++turns_.next_;
      turns_.ended_.notify_all();
      has_ended_ = true;
    }

   private:
    Turns& turns_;
    std::size_t number_;
    bool has_begun_ = false, has_ended_ = false;
  };

 private:
  const bool in_order_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t next_ = 0;
};

}  // namespace reel::detail
