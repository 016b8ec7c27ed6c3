#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <reel/id.hpp>

namespace reel::local {

/// A hash table from ids to row numbers. Ids compare without case and are not stored here: the functions take a
/// callable `id_of(row)` that returns the id of a row number.
///
/// Open addressing with linear probing, 8 bytes per slot, at most 5/8 of them used. A slot contains 32 bits of the id's
/// hash, so that a lookup rarely reads an id that differs. An erased slot stays in its probe sequence until the next
/// rehash. Not synchronised: many threads may read, or one may write.
class IdIndex {
 public:
  /// The number of ids.
  [[nodiscard]] std::size_t size() const { return size_; }

  /// The row of an id, or nothing.
  template <class IdOf>
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view id, IdOf&& id_of) const {
    if (slots_.empty()) return std::nullopt;
    const std::uint32_t print = fingerprint(id);
    for (std::size_t i = home(print);; i = (i + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[i];
      if (slot.row == empty) return std::nullopt;
      if (slot.print == print && slot.row != erased && same_id(id_of(slot.row), id)) return slot.row;
    }
  }

  /// Adds an id, which must not be in the index. Amortized constant time.
  void insert(std::string_view id, std::uint32_t row) {
    if ((used_ + 1) * 8 > slots_.size() * 5) rehash(size_ * 8 >= slots_.size() * 3 ? slots_.size() * 2 : slots_.size());
    put({fingerprint(id), row});
    ++used_;
    ++size_;
  }

  /// Removes an id with its row; the pair must be in the index.
  void erase(std::string_view id, std::uint32_t row) {
    for (std::size_t i = home(fingerprint(id));; i = (i + 1) & (slots_.size() - 1)) {
      if (slots_[i].row == row) {
        slots_[i].row = erased;
        --size_;
        return;
      }
    }
  }

  /// Makes room for this number of ids without further rehashing.
  void reserve(std::size_t ids) {
    std::size_t slots = slots_.size();
    while (ids * 8 > slots * 5) slots = std::max<std::size_t>(16, slots * 2);
    if (slots > slots_.size()) rehash(slots);
  }

 private:
  static constexpr std::uint32_t empty = 0xFFFFFFFF;
  static constexpr std::uint32_t erased = 0xFFFFFFFE;
  struct Slot {
    std::uint32_t print = 0;    ///< bits of the id's hash
    std::uint32_t row = empty;  ///< row number, `empty` or `erased`
  };

  static std::uint32_t fingerprint(std::string_view id) {
    const std::uint64_t hash = id_hash(id);
    return static_cast<std::uint32_t>(hash ^ (hash >> 32));
  }
  /// The first slot of a probe sequence.
  [[nodiscard]] std::size_t home(std::uint32_t print) const {
    return (print * std::size_t{0x9E3779B1}) & (slots_.size() - 1);
  }

  /// Fills the first empty slot of the probe sequence.
  void put(Slot slot) {
    std::size_t i = home(slot.print);
    while (slots_[i].row != empty) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = slot;
  }
  /// Moves the live ids to a table of `slots` slots, a power of 2, and drops erased ones.
  void rehash(std::size_t slots) {
    std::vector<Slot> old(std::max<std::size_t>(16, slots));
    std::swap(old, slots_);
    used_ = size_;
    for (const Slot& slot : old) {
      if (slot.row < erased) put(slot);
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;  ///< live ids
  std::size_t used_ = 0;  ///< live and erased
};

}  // namespace reel::local
