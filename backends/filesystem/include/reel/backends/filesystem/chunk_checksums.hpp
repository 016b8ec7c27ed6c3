#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <reel/driver/crc32c.hpp>
#include <reel/driver/crc_digits.hpp>

namespace reel::filesystem {

/// The checksums of a blob's chunks, with which a part of the blob is verified without reading the rest: the CRC-32C of
/// each 256 KiB as 8 hexadecimal digits, one after the other. The last chunk is what remains.
class ChunkChecksums {
 public:
  /// Bytes of a chunk.
  static constexpr std::size_t chunk = std::size_t{256} * 1024;

  /// Adds the next bytes of the blob.
  void update(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::string_view part = bytes.substr(0, chunk - filled_);
      checksum_ = driver::crc32c(part, checksum_);
      filled_ += part.size();
      if (filled_ == chunk) close();
      bytes.remove_prefix(part.size());
    }
  }

  /// The checksums. Call it once, at the end.
  [[nodiscard]] std::string finish() {
    if (filled_ > 0) close();
    return std::move(text_);
  }

  /// Whether `bytes` are chunk number `index` of a blob with these checksums.
  [[nodiscard]] static bool matches(std::string_view checksums, std::size_t index, std::string_view bytes) {
    const std::size_t position = index * driver::crc_digits;
    return position < checksums.size() &&
           driver::parse_crc(checksums.substr(position, driver::crc_digits)) == driver::crc32c(bytes);
  }

 private:
  void close() {
    driver::append_crc(text_, checksum_);
    checksum_ = 0;
    filled_ = 0;
  }

  std::string text_;
  std::uint32_t checksum_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace reel::filesystem
