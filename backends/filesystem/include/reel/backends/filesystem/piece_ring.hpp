#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include <reel/backends/filesystem/chunk_checksums.hpp>

namespace reel::filesystem {

/// A bounded queue of eight pieces of a blob between a thread that fills them and a thread that uses them, in order.
///
///     filler   while ((piece = ring.to_fill())) { … ring.fill(); }
///     user     while ((piece = ring.to_use())) { … ring.use(); }
///
/// A piece is owned by the filler between `to_fill` and `fill`, and by the user between `to_use` and `use`.
class PieceRing {
 public:
  /// One piece.
  struct Piece {
    /// The filled bytes.
    [[nodiscard]] std::span<char> filled() { return std::span(bytes).first(size); }
    /// Room for one chunk.
    std::vector<char> bytes = std::vector<char>(ChunkChecksums::chunk);
    /// The number of filled bytes; 0 marks the end.
    std::size_t size = 0;
  };

  /// The next piece to fill, or null after `stop`. Waits until one is free.
  [[nodiscard]] Piece* to_fill() {
    return wait(filled_, [this] { return filled_ - used_ < pieces_.size(); });
  }
  /// Passes the piece to the user.
  void fill() { advance(filled_); }

  /// The next filled piece, or null after `stop`. Waits until there is one.
  [[nodiscard]] Piece* to_use() {
    return wait(used_, [this] { return used_ < filled_; });
  }
  /// Passes the piece back to the filler.
  void use() { advance(used_); }

  /// Ends all waiting, present and future. Call it when one side fails.
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
  std::mutex mutex_;  ///< protects everything below
  std::condition_variable changed_;
  std::size_t filled_ = 0;  ///< number of pieces filled so far
  std::size_t used_ = 0;    ///< number of pieces used so far
  bool stopped_ = false;
};

}  // namespace reel::filesystem
