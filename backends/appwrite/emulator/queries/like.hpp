#pragma once

#include <string_view>
#include <vector>

namespace reel::emulator {

/// A compiled pattern of SQL's LIKE, built as the server builds it: `%` and `_` in the value are escaped, `\` is not.
/// Matching ignores case and accents.
class LikePattern {
 public:
  /// Compiles `value` with a `%` in front if `open_begin` and at the end if `open_end`.
  LikePattern(std::string_view value, bool open_begin, bool open_end);

  /// Whether the whole string matches. Time is at most the product of both lengths.
  bool matches(std::string_view text) const;

 private:
  enum : int { many = -1, one = -2 };
  std::vector<int> tokens_;  ///< Collation weights of characters, `many` or `one`.
};

}  // namespace reel::emulator
