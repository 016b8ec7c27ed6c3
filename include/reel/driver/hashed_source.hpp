#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <reel/blob.hpp>

namespace reel::driver {

/// The source that the core passes to a backend's `put`. It counts and hashes each byte as it is read.
class HashedSource : public BlobSource {
 public:
  [[nodiscard]] virtual std::int64_t bytes_read() const = 0;
  /// The checksum of all bytes as 32 lower-case hexadecimal digits. Call it only at the end of the source.
  [[nodiscard]] virtual std::string md5() const = 0;
  /// Counts and hashes the next bytes, which the store read directly from `place()` instead of by `read`.
  virtual void consume(std::span<const std::byte>) {}
  /// The state of the hash after the bytes read so far, for `resume` in another run; empty if the source cannot resume.
  [[nodiscard]] virtual std::string hash_state() const { return {}; }
  /// Marks the first `bytes` as read and hashed, with `state` from `hash_state`. Call it only before the first read,
  /// and only for a source that has a `place()`. False if `state` is not valid; then nothing changes.
  [[nodiscard]] virtual bool resume([[maybe_unused]] std::string_view state, [[maybe_unused]] std::int64_t bytes) {
    return false;
  }
};

}  // namespace reel::driver
