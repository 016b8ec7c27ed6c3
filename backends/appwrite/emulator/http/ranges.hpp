#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace reel::emulator {

/// A `Range` header; no end: open.
struct ByteRange {
  std::int64_t start = 0;
  std::optional<std::int64_t> end;
};

/// Reads `bytes=A-B` or `bytes=A-`, with A below B; nothing for every other form, as the real server does.
std::optional<ByteRange> parse_range(std::string_view header);

/// The bytes that are sent for a range of a file, both inclusive.
struct Span {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// What `range` gives of a file of `size` bytes, where an open or too long range is cut to `most` bytes; nothing if it
/// must be refused.
std::optional<Span> satisfy(const std::optional<ByteRange>& range, std::int64_t size, std::int64_t most);

/// A `Content-Range` header.
struct ContentRange {
  std::int64_t start = 0;
  std::int64_t end = 0;  ///< Inclusive.
  std::int64_t total = 0;
};

/// Reads `UNIT A-B/TOTAL` with A ≤ B ≤ TOTAL. The unit may be anything.
std::optional<ContentRange> parse_content_range(std::string_view header);

}  // namespace reel::emulator
