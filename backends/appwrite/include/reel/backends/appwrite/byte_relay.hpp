#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace reel::appwrite {

/// A bounded queue of bytes from the thread that receives them to the thread that hashes and writes them, so that
/// network and disk work in parallel. Holds up to 2 MiB. One thread calls `push` and `close`, one other thread calls
/// `pop` and `abandon`.
class ByteRelay {
 public:
  using Bytes = std::vector<std::byte>;

  /// Appends bytes; waits while the queue is full. Returns false after `abandon`.
  [[nodiscard]] bool push(std::span<const std::byte> bytes) {
    filling_.insert(filling_.end(), bytes.begin(), bytes.end());
    return filling_.size() < piece || hand_over();
  }
  /// Marks the end of the bytes. Waits for room for the rest.
  void close() {
    static_cast<void>(hand_over());
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  /// Returns the next bytes, after waiting for them; `nullopt` at the end.
  [[nodiscard]] std::optional<Bytes> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    if (waiting_.empty()) return std::nullopt;
    Bytes bytes = std::move(waiting_.front());
    waiting_.pop_front();
    changed_.notify_all();
    return bytes;
  }
  /// Declares that nothing is read from the queue any more, and releases a waiting `push` or `close`. Required before
  /// the receiving thread is joined.
  void abandon() {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    changed_.notify_all();
  }

 private:
  static constexpr std::size_t piece = std::size_t{256} * 1024;
  static constexpr std::size_t most_pieces = 7;

  /// Moves the filled piece to the queue. False after `abandon`.
  bool hand_over() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return abandoned_ || waiting_.size() < most_pieces; });
    if (abandoned_) return false;
    waiting_.push_back(std::exchange(filling_, {}));
    filling_.reserve(piece);
    changed_.notify_all();
    return true;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Bytes> waiting_;
  Bytes filling_;  ///< only the receiving thread uses it, without the lock
  bool closed_ = false;
  bool abandoned_ = false;
};

}  // namespace reel::appwrite
