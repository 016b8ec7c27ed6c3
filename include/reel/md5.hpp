#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <reel/separate.hpp>

namespace reel {

/// The MD5 checksum (RFC 1321) of bytes that arrive in pieces. It detects accidents; it does not resist an attacker. A
/// copy keeps the state, so a common beginning need be hashed only once. Not thread-safe. Allocates nothing before
/// `finish` or `save`.
///
///     Md5 md5;
///     md5.update("first ");
///     md5.update("second");
///     const std::string digits = md5.finish();  // the same as md5_hex("first second")
class Md5 {
 public:
  /// Appends `bytes`. O(number of bytes).
  void update(std::span<const std::byte> bytes);

  /// Appends the bytes of a string. O(number of bytes).
  void update(std::string_view bytes) { update(std::as_bytes(std::span{bytes})); }

  /// The state after the bytes so far, as 48 to 174 hexadecimal digits. `restore` continues from it, also in another
  /// process or on a machine of another byte order:
  ///
  ///     | a: 8 | b: 8 | c: 8 | d: 8 | length: 16 | pending: 0 to 126 |
  ///
  /// - `a` to `d`: the words of the state
  /// - `length`: the number of bytes so far
  /// - `pending`: the `length % 64` bytes of the incomplete block
  ///
  /// Numbers are in little-endian order. The object is unchanged.
  [[nodiscard]] std::string save() const;
  /// A hash in the state that `save` returned as `text`; nothing if `text` does not have the form of such a state. A
  /// changed digit is not detected.
  [[nodiscard]] static std::optional<Md5> restore(std::string_view text);

  /// Returns the checksum as 32 lower-case hexadecimal digits and resets the object to its initial state. It can then
  /// hash another message.
  [[nodiscard]] std::string finish();

 private:
  static constexpr std::size_t block_size = 64;  ///< bytes that are hashed in one go

  // Hashes `blocks` whole blocks that follow one another in memory. They need not be aligned.
  void consume(const std::byte* block, std::size_t blocks);

  // The words a to d, which begin with the values of RFC 1321, section 3.3.
  std::array<std::uint32_t, 4> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  std::uint64_t length_ = 0;  ///< bytes so far; the last length_ % block_size of them are in pending_
  std::array<std::byte, block_size> pending_{};  ///< the incomplete block
};

/// The MD5 checksum of `bytes` as 32 lower-case hexadecimal digits. O(number of bytes).
[[nodiscard]] std::string md5_hex(std::string_view bytes);

}  // namespace reel

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/detail/md5.ipp>
#endif
