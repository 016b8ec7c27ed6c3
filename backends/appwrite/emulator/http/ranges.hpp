#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace reel::emulator {

/// A `Range` header, in bytes; the end is inclusive, or absent in `bytes=A-`.
struct ByteRange {
  std::int64_t start = 0;
  std::optional<std::int64_t> end;
};

/// Parses `bytes=A-B` with A < B, or `bytes=A-`. Empty for every other form, including `bytes=A-A` and suffixes, as on
/// the real server.
std::optional<ByteRange> parse_range(std::string_view header);

/// First and last byte of a part of a file, both inclusive.
struct Span {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// The part of a file of `size` bytes that `range` selects. An open range, or one whose end is more than 20,000,000
/// bytes after its start, is cut to `most` bytes. Empty if the request must be refused with 416: no range, a part of
/// fewer than 2 bytes, or an end beyond the file.
std::optional<Span> satisfy(const std::optional<ByteRange>& range, std::int64_t size, std::int64_t most);

/// A `Content-Range` header, in bytes.
struct ContentRange {
  std::int64_t start = 0;
  std::int64_t end = 0;    ///< Inclusive.
  std::int64_t total = 0;  ///< Size of the whole file.
};

/// Parses `UNIT A-B/TOTAL` with A ≤ B ≤ TOTAL and any unit. Empty for every other form.
std::optional<ContentRange> parse_content_range(std::string_view header);

}  // namespace reel::emulator
