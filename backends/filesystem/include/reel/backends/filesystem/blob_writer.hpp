#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/chunk_checksums.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/piece_ring.hpp>
#include <reel/blob.hpp>
#include <reel/driver/hashed_source.hpp>

namespace reel::filesystem {

/// Writes the bytes of a source into a new file and computes the checksums of the chunks.
///
///     source             first 4 MiB                       the rest, in two threads
///     a file             copied by the kernel, read back   other: copy, read back, checksum     own: hash
///     anything else      read, hashed, written             own: read and hash                   other: write, checksum
///
/// The source is only used by the caller's thread ("own"). With two threads a put takes as long as the slower of them.
/// Bytes that the kernel copied are hashed as they arrived in the new file, so that the copy is verified, too.
class BlobWriter {
 public:
  /// Writes to `file`, which must be empty. `durable`: `run` syncs the file.
  BlobWriter(const File& file, driver::HashedSource& source, bool durable)
      : file_(file), source_(source), durable_(durable) {}

  /// Writes everything and returns the checksums of the chunks. Throws `file_error` and what the source throws.
  [[nodiscard]] std::string run() {
    const auto most = static_cast<std::int64_t>(ChunkChecksums::chunk);
    std::vector<char> piece(static_cast<std::size_t>(std::clamp<std::int64_t>(source_.size().value_or(most), 1, most)));
    while (end_ < alone && move(piece)) continue;
    if (end_ >= alone) move_in_two_threads();
    while (move(piece)) continue;
    if (durable_) file_.sync();
    return checksums_.finish();
  }

 private:
  /// Bytes that one thread moves.
  static constexpr std::int64_t alone = 4 * MiB;
  /// Bytes between two hints to write to the medium.
  static constexpr std::int64_t sync_window = 8 * MiB;

  /// Moves one piece. Returns false at the end.
  bool move(std::span<char> piece) {
    if (const std::optional<FilePosition> position = source_.file_position()) {
      const std::size_t n = copy(*position, piece);
      copies_ = n != 0;
      if (copies_) {
        source_.consume(std::as_bytes(piece.first(n)));
        return true;
      }
    }
    const std::size_t n = source_.read(std::as_writable_bytes(piece));
    write(piece.first(n));
    return n != 0;
  }

  /// Moves pieces until the end, or until the kernel copies no more.
  void move_in_two_threads() {
    PieceRing ring;
    if (!copies_)
      return with_thread(
          ring, [&] { write_from(ring); }, [&] { read_into(ring); });
    const FilePosition position = *source_.file_position();
    with_thread(
        ring, [&] { copy_into(ring, position); }, [&] { hash_from(ring); });
  }

  /// Runs `other` in a second thread while `own` runs in this one. If one of them throws, the other ends and the
  /// exception is rethrown. Does nothing if the system has no more threads; the caller then continues alone.
  template <class Other, class Own>
  static void with_thread(PieceRing& ring, Other other, Own own) {
    std::exception_ptr failure;
    std::thread thread;
    try {
      thread = std::thread([&] {
        try {
          other();
        } catch (...) {
          failure = std::current_exception();
          ring.stop();
        }
      });
    } catch (const std::system_error&) {
      return;  // the system has no more threads
    }
    try {
      own();
    } catch (...) {
      ring.stop();
      thread.join();
      throw;
    }
    thread.join();
    if (failure) std::rethrow_exception(failure);
  }

  void read_into(PieceRing& ring) {
    while (PieceRing::Piece* const piece = ring.to_fill()) {
      piece->size = source_.read(std::as_writable_bytes(std::span(piece->bytes)));
      ring.fill();
      if (piece->size == 0) return;
    }
  }
  void write_from(PieceRing& ring) {
    while (PieceRing::Piece* const piece = ring.to_use()) {
      if (piece->size == 0) return;
      write(piece->filled());
      ring.use();
    }
  }

  void copy_into(PieceRing& ring, FilePosition position) {
    while (PieceRing::Piece* const piece = ring.to_fill()) {
      piece->size = copy(position, piece->bytes);
      position.offset += static_cast<std::int64_t>(piece->size);
      const bool ended = piece->size == 0;
      ring.fill();
      if (ended) return;
    }
  }
  void hash_from(PieceRing& ring) {
    while (PieceRing::Piece* const piece = ring.to_use()) {
      if (piece->size == 0) return;
      source_.consume(std::as_bytes(piece->filled()));
      ring.use();
    }
  }

  void write(std::span<const char> bytes) {
    file_.write_at({bytes.data(), bytes.size()}, end_);
    account(bytes);
  }

  /// Copies up to the size of `piece` and reads the copied bytes into it. Returns their number; 0 at the end, or if the
  /// kernel does not copy between these files.
  std::size_t copy(const FilePosition& position, std::span<char> piece) {
    const std::size_t n = file_.copy_from(position.file, position.offset, end_, piece.size());
    if (file_.read_at(piece.first(n), end_) != n) throw file_error("read back", file_.path(), EIO);
    account(piece.first(n));
    return n;
  }

  /// Adds bytes to the checksums, and asks the kernel to write full windows to the medium, so that the final sync is
  /// short.
  void account(std::span<const char> bytes) {
    checksums_.update({bytes.data(), bytes.size()});
    end_ += static_cast<std::int64_t>(bytes.size());
    if (!durable_ || end_ - begun_ < sync_window) return;
    file_.begin_sync(begun_, end_ - begun_);
    begun_ = end_;
  }

  const File& file_;
  driver::HashedSource& source_;
  const bool durable_;
  ChunkChecksums checksums_;
  std::int64_t end_ = 0;
  /// Bytes whose writing to the medium has begun.
  std::int64_t begun_ = 0;
  /// The kernel copied the last piece.
  bool copies_ = false;
};

}  // namespace reel::filesystem
