#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace reel::driver {

/// The tables of slicing-by-8 (Kounavis and Berry, "A Systematic Approach to Building High Performance Software-based
/// CRC Generators", 2005): the first is the byte table of the reflected Castagnoli polynomial; table n advances a byte
/// by n more zero bytes.
inline constexpr auto crc32c_tables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> made{};
  for (std::uint32_t octet = 0; octet < 256; ++octet) {
    std::uint32_t rest = octet;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1U) != 0 ? 0x82f63b78U : 0U);
    made[0][octet] = rest;
  }
  for (std::size_t octet = 0; octet < 256; ++octet) {
    for (std::size_t n = 1; n < 8; ++n) {
      const std::uint32_t shorter = made[n - 1][octet];
      made[n][octet] = (shorter >> 8) ^ made[0][shorter & 0xffU];
    }
  }
  return made;
}();

/// Updates the register `crc` (not inverted) with the bytes, eight at a time.
[[nodiscard]] inline std::uint32_t portable_crc32c(std::uint32_t crc, const char* at, std::size_t size) {
  constexpr const auto& tables = crc32c_tables;
  const auto octet = [](const char* p) { return std::uint32_t{static_cast<unsigned char>(*p)}; };
  for (; size >= 8; size -= 8, at += 8) {
    crc ^= octet(at) | octet(at + 1) << 8 | octet(at + 2) << 16 | octet(at + 3) << 24;
    crc = tables[7][crc & 0xffU] ^ tables[6][(crc >> 8) & 0xffU] ^ tables[5][(crc >> 16) & 0xffU] ^
          tables[4][crc >> 24] ^ tables[3][octet(at + 4)] ^ tables[2][octet(at + 5)] ^ tables[1][octet(at + 6)] ^
          tables[0][octet(at + 7)];
  }
  for (; size != 0; --size, ++at) crc = (crc >> 8) ^ tables[0][(crc ^ octet(at)) & 0xffU];
  return crc;
}

#if defined(__x86_64__) && defined(__GNUC__)
/// The same with the CRC32 instruction of SSE 4.2, which the processor must have.
[[nodiscard, gnu::target("sse4.2")]] inline std::uint32_t hardware_crc32c(std::uint32_t crc, const char* at,
                                                                          std::size_t size) {
  std::uint64_t wide = crc;
  for (; size >= 8; size -= 8, at += 8) {
    unsigned long long word = 0;
    std::memcpy(&word, at, sizeof word);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; size != 0; --size, ++at) crc = __builtin_ia32_crc32qi(crc, static_cast<unsigned char>(*at));
  return crc;
}

/// Whether the processor has the instruction. Asks it once.
[[nodiscard]] inline bool has_hardware_crc32c() {
  static const bool present = __builtin_cpu_supports("sse4.2") != 0;
  return present;
}
#else
/// The same: other processors and compilers have no equivalent of the instruction.
[[nodiscard]] inline std::uint32_t hardware_crc32c(std::uint32_t crc, const char* at, std::size_t size) {
  return portable_crc32c(crc, at, size);
}
/// False: see above.
[[nodiscard]] inline bool has_hardware_crc32c() { return false; }
#endif

/// The CRC-32C (Castagnoli, RFC 3720 appendix B.4) of a string of bytes.
///
/// - `seed`: the checksum of preceding bytes; the result is then the checksum of both parts together
///
/// Uses the CRC32 instruction of the processor if it has one; the result is the same without. Detects accidents, not
/// deliberate changes. Thread-safe.
[[nodiscard]] inline std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0) {
  return has_hardware_crc32c() ? ~hardware_crc32c(~seed, bytes.data(), bytes.size())
                               : ~portable_crc32c(~seed, bytes.data(), bytes.size());
}

}  // namespace reel::driver
