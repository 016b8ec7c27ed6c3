#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace reel {

/// How a store would run a query: the result of `Repository::explain`. Only stores that have a planner explain queries.
struct Explanation {
  /// The way a store reaches the records of a query.
  enum class Access {
    by_id,      ///< look-ups by id
    index,      ///< a range of an ordered index
    full_text,  ///< the entries of a full-text index
    scan,       ///< all records
  };
  /// The access that the planner chose.
  Access access = Access::scan;
  std::string index{};    ///< its name, for `index` and `full_text`; else empty
  bool sorted = false;    ///< whether the matches are sorted after they are read
  bool filtered = false;  ///< whether conditions remain to be checked on each record
  std::int64_t rows = 0;  ///< the largest number of records that the access reads; an estimate

  /// A description for people: `index by_mood_plays, about 12 rows`.
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
