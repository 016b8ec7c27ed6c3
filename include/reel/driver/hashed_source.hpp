#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <reel/blob.hpp>

namespace reel::driver {

/// The source that the core passes to a backend's `put`. It counts and hashes each byte as it is read, checks the limit
/// of the bucket and the announced size, and reports progress. A backend reads it in one of two ways:
///
///     read(buffer) until it returns 0           any source
///
///     file_position(), copy from that file,     a source that is a file: the kernel can copy its bytes
///     consume(bytes) for the copied bytes,
///     finally read(buffer), which returns 0
///
/// Used by one thread at a time. Reading throws what the caller's source throws, `too_large` if the bucket's limit is
/// exceeded, `invalid` if the source has more or fewer bytes than it announced, and `cancelled` if the caller asked to
/// stop.
class HashedSource : public BlobSource {
 public:
  /// The number of bytes read so far, those skipped by `resume` included.
  [[nodiscard]] virtual std::int64_t bytes_read() const = 0;
  /// The MD5 (RFC 1321) of all bytes as 32 lower-case hexadecimal digits. Call it only after `read` has returned 0;
  /// before, it throws `internal`.
  [[nodiscard]] virtual std::string md5() const = 0;
  /// Marks the next bytes as read and adds them to the hash. The store has read them directly from the file that
  /// `file_position()` identifies, instead of calling `read`. An empty span only reports progress and checks whether
  /// the caller asked to stop.
  virtual void consume(std::span<const std::byte>) {}
  /// The state of the hash after the bytes read so far, to be passed to `resume` in a later process. Empty if the
  /// source cannot resume.
  [[nodiscard]] virtual std::string hash_state() const { return {}; }
  /// Marks the first `bytes` bytes as read and hashed. `state`: the `hash_state` of that moment. Call it before the
  /// first read and only if the source has a `file_position()`. Returns false, and changes nothing, if `state` is not
  /// valid.
  [[nodiscard]] virtual bool resume([[maybe_unused]] std::string_view state, [[maybe_unused]] std::int64_t bytes) {
    return false;
  }
};

}  // namespace reel::driver
