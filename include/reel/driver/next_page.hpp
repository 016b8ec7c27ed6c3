#pragma once

#include <optional>

#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>

/// The step from one page of a query's result to the next. `<reel/driver/walk.hpp>` reads all pages.
namespace reel::driver {

/// Throws `internal` if the store returned the cursor it was given, which would make a walk endless. `next`: that of a
/// page; `after`: the cursor with which it was read.
inline void check_advance(const std::optional<Cursor>& next, const std::optional<Cursor>& after) {
  if (next && next == after)
    throw Error(Errc::internal, "the store returned two consecutive pages that end at the same position");
}

/// Reads the page of a query and moves the query to the page after it. Throws as `check_advance`.
template <class List>
[[nodiscard]] auto next_page(QueryTree& query, List&& list) {
  auto page = list(query);
  check_advance(page.next, query.after);
  query.after = page.next;
  return page;
}

/// Calls `take(item)` with every item of a query's result from the query's cursor on. `query`: its `limit` is the size
/// of a page. Throws the error of an item that cannot be read, and as `check_advance`.
template <class List, class Take>
void for_each_item(QueryTree query, List&& list, Take&& take) {
  do {
    const auto page = whole(next_page(query, list));
    for (const auto& item : page.items) take(item);
  } while (query.after);
}

/// The page after `page`, which `list(cursor)` reads; empty after the last one. Throws as `check_advance`.
template <class AnyPage, class List>
[[nodiscard]] std::optional<AnyPage> page_after(const AnyPage& page, List&& list) {
  if (!page.next) return std::nullopt;
  AnyPage following = list(*page.next);
  check_advance(following.next, page.next);
  return following;
}

}  // namespace reel::driver
