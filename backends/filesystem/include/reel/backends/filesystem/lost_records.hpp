#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <reel/driver/backend.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>

/// How records that are lost to damage affect reading the others. Each is an error with the record's id, if known.
namespace reel::filesystem {

/// Throws the record's error if it is lost.
inline void require_not_lost(const std::vector<Error>& lost, std::string_view id) {
  for (const Error& error : lost) {
    if (same_id(error.id(), id)) throw error;
  }
}

/// Whether a lost record matches cannot be told, so that all are `failed` on the last page of every query.
template <class Page>
[[nodiscard]] Page with_lost(Page page, const driver::QueryTree& query, const std::vector<Error>& lost) {
  if (lost.empty()) return page;
  if (page.total && query.where.empty()) {
    *page.total += static_cast<std::int64_t>(lost.size());
  } else {
    page.total.reset();
  }
  if (!page.next) page.failed.insert(page.failed.end(), lost.begin(), lost.end());
  return page;
}

/// Adds the lost records to a count without conditions. Throws their error if the query has conditions, because the
/// count would be uncertain.
[[nodiscard]] inline std::int64_t with_lost(std::int64_t count, const driver::QueryTree& query,
                                            const std::vector<Error>& lost) {
  if (!lost.empty() && !query.where.empty()) throw lost.front();
  return count + static_cast<std::int64_t>(lost.size());
}

}  // namespace reel::filesystem
