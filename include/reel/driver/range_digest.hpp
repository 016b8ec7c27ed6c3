#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <reel/driver/mix.hpp>
#include <reel/id.hpp>

/// Checksums of parts of a collection or bucket, with which two stores find out where they differ without reading
/// everything. The parts are ranges of hashed ids, so they are about equally large and the same in every store.
namespace reel::driver {

/// The number of ranges into which the records of a collection, or the blobs of a bucket, are divided.
inline constexpr std::size_t digest_ranges = 4096;

/// The range of an id: a number below `digest_ranges`. Equal ids are in the same range, in every store and process.
[[nodiscard]] constexpr std::size_t range_of(std::string_view id) { return mixed(id_hash(id)) % digest_ranges; }

/// The checksum of some records or blobs: their number, and the sums of the halves of their MD5s. It does not depend on
/// their order, and one of them can be added or removed without the others. Sets that differ have the same digest with
/// a probability of about 2^-128, unless they were chosen to have the same.
struct RangeDigest {
  std::int64_t count = 0;  ///< of the records or blobs
  std::uint64_t low = 0;   ///< the sum of the first halves of their MD5s
  std::uint64_t high = 0;  ///< that of the second halves

  /// Adds the items of another digest.
  RangeDigest& operator+=(const RangeDigest& other) {
    count += other.count;
    low += other.low;
    high += other.high;
    return *this;
  }
  /// Removes the items of another digest.
  RangeDigest& operator-=(const RangeDigest& other) {
    count -= other.count;
    low -= other.low;
    high -= other.high;
    return *this;
  }
  /// Compares all members.
  friend bool operator==(const RangeDigest&, const RangeDigest&) = default;
};

}  // namespace reel::driver
