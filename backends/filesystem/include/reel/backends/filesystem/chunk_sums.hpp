#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <reel/driver/crc32c.hpp>
#include <reel/driver/crc_digits.hpp>

namespace reel::filesystem {

/// The checksums of a blob's chunks, so that a piece of it can be checked without the rest: the CRC-32C of each 256
/// KiB, the last chunk being what is left, in 8 hexadecimal digits.
class ChunkSums {
 public:
  static constexpr std::size_t chunk = std::size_t{256} * 1024;

  void update(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::string_view part = bytes.substr(0, chunk - filled_);
      sum_ = driver::crc32c(part, sum_);
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
    const std::size_t position = index * driver::crc_digits;
    return position < sums.size() &&
           driver::parse_crc(sums.substr(position, driver::crc_digits)) == driver::crc32c(bytes);
  }

 private:
  void close() {
    driver::append_crc(text_, sum_);
    sum_ = 0;
    filled_ = 0;
  }

  std::string text_;
  std::uint32_t sum_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace reel::filesystem
