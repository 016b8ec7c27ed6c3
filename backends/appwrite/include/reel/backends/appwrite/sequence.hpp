#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include <reel/driver/mix.hpp>
#include <reel/id.hpp>
#include <reel/timestamp.hpp>

namespace reel::appwrite {

/// The bits of `pseudo_sequence` below the time.
inline constexpr int sequence_id_bits = 22;

/// In place of `$sequence`, which servers before 1.8 do not tell: the time of creation, which is the store's there, and
/// bits of the id, so that no two records have the same. Among records of one millisecond it tells nothing of the
/// order, which is that of the ids.
[[nodiscard]] inline std::int64_t pseudo_sequence(Timestamp created_at, std::string_view id) {
  constexpr std::uint64_t mask = (std::uint64_t{1} << sequence_id_bits) - 1;
  return (created_at.time_since_epoch().count() << sequence_id_bits) |
         static_cast<std::int64_t>(driver::mixed(id_hash(id)) & mask);
}
/// The `created_at` that a `pseudo_sequence` was made of.
[[nodiscard]] inline Timestamp pseudo_sequence_time(std::int64_t sequence) {
  return Timestamp{std::chrono::milliseconds{sequence >> sequence_id_bits}};
}

}  // namespace reel::appwrite
