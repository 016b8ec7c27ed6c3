#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include <reel/driver/mix.hpp>
#include <reel/id.hpp>
#include <reel/timestamp.hpp>

namespace reel::appwrite {

/// Number of bits of `pseudo_sequence` below the time.
inline constexpr int sequence_id_bits = 22;

/// Replaces `$sequence`, which servers before 1.8.0 do not report: the creation time in milliseconds, then bits of the
/// id, so that different records rarely have the same number. These bits do not express an order: records of one
/// millisecond are ordered by id.
[[nodiscard]] inline std::int64_t pseudo_sequence(Timestamp created_at, std::string_view id) {
  constexpr std::uint64_t mask = (std::uint64_t{1} << sequence_id_bits) - 1;
  return (created_at.time_since_epoch().count() << sequence_id_bits) |
         static_cast<std::int64_t>(driver::mixed(id_hash(id)) & mask);
}
/// The `created_at` from which a `pseudo_sequence` was computed.
[[nodiscard]] inline Timestamp pseudo_sequence_time(std::int64_t sequence) {
  return Timestamp{std::chrono::milliseconds{sequence >> sequence_id_bits}};
}

}  // namespace reel::appwrite
