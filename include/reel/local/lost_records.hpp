#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <reel/driver/document.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>

/// How stored records that cannot be read affect operations on the others. A lost record is an error with the record's
/// id, or without an id if that is unknown.
namespace reel::local {

/// The lost records of a table; empty unless its bodies have a member `lost()`.
template <class Table>
[[nodiscard]] const std::vector<Error>& lost_records(const Table& table) {
  static const std::vector<Error> none;
  if constexpr (requires { table.bodies().lost(); }) return table.bodies().lost();
  return none;
}

/// Throws the error of the record with this id if it is lost.
inline void require_not_lost(const std::vector<Error>& lost, std::string_view id) {
  for (const Error& error : lost) {
    if (same_id(error.id(), id)) throw error;
  }
}

/// The record with this id, or null. Throws the error of the record if it is lost.
template <class Table>
[[nodiscard]] driver::DocumentPtr find_record(const Table& table, std::string_view id) {
  require_not_lost(lost_records(table), id);
  return table.share(id);
}

/// Completes a page by the lost records: every query gets all of them in `failed` of its last page, because it is
/// unknown whether they match. `total` counts them if the query has no conditions; otherwise it is unknown and removed.
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

/// Completes a count by the lost records. If the query has conditions, throws the error of one of them, because the
/// exact count is unknown.
[[nodiscard]] inline std::int64_t with_lost(std::int64_t count, const driver::QueryTree& query,
                                            const std::vector<Error>& lost) {
  if (!lost.empty() && !query.where.empty()) throw lost.front();
  return count + static_cast<std::int64_t>(lost.size());
}

}  // namespace reel::local
