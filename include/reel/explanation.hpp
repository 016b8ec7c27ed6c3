#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <reel/driver/enumerator_name.hpp>

namespace reel {

/// How a store would run a query: the result of `Repository::explain`. Only stores that have a planner explain queries.
/// Obtaining it runs nothing and reads no record.
///
///     const Explanation plan = tracks.explain(Query<Track>{}.where(field<&Track::mood> == Mood::calm));
///     if (plan.access == Explanation::Access::scan) std::cerr << "no index: " << plan.str() << '\n';
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
  /// The name of the index, for `Access::index` and `Access::full_text`; else empty.
  std::string index{};
  /// Whether the matches are sorted after they are read, because the access does not return them in the wanted order.
  bool sorted = false;
  /// Whether conditions remain to be checked on each record.
  bool filtered = false;
  /// The largest number of records that the access reads; an estimate.
  std::int64_t rows = 0;

  /// A description for people: `index by_mood_plays, about 12 rows`.
  [[nodiscard]] std::string str() const {
    std::string text(driver::enumerator_name(
        access,
        {{Access::by_id, "id"}, {Access::index, "index"}, {Access::full_text, "full text"}, {Access::scan, "scan"}}));
    if (!index.empty()) text += " " + index;
    text += ", about " + std::to_string(rows) + (rows == 1 ? " row" : " rows");
    if (filtered) text += ", filtered";
    if (sorted) text += ", sorted";
    return text;
  }
};

}  // namespace reel
