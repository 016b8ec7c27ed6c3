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

/// Hands bytes from the thread that receives them to the one that hashes and writes them, so that neither waits for the
/// other's work. Holds 2 MiB at most.
class ByteRelay {
 public:
  using Bytes = std::vector<std::byte>;

  /// Waits until there is room. False: nobody wants them any more.
  [[nodiscard]] bool push(std::span<const std::byte> bytes) {
    filling_.insert(filling_.end(), bytes.begin(), bytes.end());
    return filling_.size() < piece || hand_over();
  }
  /// There is nothing more.
  void close() {
    static_cast<void>(hand_over());
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  /// Waits for bytes; nothing at the end.
  [[nodiscard]] std::optional<Bytes> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    if (waiting_.empty()) return std::nullopt;
    Bytes bytes = std::move(waiting_.front());
    waiting_.pop_front();
    changed_.notify_all();
    return bytes;
  }
  /// Nobody pops any more.
  void abandon() {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    changed_.notify_all();
  }

 private:
  static constexpr std::size_t piece = std::size_t{256} * 1024;
  static constexpr std::size_t most_pieces = 7;

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
  Bytes filling_;  ///< the receiver's
  bool closed_ = false;
  bool abandoned_ = false;
};

}  // namespace reel::appwrite
