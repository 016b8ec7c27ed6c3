#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <reel/driver/backend.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/parallel.hpp>
#include <reel/error.hpp>

/// Reading page after page. An item that cannot be read is in `failed` of its page, and whoever walks has to look
/// there.
namespace reel::driver {

/// The page after `page`, which `list(cursor)` reads; nothing after the last one. `internal` if the store leads the
/// walk in a circle.
template <class AnyPage, class List>
[[nodiscard]] std::optional<AnyPage> page_after(const AnyPage& page, List&& list) {
  if (!page.next) return std::nullopt;
  AnyPage following = list(*page.next);
  if (following.next == page.next)
    throw Error(Errc::internal, "the store says that two pages in a row end at the same position");
  return following;
}

/// Calls `visit(page)` with `page` and all after it until it returns false. `list(cursor)` reads the page after a
/// position. With a `parallelism` of 2, the next page is read while `visit` runs. Their exceptions pass through.
template <class AnyPage, class List, class Visit>
void walk_from(AnyPage page, List&& list, Visit&& visit, int parallelism = 1) {
  std::atomic<bool> wanted{true};
  while (wanted) {
    std::optional<AnyPage> following;
    run_parallel(2, parallelism, [&](std::size_t step) {
      if (step == 0) {
        if (!visit(std::as_const(page))) wanted = false;
      } else if (wanted) {
        following = page_after(page, list);
      }
    });
    if (!following) return;
    page = *std::move(following);
  }
}

/// Moves `page` on until `index` is that of one of its `items`, or to the end of the last page.
template <class AnyPage, class Item, class List>
void move_to_item(AnyPage& page, std::vector<Item> AnyPage::*items, std::size_t& index, List&& list) {
  while (index == (page.*items).size()) {
    std::optional<AnyPage> following = page_after(page, list);
    if (!following) return;
    page = *std::move(following);
    index = 0;
  }
}

/// Calls `visit(page)` with every page of what matches in a collection (`CollectionSchema`) or a `Bucket`, in the order
/// of the query, until it returns false. `query.limit` is the size of a page.
template <class B, class Container, class Visit>
void walk(B& backend, const Container& container, QueryTree query, Visit&& visit, int parallelism = 1) {
  const auto list = [&](const Cursor& after) {
    query.after = after;
    return backend.list(container, query);
  };
  walk_from(backend.list(container, query), list, visit, parallelism);
}

/// All records of a collection, in order of insertion.
template <RecordBackend B, class Visit>
void walk(B& backend, const CollectionSchema& schema, Visit&& visit, int parallelism = 1) {
  walk(backend, schema, QueryTree{.limit = 500}, visit, parallelism);
}

/// All blobs of a bucket, in order of insertion.
template <BlobBackend B, class Visit>
void walk(B& backend, const Bucket& bucket, Visit&& visit, int parallelism = 1) {
  walk(backend, bucket, BlobQuery{.limit = 100}, visit, parallelism);
}

}  // namespace reel::driver
