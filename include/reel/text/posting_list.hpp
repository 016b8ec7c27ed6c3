#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace reel::text {

/// A sorted set of row numbers in about one or two bytes each.
///
///     sealed_   blocks of up to 512 rows      each: the first row, then the differences, as variable-length integers
///     tail_     one block that grows          rows after those of the sealed blocks
///
/// A set of a few rows allocates no memory. Not synchronised: many threads may read, or one may write.
class PostingList {
 public:
  /// Adds a row. Amortized constant time if it is greater than all others, otherwise the time to rewrite one block.
  /// Does nothing if the row is in the set.
  void add(std::uint32_t row) {
    if (empty() || row > last()) {
      tail_.append(row);
    } else {
      const std::size_t index = block_of(row);
      std::vector<std::uint32_t> rows = block(index).rows();
      const auto position = std::lower_bound(rows.begin(), rows.end(), row);
      if (position != rows.end() && *position == row) return;
      rows.insert(position, row);
      if (index < sealed_.size() && rows.size() > 2 * block_rows) {
        split(index, rows);
      } else {
        block(index) = Block{rows.data(), rows.data() + rows.size()};
      }
    }
    if (tail_.count >= block_rows) {
      tail_.bytes.shrink_to_fit();
      sealed_.push_back(std::exchange(tail_, {}));
    }
  }

  /// Removes a row, by rewriting one block. Does nothing if the row is not in the set.
  void remove(std::uint32_t row) {
    if (empty() || row > last()) return;
    const std::size_t index = block_of(row);
    std::vector<std::uint32_t> rows = block(index).rows();
    const auto position = std::lower_bound(rows.begin(), rows.end(), row);
    if (position == rows.end() || *position != row) return;
    rows.erase(position);
    if (rows.empty() && index < sealed_.size()) {
      sealed_.erase(sealed_.begin() + static_cast<std::ptrdiff_t>(index));
    } else {
      block(index) = Block{rows.data(), rows.data() + rows.size()};
    }
  }

  /// Whether the set is empty.
  bool empty() const noexcept { return tail_.count == 0 && sealed_.empty(); }

  /// The number of rows. O(blocks).
  std::size_t size() const noexcept {
    std::size_t count = tail_.count;
    for (const Block& block : sealed_) count += block.count;
    return count;
  }

  /// The greatest row. Needs `!empty()`.
  std::uint32_t last() const noexcept { return tail_.count != 0 ? tail_.last : sealed_.back().last; }

  /// Calls `visit(row)` for each row, ascending.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Block& block : sealed_) block.for_each(visit);
    tail_.for_each(visit);
  }

 private:
  static constexpr std::size_t block_rows = 256;

  /// Rows in ascending order. `bytes` contains the first row and then the differences, seven bits per byte and the
  /// lowest first (LEB128); the eighth bit is set if more bytes of the number follow.
  struct Block {
    std::uint32_t last = 0;
    std::uint32_t count = 0;
    std::string bytes;

    Block() = default;
    Block(const std::uint32_t* first, const std::uint32_t* end) {
      for (; first != end; ++first) append(*first);
      bytes.shrink_to_fit();
    }

    void append(std::uint32_t row) {
      std::uint32_t difference = row - last;
      for (; difference >= 0x80; difference >>= 7) {
        bytes += static_cast<char>(static_cast<unsigned char>(difference | 0x80));
      }
      bytes += static_cast<char>(static_cast<unsigned char>(difference));
      last = row;
      ++count;
    }

    template <class Visit>
    void for_each(Visit& visit) const {
      std::uint32_t row = 0;
      const char* position = bytes.data();
      for (std::uint32_t i = 0; i < count; ++i) {
        unsigned shift = 0;
        for (; (static_cast<unsigned char>(*position) & 0x80U) != 0; ++position, shift += 7) {
          row += (static_cast<unsigned char>(*position) & 0x7FU) << shift;
        }
        row += static_cast<std::uint32_t>(static_cast<unsigned char>(*position++)) << shift;
        visit(row);
      }
    }

    std::vector<std::uint32_t> rows() const {
      std::vector<std::uint32_t> all;
      all.reserve(count + 1);
      auto append_row = [&](std::uint32_t row) { all.push_back(row); };
      for_each(append_row);
      return all;
    }
  };

  /// The block at an index; after the sealed ones comes the tail.
  Block& block(std::size_t index) { return index < sealed_.size() ? sealed_[index] : tail_; }

  /// The index of the block that contains `row` or would contain it. Needs `row <= last()`.
  std::size_t block_of(std::uint32_t row) const {
    const auto found = std::lower_bound(sealed_.begin(), sealed_.end(), row,
                                        [](const Block& block, std::uint32_t sought) { return block.last < sought; });
    return static_cast<std::size_t>(found - sealed_.begin());
  }

  /// Splits a block that has grown to twice its size.
  void split(std::size_t index, const std::vector<std::uint32_t>& rows) {
    const std::uint32_t* const middle = rows.data() + rows.size() / 2;
    sealed_[index] = Block{middle, rows.data() + rows.size()};
    sealed_.insert(sealed_.begin() + static_cast<std::ptrdiff_t>(index), Block{rows.data(), middle});
  }

  std::vector<Block> sealed_;
  Block tail_;
};

}  // namespace reel::text
