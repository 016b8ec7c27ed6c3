#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace reel::emulator {

/// Append-only bytes: in memory up to 1 MiB, then in an unnamed file that disappears with the object, even if the
/// process crashes.
class Spool {
 public:
  /// The file is created in `folder`, which is created if needed.
  explicit Spool(std::filesystem::path folder);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// Appends bytes and returns their offset. Not safe together with other calls. Throws std::system_error.
  std::int64_t append(std::string_view bytes);
  /// Copies `size` bytes at `offset`, which must have been appended, to `into`. Throws std::system_error. Safe for many
  /// threads.
  void read(std::int64_t offset, std::int64_t size, char* into) const;

 private:
  std::filesystem::path folder_;
  std::string memory_;
  int file_ = -1;  ///< -1: all bytes are in `memory_`.
  std::int64_t size_ = 0;
};

/// A range of bytes of a spool.
struct Slice {
  std::int64_t offset = 0;
  std::int64_t size = 0;
};

/// The immutable bytes of a file: slices of a spool, one after the other. Copies share the bytes, so a response can be
/// sent while the file is replaced or removed.
class Content {
 public:
  Content() = default;
  Content(std::shared_ptr<const Spool> spool, std::vector<Slice> slices);

  /// In bytes.
  std::int64_t size() const noexcept { return size_; }
  /// The bytes from `offset`: `length` of them, or fewer at the end. Throws std::system_error. Safe for many threads.
  std::string read(std::int64_t offset, std::int64_t length) const;

 private:
  std::shared_ptr<const Spool> spool_;
  std::vector<Slice> slices_;
  std::int64_t size_ = 0;
};

}  // namespace reel::emulator
