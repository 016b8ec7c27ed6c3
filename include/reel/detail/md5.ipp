#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <reel/md5.hpp>
#include <reel/separate.hpp>

namespace reel {
namespace detail::md5 {

/// The constants T of RFC 1321, section 3.4: floor(2^32 * |sin(step + 1)|).
inline constexpr std::array<std::uint32_t, 64> sines{
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
/// Rotations in bits, by round and by the step within a group of four.
inline constexpr unsigned rotations[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

/// Appends the lowest `bytes` bytes of `number`, the lowest first.
inline void append_hex(std::string& text, std::uint64_t number, unsigned bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  for (unsigned shift = 0; shift < 8 * bytes; shift += 8) {
    text += digits[(number >> (shift + 4)) & 0xfU];
    text += digits[(number >> shift) & 0xfU];
  }
}
/// Removes `bytes` bytes from the front of `text` and sets `number` to their value, the lowest first. False, and
/// `number` is unchanged, if `text` does not begin with so many hexadecimal digits.
template <class Number>
bool take_hex(std::string_view& text, Number& number, unsigned bytes) {
  if (text.size() < std::size_t{2} * bytes) return false;
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) {
    unsigned octet = 0;
    const char* const at = text.data() + 2 * i;
    if (std::from_chars(at, at + 2, octet, 16).ptr != at + 2) return false;
    value |= std::uint64_t{octet} << (8 * i);
  }
  number = static_cast<Number>(value);
  text.remove_prefix(std::size_t{2} * bytes);
  return true;
}

/// The word whose 4 bytes begin at `at`, the lowest first. `at` need not be aligned.
inline std::uint32_t little_endian(const std::byte* at) {
  std::uint32_t word = 0;
  std::memcpy(&word, at, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap32(word);
  return word;
}

/// `b` is the newest value: everything that does not need it is added first, which shortens the chain a step waits
/// for. Clang would undo that order (a fifth slower), hence the fences.
[[gnu::always_inline]] inline void keep_order(std::uint32_t& word) { asm("" : "+r"(word)); }

/// One of the 64 steps of a block (RFC 1321, section 3.4). `round` selects the function of b, c and d; `word` is the
/// word of the block that the step adds.
template <unsigned Step>
[[gnu::always_inline]] inline void step(std::uint32_t& a, std::uint32_t b, std::uint32_t c, std::uint32_t d,
                                        const std::byte* block) {
  constexpr unsigned round = Step / 16;
  constexpr unsigned factor[] = {1, 5, 3, 7};
  constexpr unsigned offset[] = {0, 1, 5, 0};
  constexpr unsigned word = (factor[round] * Step + offset[round]) % 16;
  a += sines[Step] + little_endian(block + 4 * word);
  keep_order(a);
  // The functions F, G, H and I of the RFC. F, (b & c) | (~b & d), is written with one operation less. The two parts
  // of G, (b & d) | (c & ~d), have no common bits, so they can be added.
  if constexpr (round == 0) a += d ^ (b & (c ^ d));
  if constexpr (round == 1) {
    a += c & ~d;
    keep_order(a);
    a += b & d;
  }
  if constexpr (round == 2) a += b ^ (c ^ d);
  if constexpr (round == 3) a += c ^ (b | ~d);
  a = std::rotl(a, static_cast<int>(rotations[round][Step % 4])) + b;
}

/// Four steps. Each step rotates the roles of the four words by one, so after four of them each word has its first
/// role again, and no word is moved.
template <unsigned First>
[[gnu::always_inline]] inline void four_steps(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c, std::uint32_t& d,
                                              const std::byte* block) {
  step<First>(a, b, c, d, block);
  step<First + 1>(d, a, b, c, block);
  step<First + 2>(c, d, a, b, block);
  step<First + 3>(b, c, d, a, block);
}

/// One of the four rounds of a block.
template <unsigned Round>
[[gnu::always_inline]] inline void sixteen_steps(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c, std::uint32_t& d,
                                                 const std::byte* block) {
  four_steps<16 * Round>(a, b, c, d, block);
  four_steps<16 * Round + 4>(a, b, c, d, block);
  four_steps<16 * Round + 8>(a, b, c, d, block);
  four_steps<16 * Round + 12>(a, b, c, d, block);
}

}  // namespace detail::md5

REEL_INLINE void Md5::update(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  std::size_t filled = static_cast<std::size_t>(length_ % block_size);
  length_ += bytes.size();
  if (filled != 0) {
    const std::size_t wanted = block_size - filled;
    const std::size_t taken = bytes.size() < wanted ? bytes.size() : wanted;
    std::memcpy(pending_.data() + filled, bytes.data(), taken);
    bytes = bytes.subspan(taken);
    if (taken < wanted) return;
    consume(pending_.data(), 1);
  }
  const std::size_t blocks = bytes.size() / block_size;
  consume(bytes.data(), blocks);
  bytes = bytes.subspan(blocks * block_size);
  if (!bytes.empty()) std::memcpy(pending_.data(), bytes.data(), bytes.size());
}

REEL_INLINE std::string Md5::save() const {
  std::string text;
  for (const std::uint32_t word : state_) detail::md5::append_hex(text, word, 4);
  detail::md5::append_hex(text, length_, 8);
  for (std::size_t i = 0; i < length_ % block_size; ++i)
    detail::md5::append_hex(text, std::to_integer<std::uint64_t>(pending_[i]), 1);
  return text;
}

REEL_INLINE std::optional<Md5> Md5::restore(std::string_view text) {
  Md5 md5;
  for (std::uint32_t& word : md5.state_) {
    if (!detail::md5::take_hex(text, word, 4)) return std::nullopt;
  }
  if (!detail::md5::take_hex(text, md5.length_, 8)) return std::nullopt;
  for (std::size_t i = 0; i < md5.length_ % block_size; ++i) {
    std::uint8_t byte = 0;
    if (!detail::md5::take_hex(text, byte, 1)) return std::nullopt;
    md5.pending_[i] = std::byte{byte};
  }
  return text.empty() ? std::optional{md5} : std::nullopt;
}

REEL_INLINE std::string Md5::finish() {
  // RFC 1321, sections 3.1 and 3.2: a one bit, then zeros up to 8 bytes before the end of a block, then the length of
  // the message in bits.
  std::array<std::byte, block_size + 8> padding{std::byte{0x80}};
  const std::uint64_t bits = length_ * 8;
  const std::size_t filled = static_cast<std::size_t>(length_ % block_size);
  const std::size_t zeros_end = (filled < 56 ? 56 : 120) - filled;
  for (std::size_t i = 0; i < 8; ++i) padding[zeros_end + i] = static_cast<std::byte>(bits >> (8 * i));
  update(std::span<const std::byte>{padding}.first(zeros_end + 8));

  std::string hex;
  hex.reserve(32);
  for (const std::uint32_t word : state_) detail::md5::append_hex(hex, word, 4);
  *this = Md5{};
  return hex;
}

REEL_INLINE void Md5::consume(const std::byte* block, std::size_t blocks) {
  auto [a, b, c, d] = state_;
  for (; blocks != 0; --blocks, block += block_size) {
    const std::array before{a, b, c, d};
    detail::md5::sixteen_steps<0>(a, b, c, d, block);
    detail::md5::sixteen_steps<1>(a, b, c, d, block);
    detail::md5::sixteen_steps<2>(a, b, c, d, block);
    detail::md5::sixteen_steps<3>(a, b, c, d, block);
    // The result of the block is added to the state before it.
    a += before[0];
    b += before[1];
    c += before[2];
    d += before[3];
  }
  state_ = {a, b, c, d};
}

REEL_INLINE std::string md5_hex(std::string_view bytes) {
  Md5 md5;
  md5.update(bytes);
  return md5.finish();
}

}  // namespace reel
