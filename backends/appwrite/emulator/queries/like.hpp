#pragma once

#include <string_view>
#include <vector>

namespace reel::emulator {

/// A pattern of SQL's LIKE, made as the server makes it: it escapes `%` and `_` of what it is given, but not `\`. Case
/// and accents fold.
class LikePattern {
 public:
  LikePattern(std::string_view value, bool open_begin, bool open_end);

  bool matches(std::string_view text) const;

 private:
  enum : int { many = -1, one = -2 };
  std::vector<int> tokens_;  ///< Weights of characters, `many` or `one`.
};

}  // namespace reel::emulator
