#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

#include <reel/driver/backend.hpp>
#include <reel/driver/next_page.hpp>
#include <reel/driver/parallel.hpp>

/// Reading a query's result page by page. An item that cannot be read is in `failed` of its page, which the visitor
/// must inspect. Exceptions of the visitor and of the backend propagate.
namespace reel::driver {

/// Calls `visit(page)` with `page` and every later page until it returns false.
///
/// - `page`: the first page
/// - `list`: `list(cursor)` returns the page after a cursor
/// - `visit`: receives each page as const and returns whether to continue
/// - `parallelism`: with 2, the next page is read while `visit` runs, in another thread; 1 uses only the caller's
///   thread
///
/// Throws `invalid` for a `parallelism` below 1.
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

/// Calls `visit(page)` with every page of matches, in the order of the query, until it returns false. One request per
/// page.
///
/// - `container`: a collection (`CollectionSchema`) or a `Bucket`
/// - `query`: its `limit` is the size of a page
/// - `visit`, `parallelism`: as in `walk_from`
template <class B, class Container, class Visit>
void walk(B& backend, const Container& container, QueryTree query, Visit&& visit, int parallelism = 1) {
  const auto list = [&](const Cursor& after) {
    query.after = after;
    return backend.list(container, query);
  };
  walk_from(backend.list(container, query), list, visit, parallelism);
}

/// Visits all records of a collection in insertion order, 500 per page.
template <RecordBackend B, class Visit>
void walk(B& backend, const CollectionSchema& schema, Visit&& visit, int parallelism = 1) {
  walk(backend, schema, QueryTree{.limit = 500}, visit, parallelism);
}

/// Visits all blobs of a bucket in insertion order, 100 per page.
template <BlobBackend B, class Visit>
void walk(B& backend, const Bucket& bucket, Visit&& visit, int parallelism = 1) {
  walk(backend, bucket, BlobQuery{.limit = 100}, visit, parallelism);
}

}  // namespace reel::driver
