#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <reel/driver/document.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>

/// How stored records that cannot be read affect reading the others. Each is an error with the record's id, if known.
namespace reel::local {

/// Those of a table; empty unless its bodies have a `lost()`.
template <class Table>
[[nodiscard]] const std::vector<Error>& lost_records(const Table& table) {
  static const std::vector<Error> none;
  if constexpr (requires { table.bodies().lost(); }) return table.bodies().lost();
  return none;
}

/// Throws the record's error if it is lost.
inline void require_not_lost(const std::vector<Error>& lost, std::string_view id) {
  for (const Error& error : lost) {
    if (same_id(error.id(), id)) throw error;
  }
}

/// The record, or null. Throws its error if it is lost.
template <class Table>
[[nodiscard]] driver::DocumentPtr find_record(const Table& table, std::string_view id) {
  require_not_lost(lost_records(table), id);
  return table.share(id);
}

/// Adds the lost records to the last page of every query as `failed`, because it is unknown whether they match.
template <class Item>
[[nodiscard]] driver::Page<Item> with_lost(driver::Page<Item> page, const driver::QueryTree& query,
                                           const std::vector<Error>& lost) {
  if (lost.empty()) return page;
  if (page.total && query.where.empty()) {
    *page.total += static_cast<std::int64_t>(lost.size());
  } else {
    page.total.reset();
  }
  if (!page.next) page.failed.insert(page.failed.end(), lost.begin(), lost.end());
  return page;
}

/// Adds the lost records to a count without conditions. Throws the error of one if the query has conditions, because
/// the count would be uncertain.
[[nodiscard]] inline std::int64_t with_lost(std::int64_t count, const driver::QueryTree& query,
                                            const std::vector<Error>& lost) {
  if (!lost.empty() && !query.where.empty()) throw lost.front();
  return count + static_cast<std::int64_t>(lost.size());
}

}  // namespace reel::local
