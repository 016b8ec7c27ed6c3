#pragma once

#include <algorithm>
#include <cstdint>

#include <reel/blob.hpp>

namespace reel::driver {

/// Bytes of a blob from `begin` up to, but not including, `end`.
struct ByteSpan {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  [[nodiscard]] constexpr std::int64_t size() const { return end - begin; }
  friend bool operator==(const ByteSpan&, const ByteSpan&) = default;
};

/// The part of a blob of `size` bytes that a range covers. A range beyond the end covers none of it. The range has no
/// negative offset or length, which `BlobStore` has checked.
[[nodiscard]] constexpr ByteSpan clamped(const ByteRange& range, std::int64_t size) {
  const std::int64_t begin = std::min(range.offset, size);
  return {begin, begin + std::min(range.length.value_or(size), size - begin)};
}

}  // namespace reel::driver
