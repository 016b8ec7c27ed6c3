#pragma once

#include <algorithm>
#include <cstdint>

#include <reel/blob.hpp>

namespace reel::driver {

/// The bytes of a blob from offset `begin` up to, but not including, offset `end`.
struct ByteSpan {
  std::int64_t begin = 0;  ///< offset of the first byte
  std::int64_t end = 0;    ///< offset after the last byte

  /// The number of bytes.
  [[nodiscard]] constexpr std::int64_t size() const { return end - begin; }
  /// Compares both offsets.
  friend bool operator==(const ByteSpan&, const ByteSpan&) = default;
};

/// The bytes that a range covers in a blob of `size` bytes. A range that exceeds the end of the blob is shortened; one
/// that begins at or after the end is empty. Offset and length must not be negative, which `BlobStore` has checked.
[[nodiscard]] constexpr ByteSpan clamped(const ByteRange& range, std::int64_t size) {
  const std::int64_t begin = std::min(range.offset, size);
  return {begin, begin + std::min(range.length.value_or(size), size - begin)};
}

}  // namespace reel::driver
