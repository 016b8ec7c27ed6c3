#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace reel::engine {

/// A sorted multimap from byte strings to row numbers; equal keys are in order of rows. Two levels: a list of leaves of
/// up to 256 entries, so that an insertion moves a few cache lines and a million entries need some six thousand leaves.
/// Keys of up to 12 bytes lie within the entry. Not synchronised; positions end with the next change.
class OrderedIndex {
 public:
  struct Position {
    std::size_t leaf = 0;
    std::size_t slot = 0;
    friend auto operator<=>(const Position&, const Position&) = default;
  };

  OrderedIndex() = default;
  OrderedIndex(OrderedIndex&& other) noexcept { swap(other); }
  OrderedIndex& operator=(OrderedIndex&& other) noexcept {
    swap(other);
    return *this;
  }
  ~OrderedIndex() {
    for (const auto& leaf : leaves_) {
      for (std::size_t i = 0; i < leaf->size; ++i) release(leaf->keys[i]);
    }
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  void insert(std::string_view bytes, std::uint32_t row) {
    const Key key = make_key(bytes);
    ++size_;
    if (leaves_.empty()) return add_leaf(0, std::make_unique<Leaf>(), key, row);
    Position at = lower_bound(bytes, row);
    if (at.leaf == leaves_.size()) at = {leaves_.size() - 1, leaves_.back()->size};
    if (at.slot == 0 && at.leaf > 0 && leaves_[at.leaf - 1]->size < capacity)
      at = {at.leaf - 1, leaves_[at.leaf - 1]->size};
    Leaf* leaf = leaves_[at.leaf].get();
    if (leaf->size == capacity) {
      if (at.leaf + 1 == leaves_.size() && at.slot == capacity)  // ascending load: leave the full leaf as it is
        return add_leaf(leaves_.size(), std::make_unique<Leaf>(), key, row);
      split(at.leaf);
      if (at.slot > capacity / 2) at = {at.leaf + 1, at.slot - capacity / 2};
      leaf = leaves_[at.leaf].get();
    }
    const std::size_t behind = leaf->size - at.slot;
    std::memmove(leaf->keys + at.slot + 1, leaf->keys + at.slot, behind * sizeof(Key));
    std::memmove(leaf->rows + at.slot + 1, leaf->rows + at.slot, behind * sizeof(std::uint32_t));
    leaf->keys[at.slot] = key;
    leaf->rows[at.slot] = row;
    ++leaf->size;
    note(at.leaf);
  }

  /// False if the pair is not there.
  bool erase(std::string_view bytes, std::uint32_t row) {
    const Position at = lower_bound(bytes, row);
    if (at == end() || row_at(at) != row || key_at(at) != bytes) return false;
    Leaf& leaf = *leaves_[at.leaf];
    release(leaf.keys[at.slot]);
    const std::size_t behind = leaf.size - at.slot - 1;
    std::memmove(leaf.keys + at.slot, leaf.keys + at.slot + 1, behind * sizeof(Key));
    std::memmove(leaf.rows + at.slot, leaf.rows + at.slot + 1, behind * sizeof(std::uint32_t));
    --leaf.size;
    --size_;
    if (leaf.size > 0) {
      note(at.leaf);
    } else {
      const auto gone = static_cast<std::ptrdiff_t>(at.leaf);
      leaves_.erase(leaves_.begin() + gone);
      firsts_.erase(firsts_.begin() + gone);
      sizes_.erase(sizes_.begin() + gone);
    }
    return true;
  }

  [[nodiscard]] Position begin() const { return {}; }
  [[nodiscard]] Position end() const { return {leaves_.size(), 0}; }
  [[nodiscard]] std::string_view key_at(Position at) const { return view(leaves_[at.leaf]->keys[at.slot]); }
  [[nodiscard]] std::uint32_t row_at(Position at) const { return leaves_[at.leaf]->rows[at.slot]; }
  [[nodiscard]] Position next(Position at) const {
    return ++at.slot < leaves_[at.leaf]->size ? at : Position{at.leaf + 1, 0};
  }
  /// Not for `begin()`.
  [[nodiscard]] Position previous(Position at) const {
    return at.slot > 0 ? Position{at.leaf, at.slot - 1} : Position{at.leaf - 1, leaves_[at.leaf - 1]->size - 1};
  }

  /// The first entry at or behind (key, row).
  [[nodiscard]] Position lower_bound(std::string_view bytes, std::uint32_t row = 0) const {
    std::size_t low = 0, high = leaves_.size();  // the last leaf whose first entry is at or before the wanted one
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (before_or_at(firsts_[middle], bytes, row)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == 0) return {};
    const Leaf& leaf = *leaves_[--low];
    std::size_t from = 0, to = leaf.size;
    while (from < to) {
      const std::size_t middle = (from + to) / 2;
      if (before({leaf.keys[middle], leaf.rows[middle]}, bytes, row)) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from < leaf.size ? Position{low, from} : Position{low + 1, 0};
  }

  /// How many entries stand before it: a sum over the leaves.
  [[nodiscard]] std::size_t rank(Position at) const {
    std::size_t sum = at.slot;
    for (std::size_t i = 0; i < at.leaf; ++i) sum += sizes_[i];
    return sum;
  }

  /// Adds behind all others; the caller keeps the order.
  void append(std::string_view bytes, std::uint32_t row) {
    if (leaves_.empty() || leaves_.back()->size == capacity) {
      ++size_;
      return add_leaf(leaves_.size(), std::make_unique<Leaf>(), make_key(bytes), row);
    }
    Leaf& leaf = *leaves_.back();
    leaf.keys[leaf.size] = make_key(bytes);
    leaf.rows[leaf.size++] = row;
    ++size_;
    ++sizes_.back();
  }

 private:
  static constexpr std::size_t capacity = 256;
  static constexpr std::size_t inline_bytes = 12;

  /// Plain bits that an entry owns: up to 12 bytes in place, else the first 4 and a pointer to all.
  struct Key {
    std::uint32_t size;
    char bytes[inline_bytes];
  };
  struct Entry {
    Key key;
    std::uint32_t row;
  };
  struct Leaf {
    std::size_t size = 0;
    Key keys[capacity];
    std::uint32_t rows[capacity];
  };

  static Key make_key(std::string_view bytes) {
    Key key{static_cast<std::uint32_t>(bytes.size()), {}};
    if (bytes.size() <= inline_bytes) {
      std::memcpy(key.bytes, bytes.data(), bytes.size());
    } else {
      char* all = new char[bytes.size()];
      std::memcpy(all, bytes.data(), bytes.size());
      std::memcpy(key.bytes, all, 4);
      std::memcpy(key.bytes + 4, &all, sizeof all);
    }
    return key;
  }
  static char* heap(const Key& key) {
    char* all = nullptr;
    std::memcpy(&all, key.bytes + 4, sizeof all);
    return all;
  }
  static void release(const Key& key) {
    if (key.size > inline_bytes) delete[] heap(key);
  }
  static std::string_view view(const Key& key) { return {key.size <= inline_bytes ? key.bytes : heap(key), key.size}; }

  static int compare(const Key& key, std::string_view bytes) {
    const int head =
        std::memcmp(key.bytes, bytes.data(), std::min({std::size_t{key.size}, bytes.size(), std::size_t{4}}));
    return head != 0 ? head : view(key).compare(bytes);
  }
  static bool before(const Entry& entry, std::string_view bytes, std::uint32_t row) {
    const int order = compare(entry.key, bytes);
    return order != 0 ? order < 0 : entry.row < row;
  }
  static bool before_or_at(const Entry& entry, std::string_view bytes, std::uint32_t row) {
    const int order = compare(entry.key, bytes);
    return order != 0 ? order < 0 : entry.row <= row;
  }

  void note(std::size_t leaf) {
    firsts_[leaf] = {leaves_[leaf]->keys[0], leaves_[leaf]->rows[0]};
    sizes_[leaf] = static_cast<std::uint32_t>(leaves_[leaf]->size);
  }

  void add_leaf(std::size_t at, std::unique_ptr<Leaf> leaf, const Key& key, std::uint32_t row) {
    leaf->size = 1;
    leaf->keys[0] = key;
    leaf->rows[0] = row;
    add_leaf(at, std::move(leaf));
  }
  void add_leaf(std::size_t at, std::unique_ptr<Leaf> leaf) {
    const auto place = static_cast<std::ptrdiff_t>(at);
    leaves_.insert(leaves_.begin() + place, std::move(leaf));
    firsts_.insert(firsts_.begin() + place, Entry{});
    sizes_.insert(sizes_.begin() + place, 0);
    note(at);
  }
  void split(std::size_t at) {
    Leaf& full = *leaves_[at];
    auto upper = std::make_unique<Leaf>();
    upper->size = capacity - capacity / 2;
    std::memcpy(upper->keys, full.keys + capacity / 2, upper->size * sizeof(Key));
    std::memcpy(upper->rows, full.rows + capacity / 2, upper->size * sizeof(std::uint32_t));
    full.size = capacity / 2;
    note(at);
    add_leaf(at + 1, std::move(upper));
  }

  void swap(OrderedIndex& other) noexcept {
    std::swap(leaves_, other.leaves_);
    std::swap(firsts_, other.firsts_);
    std::swap(sizes_, other.sizes_);
    std::swap(size_, other.size_);
  }

  std::vector<std::unique_ptr<Leaf>> leaves_;  ///< none is empty
  std::vector<Entry> firsts_;                  ///< each leaf's first entry, to search without touching the leaves
  std::vector<std::uint32_t> sizes_;
  std::size_t size_ = 0;
};

}  // namespace reel::engine
