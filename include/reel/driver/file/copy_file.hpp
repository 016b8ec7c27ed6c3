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
#include <reel/driver/file/file.hpp>

namespace reel::driver {

/// Gives the file `from` a second name `to`, which must not exist: a hard link, or a copy where the file system has no
/// hard links.
///
/// The content of a copy is synced; the new name is not, see `sync_folder`. A copy that fails midway remains,
/// incomplete, under the name `to`. Throws `file_error`, with code `unavailable` if `to` exists.
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

/// Writes the bytes of a file that `range` covers to a sink, in pieces of at most 256 KiB.
///
/// - `size`: the size of the file in bytes, which the caller knows already
/// - `sink`: is not committed
///
/// Ends early, without an error, if the file turns out to be shorter than `size`. Throws `file_error` and what the sink
/// throws.
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
