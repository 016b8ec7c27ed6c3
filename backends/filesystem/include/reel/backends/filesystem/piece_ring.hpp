#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include <reel/backends/filesystem/chunk_sums.hpp>

namespace reel::filesystem {

/// Pieces of a blob on their way from the thread that fills them to the thread that uses them, in order, a few at a
/// time.
class PieceRing {
 public:
  struct Piece {
    [[nodiscard]] std::span<char> filled() { return std::span(bytes).first(size); }
    std::vector<char> bytes = std::vector<char>(ChunkSums::chunk);
    std::size_t size = 0;  ///< of what is filled
  };

  /// The next piece to fill, or null once either side has stopped. Waits for room.
  [[nodiscard]] Piece* to_fill() {
    return wait(filled_, [this] { return filled_ - used_ < pieces_.size(); });
  }
  void fill() { advance(filled_); }

  /// The next piece to use, or null once either side has stopped. Waits for one that is filled.
  [[nodiscard]] Piece* to_use() {
    return wait(used_, [this] { return used_ < filled_; });
  }
  void use() { advance(used_); }

  /// Nobody waits any more.
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  template <class Ready>
  Piece* wait(const std::size_t& position, Ready ready) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || ready(); });
    return stopped_ ? nullptr : &pieces_[position % pieces_.size()];
  }
  void advance(std::size_t& position) {
    const std::lock_guard lock(mutex_);
    ++position;
    changed_.notify_all();
  }

  std::array<Piece, 8> pieces_{};
  std::mutex mutex_;  ///< of all below
  std::condition_variable changed_;
  std::size_t filled_ = 0;  ///< how many have been, since the beginning
  std::size_t used_ = 0;
  bool stopped_ = false;
};

}  // namespace reel::filesystem
