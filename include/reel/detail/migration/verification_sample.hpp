#pragma once

#include <cstdint>
#include <string_view>

#include <reel/driver/mix.hpp>
#include <reel/id.hpp>

namespace reel::detail {

/// The items of a collection or bucket that `Verify::sample` compares: those whose hashed id ends in enough zero bits.
/// Nothing is stored, so the sample is the same in every run, also in one that continues another.
class VerificationSample {
 public:
  /// All items.
  VerificationSample() = default;
  /// `items`: their number in the source. See `Verify`.
  VerificationSample(std::int64_t items, std::uint64_t seed) : seed_(driver::mixed(seed)) {
    for (; items >= 2 * least && share_ < most; items /= 2) share_ *= 2;
  }

  /// One item in this number is in the sample: 1, 2, 4, … or 128.
  [[nodiscard]] std::uint64_t share() const { return share_; }
  /// Whether the item with this id is in the sample. Ids compare without case.
  [[nodiscard]] bool contains(std::string_view id) const { return driver::mixed(id_hash(id) ^ seed_) % share_ == 0; }

 private:
  static constexpr std::int64_t least = 100;  ///< items expected in the sample of a larger collection
  static constexpr std::uint64_t most = 128;

  std::uint64_t seed_ = 0;
  std::uint64_t share_ = 1;
};

}  // namespace reel::detail
