#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace reel::driver {

/// A set of the sequences of records. Stores assign them in ascending order, so a set of most records of a collection
/// takes about two bits for each.
class SequenceSet {
 public:
  /// Adds or removes a sequence.
  void set(std::int64_t sequence, bool is_in) {
    if (is_in) {
      blocks_[sequence / block].set(bit(sequence));
    } else if (const auto found = blocks_.find(sequence / block); found != blocks_.end()) {
      found->second.reset(bit(sequence));
      if (found->second.none()) blocks_.erase(found);
    }
  }
  /// Whether the sequence is in the set.
  [[nodiscard]] bool has(std::int64_t sequence) const {
    const auto found = blocks_.find(sequence / block);
    return found != blocks_.end() && found->second[bit(sequence)];
  }
  /// Removes all.
  void clear() { blocks_.clear(); }

 private:
  static constexpr std::int64_t block = 512;
  static std::size_t bit(std::int64_t sequence) { return static_cast<std::size_t>(sequence) % block; }

  std::unordered_map<std::int64_t, std::bitset<block>> blocks_;
};

}  // namespace reel::driver
