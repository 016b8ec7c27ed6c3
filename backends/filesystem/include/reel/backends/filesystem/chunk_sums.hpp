#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <reel/crc32c.hpp>

namespace reel::filesystem {

/// The checksums of a blob's chunks, so that a piece of it can be checked without the rest: the CRC-32C of each 256
/// KiB, the last chunk being what is left, in 8 hexadecimal digits.
class ChunkSums {
 public:
  static constexpr std::size_t chunk = std::size_t{256} * 1024;

  void update(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::string_view part = bytes.substr(0, chunk - filled_);
      sum_ = crc32c(part, sum_);
      filled_ += part.size();
      if (filled_ == chunk) close();
      bytes.remove_prefix(part.size());
    }
  }

  [[nodiscard]] std::string finish() {
    if (filled_ > 0) close();
    return std::move(text_);
  }

  /// Whether chunk number `index` of a blob with these sums is `bytes`.
  [[nodiscard]] static bool matches(std::string_view sums, std::size_t index, std::string_view bytes) {
    const std::size_t place = index * digits;
    std::uint32_t wanted = 0;
    if (place + digits > sums.size()) return false;
    const auto [end, error] = std::from_chars(sums.data() + place, sums.data() + place + digits, wanted, 16);
    return end == sums.data() + place + digits && wanted == crc32c(bytes);
  }

 private:
  static constexpr std::size_t digits = 8;

  void close() {
    for (int shift = 28; shift >= 0; shift -= 4) text_ += "0123456789abcdef"[(sum_ >> shift) & 0xfU];
    sum_ = 0;
    filled_ = 0;
  }

  std::string text_;
  std::uint32_t sum_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace reel::filesystem
