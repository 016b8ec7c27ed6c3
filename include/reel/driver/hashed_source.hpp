#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <reel/blob.hpp>

namespace reel::driver {

/// What the core asks of a backend's `put`. The source has counted and hashed every byte once it is at its end.
class HashedSource : public BlobSource {
 public:
  [[nodiscard]] virtual std::int64_t bytes_read() const = 0;
  /// Of all bytes; only at the end.
  [[nodiscard]] virtual std::string md5() const = 0;
  /// Counts and hashes the next bytes, which the store has from `place()`, in place of a `read`.
  virtual void took(std::span<const std::byte>) {}
  /// What is known of the bytes so far, as a text to go on with in another run: see `resume`. Empty if that is not
  /// possible.
  [[nodiscard]] virtual std::string hash_state() const { return {}; }
  /// Takes the first `bytes` for read and hashed, as `state` says. Only before the first read, and only for a source
  /// that has a `place()`. False, and nothing is changed, if this is no state.
  [[nodiscard]] virtual bool resume([[maybe_unused]] std::string_view state, [[maybe_unused]] std::int64_t bytes) {
    return false;
  }
};

}  // namespace reel::driver
