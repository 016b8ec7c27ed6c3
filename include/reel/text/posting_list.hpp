#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace reel::text {

/// A sorted set of row numbers, about one or two bytes each: blocks of differences, and a last block that grows.
/// A set of a few rows takes no memory of its own beyond sizeof(PostingList).
class PostingList {
 public:
  /// Constant time, amortised, if `row` is above all others; else as long as editing one block takes.
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

  /// Does nothing if `row` is not in the set.
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

  bool empty() const noexcept { return tail_.count == 0 && sealed_.empty(); }

  std::size_t size() const noexcept {
    std::size_t count = tail_.count;
    for (const Block& block : sealed_) count += block.count;
    return count;
  }

  /// The greatest row. Needs !empty().
  std::uint32_t last() const noexcept { return tail_.count != 0 ? tail_.last : sealed_.back().last; }

  /// Calls visit(row) for each row, ascending.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Block& block : sealed_) block.for_each(visit);
    tail_.for_each(visit);
  }

 private:
  static constexpr std::size_t block_rows = 256;

  struct Block {
    std::uint32_t last = 0;
    std::uint32_t count = 0;
    std::string bytes;  // the first row, then differences; seven bits a byte, the eighth says that more follow

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

  Block& block(std::size_t index) { return index < sealed_.size() ? sealed_[index] : tail_; }

  /// Which block holds `row` or would. Needs row <= last().
  std::size_t block_of(std::uint32_t row) const {
    const auto found = std::lower_bound(sealed_.begin(), sealed_.end(), row,
                                        [](const Block& block, std::uint32_t sought) { return block.last < sought; });
    return static_cast<std::size_t>(found - sealed_.begin());
  }

  void split(std::size_t index, const std::vector<std::uint32_t>& rows) {
    const std::uint32_t* const middle = rows.data() + rows.size() / 2;
    sealed_[index] = Block{middle, rows.data() + rows.size()};
    sealed_.insert(sealed_.begin() + static_cast<std::ptrdiff_t>(index), Block{rows.data(), middle});
  }

  std::vector<Block> sealed_;
  Block tail_;
};

}  // namespace reel::text
