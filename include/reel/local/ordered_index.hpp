#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/local/packed_key.hpp>

namespace reel::local {

/// A sorted multimap from byte strings to row numbers; equal keys are sorted by row.
///
///     leaves_    leaf 0            leaf 1            …      up to 256 entries each, sorted, never empty
///     firsts_    first entry of 0  first entry of 1  …      to find the leaf without touching the leaves
///     heads_     8 bytes of each first key                  to compare as numbers
///     leaf       heads[slot]       8 bytes of the key after the bytes that all keys of the leaf share
///                positions[slot]   which of entries[] it is
///                entries[]         key and row, in order of arrival
///
/// Two levels suffice: an insertion moves the heads and positions of one leaf, a few cache lines, and a million entries
/// have some six thousand leaves. Most comparisons are of two 8-byte numbers; only equal heads compare whole keys. Keys
/// of up to 12 bytes are stored in the entry, longer equal keys share a block (`PackedKey`).
///
/// Not synchronised: many threads may read, or one may write. A `Position` is valid until the next change.
class OrderedIndex {
 public:
  /// An entry of the index, or the end.
  struct Position {
    /// Number of the leaf.
    std::size_t leaf = 0;
    /// Rank within the leaf.
    std::size_t slot = 0;
    /// Compares by rank in the index.
    friend auto operator<=>(const Position&, const Position&) = default;
  };

  /// An empty index.
  OrderedIndex() = default;
  /// Takes over the entries.
  OrderedIndex(OrderedIndex&& other) noexcept { swap(other); }
  /// Exchanges the entries.
  OrderedIndex& operator=(OrderedIndex&& other) noexcept {
    swap(other);
    return *this;
  }
  /// Releases the keys.
  ~OrderedIndex() {
    for (const auto& leaf : leaves_) {
      for (std::size_t i = 0; i < leaf->size; ++i) leaf->entries[i].key.release();
    }
  }

  /// The number of entries.
  [[nodiscard]] std::size_t size() const { return size_; }

  /// Adds an entry. The pair must not be in the index. O(leaves + 256) at worst, when a leaf is split; usually two
  /// binary searches and one move within a leaf.
  void insert(std::string_view bytes, std::uint32_t row) {
    if (leaves_.empty()) return add_leaf(0, bytes, row);
    Position at = lower_bound(bytes, row);
    if (at.leaf == leaves_.size() ||
        (at.slot == 0 && at.leaf > 0 && leaves_[at.leaf - 1]->size < capacity))  // the end of the leaf before
      at = {at.leaf - 1, leaves_[at.leaf - 1]->size};
    if (leaves_[at.leaf]->size == capacity) {
      if (at == Position{leaves_.size() - 1, capacity})  // ascending load: leave the full leaf as it is
        return add_leaf(leaves_.size(), bytes, row);
      split(at.leaf);
      if (at.slot > capacity / 2) at = {at.leaf + 1, at.slot - capacity / 2};
    }
    put(at, bytes, row);
    if (at.slot == 0) note_first(at.leaf);
  }

  /// Removes an entry. Returns false if it is not in the index.
  bool erase(std::string_view bytes, std::uint32_t row) {
    const Position at = lower_bound(bytes, row);
    if (at == end() || row_at(at) != row || key_at(at) != bytes) return false;
    Leaf& leaf = *leaves_[at.leaf];
    leaf.at(at.slot).key.release();
    leaf.remove(at.slot);
    --sizes_[at.leaf];
    --size_;
    if (leaf.size == 0) {
      const auto gone = static_cast<std::ptrdiff_t>(at.leaf);
      leaves_.erase(leaves_.begin() + gone);
      firsts_.erase(firsts_.begin() + gone);
      heads_.erase(heads_.begin() + gone);
      sizes_.erase(sizes_.begin() + gone);
    } else if (at.slot == 0) {
      note_first(at.leaf);
    }
    return true;
  }

  /// The first entry, or the end.
  [[nodiscard]] Position begin() const { return {}; }
  /// The position after the last entry.
  [[nodiscard]] Position end() const { return {leaves_.size(), 0}; }
  /// The key of an entry; valid until the next change.
  [[nodiscard]] std::string_view key_at(Position at) const { return leaves_[at.leaf]->at(at.slot).key.view(); }
  /// The row of an entry.
  [[nodiscard]] std::uint32_t row_at(Position at) const { return leaves_[at.leaf]->at(at.slot).row; }
  /// The position after an entry.
  [[nodiscard]] Position next(Position at) const {
    return ++at.slot < leaves_[at.leaf]->size ? at : Position{at.leaf + 1, 0};
  }
  /// The position before one that is not `begin()`.
  [[nodiscard]] Position previous(Position at) const {
    return at.slot > 0 ? Position{at.leaf, at.slot - 1} : Position{at.leaf - 1, leaves_[at.leaf - 1]->size - 1};
  }

  /// The first entry that is not less than (`bytes`, `row`). Two binary searches.
  [[nodiscard]] Position lower_bound(std::string_view bytes, std::uint32_t row = 0) const {
    const std::size_t leaves = leaves_up_to(bytes, row);
    if (leaves == 0) return {};
    const Leaf& leaf = *leaves_[leaves - 1];
    const std::size_t slot =
        search(leaf.common, leaf.heads, leaf.size, bytes, row, [&](std::size_t i) { return leaf.at(i); });
    return slot < leaf.size ? Position{leaves - 1, slot} : Position{leaves, 0};
  }

  /// Prefetches the memory that an insertion of the key will touch. Always inlined, because gcc removes calls that only
  /// prefetch.
  [[gnu::always_inline]] void prefetch(std::string_view bytes, std::uint32_t row) const {
    const std::size_t leaves = leaves_up_to(bytes, row);
    if (leaves == 0) return;
    const Leaf& leaf = *leaves_[leaves - 1];
    const std::size_t size = sizes_[leaves - 1];
    __builtin_prefetch(&leaf.common);
    __builtin_prefetch(leaf.heads + size / 2);
    __builtin_prefetch(leaf.heads + size / 4);
    __builtin_prefetch(leaf.heads + size - size / 4);
    __builtin_prefetch(leaf.positions + size / 2);
    __builtin_prefetch(leaf.entries + size);
  }

  /// The number of entries before a position. O(leaves).
  [[nodiscard]] std::size_t rank(Position at) const {
    std::size_t sum = at.slot;
    for (std::size_t i = 0; i < at.leaf; ++i) sum += sizes_[i];
    return sum;
  }

  /// Adds an entry after all others. The caller guarantees the order. Faster than `insert`.
  void append(std::string_view bytes, std::uint32_t row) {
    if (leaves_.empty() || leaves_.back()->size == capacity) return add_leaf(leaves_.size(), bytes, row);
    put({leaves_.size() - 1, leaves_.back()->size}, bytes, row);
  }

 private:
  static constexpr std::size_t capacity = 256;

  struct IndexEntry {
    PackedKey key;
    std::uint32_t row;
  };
  /// The bytes with which all keys of a list begin, at most 48 of them. The 8 bytes after them are the head of a key.
  struct Common {
    std::uint32_t size = 0;
    char bytes[48];

    [[nodiscard]] std::string_view view() const { return {bytes, size}; }
    void assign(std::string_view start) {
      size = static_cast<std::uint32_t>(std::min(start.size(), sizeof bytes));
      std::memcpy(bytes, start.data(), size);
    }
    /// The head as a number; keys are padded with zeros.
    [[nodiscard]] std::uint64_t head(std::string_view key) const {
      unsigned char rest[8]{};
      std::memcpy(rest, key.data() + size, std::min(key.size() - size, sizeof rest));
      std::uint64_t number = 0;
      for (const unsigned char byte : rest) number = number << 8 | byte;
      return number;
    }
  };
  /// One leaf. An insertion moves heads and positions only; the entries stay in order of arrival.
  struct Leaf {
    std::uint32_t size = 0;
    Common common;
    std::uint64_t heads[capacity];
    std::uint8_t positions[capacity];
    IndexEntry entries[capacity];

    [[nodiscard]] const IndexEntry& at(std::size_t slot) const { return entries[positions[slot]]; }

    /// A key for the slot. Equal neighbours share their bytes.
    [[nodiscard]] PackedKey make_key(std::size_t slot, std::string_view bytes) const {
      const std::uint64_t head = common.head(bytes);
      if (slot > 0 && heads[slot - 1] == head && at(slot - 1).key.view() == bytes) return at(slot - 1).key.share();
      if (slot < size && heads[slot] == head && at(slot).key.view() == bytes) return at(slot).key.share();
      return PackedKey(bytes);
    }
    void put(std::size_t slot, const IndexEntry& entry) {
      move(slot, slot + 1);
      heads[slot] = common.head(entry.key.view());
      positions[slot] = static_cast<std::uint8_t>(size);
      entries[size++] = entry;
    }
    void remove(std::size_t slot) {
      const std::uint8_t hole = positions[slot];
      move(slot + 1, slot);
      --size;
      // The last entry moves to the free position.
      entries[hole] = entries[size];
      std::replace(positions, positions + size, static_cast<std::uint8_t>(size), hole);
    }
    void move(std::size_t from, std::size_t to) {
      std::memmove(heads + to, heads + from, (size - from) * sizeof *heads);
      std::memmove(positions + to, positions + from, size - from);
    }
    void set_common(std::string_view start) {
      common.assign(start);
      for (std::size_t i = 0; i < size; ++i) heads[i] = common.head(at(i).key.view());
    }
  };
  static_assert(capacity <= 256);

  /// The longest common prefix.
  static std::string_view common_start(std::string_view a, std::string_view b) {
    const std::size_t shorter = std::min(a.size(), b.size());
    return a.substr(
        0, static_cast<std::size_t>(std::mismatch(a.begin(), a.begin() + shorter, b.begin()).first - a.begin()));
  }

  /// The number of leaves that begin at or before (bytes, row).
  [[nodiscard]] std::size_t leaves_up_to(std::string_view bytes, std::uint32_t row) const {
    return search(common_, heads_.data(), heads_.size(), bytes, row + 1, [&](std::size_t i) { return firsts_[i]; });
  }

  static bool before(const IndexEntry& entry, std::string_view bytes, std::uint32_t row) {
    const int order = entry.key.view().compare(bytes);
    return order != 0 ? order < 0 : entry.row < row;
  }

  /// The first of `size` sorted entries that is not less than (bytes, row). `entry_at(i)` is called only for entries
  /// whose head equals that of `bytes`.
  template <class EntryAt>
  static std::size_t search(const Common& common, const std::uint64_t* heads, std::size_t size, std::string_view bytes,
                            std::uint32_t row, EntryAt&& entry_at) {
    if (const int start = bytes.substr(0, common.size).compare(common.view()); start != 0) return start < 0 ? 0 : size;
    const std::uint64_t head = common.head(bytes);
    const std::uint64_t* first = std::lower_bound(heads, heads + size, head);
    auto from = static_cast<std::size_t>(first - heads);
    if (from == size || *first != head) return from;
    auto to = static_cast<std::size_t>(std::upper_bound(first, heads + size, head) - heads);
    if (before(entry_at(to - 1), bytes, row)) return to;  // as is usual, for a new record has the greatest row
    while (from < to) {
      const std::size_t middle = (from + to) / 2;
      if (before(entry_at(middle), bytes, row)) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  /// Inserts into a leaf that has room.
  void put(Position at, std::string_view bytes, std::uint32_t row) {
    Leaf& leaf = *leaves_[at.leaf];
    if (!bytes.starts_with(leaf.common.view())) leaf.set_common(common_start(leaf.common.view(), bytes));
    leaf.put(at.slot, {leaf.make_key(at.slot, bytes), row});
    ++sizes_[at.leaf];
    ++size_;
  }

  /// Updates `firsts_` and `heads_` after the first entry of a leaf has changed.
  void note_first(std::size_t leaf) {
    firsts_[leaf] = leaves_[leaf]->at(0);
    const std::string_view bytes = firsts_[leaf].key.view();
    if (leaves_.size() == 1) common_.assign(bytes);
    if (bytes.starts_with(common_.view())) {
      heads_[leaf] = common_.head(bytes);
      return;
    }
    common_.assign(common_start(common_.view(), bytes));
    for (std::size_t i = 0; i < heads_.size(); ++i) heads_[i] = common_.head(firsts_[i].key.view());
  }

  void make_leaf(std::size_t at) {
    const auto position = static_cast<std::ptrdiff_t>(at);
    leaves_.insert(leaves_.begin() + position, std::make_unique<Leaf>());
    firsts_.insert(firsts_.begin() + position, IndexEntry{});
    heads_.insert(heads_.begin() + position, 0);
    sizes_.insert(sizes_.begin() + position, 0);
  }
  void add_leaf(std::size_t at, std::string_view bytes, std::uint32_t row) {
    make_leaf(at);
    leaves_[at]->common.assign(bytes);
    put({at, 0}, bytes, row);
    note_first(at);
  }
  /// Splits a full leaf in the middle. The common prefix of each half is chosen to cover also the first key of the next
  /// leaf, so that later insertions, which lie in between, do not shorten it.
  void split(std::size_t at) {
    make_leaf(at + 1);
    const std::unique_ptr<Leaf> full = std::exchange(leaves_[at], std::make_unique<Leaf>());
    Leaf &lower = *leaves_[at], &upper = *leaves_[at + 1];
    const std::string_view middle = full->at(capacity / 2).key.view();
    const PackedKey& next = at + 2 < leaves_.size() ? firsts_[at + 2].key : full->at(capacity - 1).key;
    lower.common.assign(common_start(full->at(0).key.view(), middle));
    upper.common.assign(common_start(middle, next.view()));
    for (std::size_t i = 0; i < capacity; ++i) {
      Leaf& half = i < capacity / 2 ? lower : upper;
      half.put(half.size, full->at(i));
    }
    sizes_[at] = lower.size;
    sizes_[at + 1] = upper.size;
    note_first(at + 1);
  }

  void swap(OrderedIndex& other) noexcept {
    std::swap(leaves_, other.leaves_);
    std::swap(firsts_, other.firsts_);
    std::swap(heads_, other.heads_);
    std::swap(common_, other.common_);
    std::swap(sizes_, other.sizes_);
    std::swap(size_, other.size_);
  }

  std::vector<std::unique_ptr<Leaf>> leaves_;  ///< none is empty
  std::vector<IndexEntry> firsts_;             ///< each leaf's first entry, to search without touching the leaves
  std::vector<std::uint64_t> heads_;           ///< heads of `firsts_`
  Common common_;                              ///< prefix of all `firsts_`
  std::vector<std::uint32_t> sizes_;           ///< number of entries of each leaf, for `rank`
  std::size_t size_ = 0;
};

}  // namespace reel::local
