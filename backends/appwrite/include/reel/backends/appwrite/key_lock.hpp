#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include <reel/backends/appwrite/client.hpp>
#include <reel/driver/per_process.hpp>

namespace reel::appwrite {

/// Lock on a key, within this process: for all its threads and store objects. Held until the object is destroyed. Not
/// recursive. A child of fork(2) starts without locks. Thread-safe.
class KeyLock {
 public:
  /// Waits up to `patience` for the lock; `is_held` returns whether it was acquired. Throws `timed_out` or `cancelled`
  /// when a limit of the client is reached first.
  KeyLock(const Client& client, std::string key, std::chrono::milliseconds patience) : key_(std::move(key)) {
    using std::chrono::steady_clock;
    Held& held = held_here();
    const steady_clock::time_point end = steady_clock::now() + patience;
    std::unique_lock lock(held.mutex);
    while (!(is_held_ = held.keys.insert(key_).second)) {
      const steady_clock::time_point now = steady_clock::now();
      if (now >= end) return;
      held.released.wait_until(lock, std::min(end, now + between_checks));
      lock.unlock();
      client.wait(std::chrono::milliseconds(0));  // throws when the client's limits are reached
      lock.lock();
    }
  }
  ~KeyLock() {
    if (!is_held_) return;
    Held& held = held_here();
    const std::scoped_lock lock(held.mutex);
    held.keys.erase(key_);
    held.released.notify_all();
  }
  KeyLock(const KeyLock&) = delete;
  KeyLock& operator=(const KeyLock&) = delete;

  /// Whether the lock was acquired within the patience.
  [[nodiscard]] bool is_held() const { return is_held_; }

 private:
  /// How often a waiting thread checks the client's limits.
  static constexpr std::chrono::milliseconds between_checks{100};

  // The locked keys of this process. `mutex` is held only to change the set, never while waiting or sending.
  struct Held {
    std::mutex mutex{};
    std::condition_variable released{};
    std::set<std::string> keys{};
  };
  /// The locks of this process. A child of fork(2) gets an empty set, because the threads that hold locks do not exist
  /// there.
  static Held& held_here() {
    static const driver::PerProcess<Held> held([] { return std::make_unique<Held>(); });
    return held.get();
  }

  std::string key_;
  bool is_held_ = false;
};

}  // namespace reel::appwrite
