#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace reel::emulator {

/// Bytes that only grow: in memory while few, then in a nameless file that goes with the object.
class Spool {
 public:
  explicit Spool(std::filesystem::path folder);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// Where the bytes lie from now on. Throws std::system_error.
  std::int64_t append(std::string_view bytes);
  void read(std::int64_t offset, std::int64_t size, char* into) const;

 private:
  std::filesystem::path folder_;
  std::string memory_;
  int file_ = -1;
  std::int64_t size_ = 0;
};

struct Slice {
  std::int64_t offset = 0;
  std::int64_t size = 0;
};

/// What a file consists of: slices of a spool, one after another. A copy shares the bytes.
class Content {
 public:
  Content() = default;
  Content(std::shared_ptr<const Spool> spool, std::vector<Slice> slices);

  std::int64_t size() const noexcept { return size_; }
  /// The bytes from `offset`, fewer than `length` at the end.
  std::string read(std::int64_t offset, std::int64_t length) const;

 private:
  std::shared_ptr<const Spool> spool_;
  std::vector<Slice> slices_;
  std::int64_t size_ = 0;
};

}  // namespace reel::emulator
