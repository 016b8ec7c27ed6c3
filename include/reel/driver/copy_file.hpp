#pragma once

#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reel/blob.hpp>
#include <reel/driver/byte_span.hpp>
#include <reel/driver/file.hpp>

namespace reel::driver {

/// Gives a file a second name, which must be free. Copies it where the file system has no second names.
inline void link_or_copy(FileCalls& calls, const std::string& from, const std::string& to) {
  if (calls.link(from, to) == 0) return;
  const File in(calls, from, O_RDONLY), out(calls, to, O_WRONLY | O_CREAT | O_EXCL);
  std::string piece(static_cast<std::size_t>(256 * KiB), '\0');
  for (std::int64_t at = 0;;) {
    const std::size_t n = in.read_at(piece, at);
    if (n == 0) break;
    out.write_at(std::string_view(piece).substr(0, n), at);
    at += static_cast<std::int64_t>(n);
  }
  out.sync();
}

/// Writes the part of a file that `range` names to a sink. `size`: bytes of the file.
inline void copy_range(const File& file, ByteRange range, std::int64_t size, BlobSink& sink) {
  auto [at, end] = clamped(range, size);
  std::vector<std::byte> piece(static_cast<std::size_t>(std::min(end - at, 256 * KiB)));
  while (at < end) {
    const auto wanted = static_cast<std::size_t>(std::min(end - at, static_cast<std::int64_t>(piece.size())));
    const std::size_t n = file.read_at(std::span(piece).first(wanted), at);
    if (n == 0) return;
    sink.write(std::span(piece).first(n));
    at += static_cast<std::int64_t>(n);
  }
}

}  // namespace reel::driver
