#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace reel {

/// How a query would be run.
struct Explanation {
  enum class Access { by_id, index, full_text, scan };
  Access access = Access::scan;
  std::string index{};    ///< its name, for `index` and `full_text`
  bool sorted = false;    ///< the result is sorted after it is read
  bool filtered = false;  ///< conditions are left to check on each record
  std::int64_t rows = 0;  ///< records the access will look at, at most; an estimate

  /// `index by_mood_plays, about 12 rows`
  [[nodiscard]] std::string str() const {
    constexpr std::string_view names[] = {"id", "index", "full text", "scan"};
    std::string text(names[static_cast<std::size_t>(access)]);
    if (!index.empty()) text += " " + index;
    text += ", about " + std::to_string(rows) + (rows == 1 ? " row" : " rows");
    if (filtered) text += ", filtered";
    if (sorted) text += ", sorted";
    return text;
  }
};

}  // namespace reel
