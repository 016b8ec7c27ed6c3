#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <reel/codec.hpp>
#include <reel/video/statistics_types.hpp>

namespace reel::video::detail {

/// The numbers of records by status.
struct StatusNumbers {
  std::map<std::string, std::int64_t> counts{};  ///< by stored name; empty: records without one
  bool is_partial = false;                       ///< there are more records than were read
  std::set<std::string> exact{};                 ///< if it is partial: the names whose numbers are exact nevertheless
};

/// The names of statuses of which all records were read, after a walk in the order of the status that ended at one with
/// the name `last`: the names before it. A name of which no record was read counts if the enum has both, because the
/// order of other names depends on the store.
template <class Status>
[[nodiscard]] std::set<std::string> names_before(const std::string& last, bool is_descending,
                                                 const std::map<std::string, std::int64_t>& counts) {
  std::set<std::string> names;
  for (const auto& [name, count] : counts) {
    if (name != last) names.insert(name);
  }
  if (!enum_value<Status>(last)) return names;
  for (const auto& [status, name] : EnumNames<Status>::names) {
    if (is_descending ? name > last : name < last) names.emplace(name);
  }
  return names;
}

/// The numbers in the order of `StatusCounts`.
template <class Status>
[[nodiscard]] StatusCounts status_counts(StatusNumbers numbers) {
  StatusCounts counts{.is_partial = numbers.is_partial};
  const auto add = [&](const std::string& name, std::int64_t count) {
    counts.by_status.push_back({name, count, numbers.is_partial && !numbers.exact.contains(name)});
    counts.total += count;
  };
  for (const auto& [status, name] : EnumNames<Status>::names) {
    const auto known = numbers.counts.extract(std::string(name));
    add(std::string(name), known ? known.mapped() : 0);
  }
  for (const auto& [name, count] : numbers.counts) {
    if (count > 0) add(name, count);
  }
  return counts;
}

}  // namespace reel::video::detail
