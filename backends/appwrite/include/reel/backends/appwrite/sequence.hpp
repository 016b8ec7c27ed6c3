#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include <reel/id.hpp>
#include <reel/timestamp.hpp>

namespace reel::appwrite {

namespace detail {

/// The bits of `pseudo_sequence` below the time.
inline constexpr int sequence_id_bits = 22;

}  // namespace detail

/// In place of `$sequence`, which servers before 1.8 do not tell: the time of creation, which is the store's there, and
/// bits of the id, so that no two records have the same. Among records of one millisecond it tells nothing of the
/// order, which is that of the ids.
[[nodiscard]] inline std::int64_t pseudo_sequence(Timestamp created_at, std::string_view id) {
  constexpr std::uint64_t mask = (std::uint64_t{1} << detail::sequence_id_bits) - 1;
  return (created_at.time_since_epoch().count() << detail::sequence_id_bits) |
         static_cast<std::int64_t>(reel::detail::mixed(id_hash(id)) & mask);
}
/// The `created_at` that a `pseudo_sequence` was made of.
[[nodiscard]] inline Timestamp pseudo_sequence_time(std::int64_t sequence) {
  return Timestamp{std::chrono::milliseconds{sequence >> detail::sequence_id_bits}};
}

}  // namespace reel::appwrite
