#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/backend.hpp>
#include <reel/blob_transfer.hpp>
#include <reel/error.hpp>
#include <reel/migration_set.hpp>
#include <reel/parallel.hpp>
#include <reel/record_range.hpp>

namespace reel::detail {

/// Calls `visit` with every collection, each behind those it refers to, and then every bucket. Throws before the first
/// call, if at all.
template <class Source, class Target, class Visit>
void for_each_kind(const MigrationSet& set, Visit&& visit) {
  const std::vector<const CollectionSchema*> collections = in_reference_order(set.collections);
  if constexpr (BlobBackend<Target>) {
    for (const Bucket& bucket : set.buckets) BlobTransfer<Target>::check_bucket(bucket);
  }
  constexpr bool records = RecordBackend<Source> && RecordBackend<Target>;
  constexpr bool blobs = BlobBackend<Source> && BlobBackend<Target>;
  if ((!records && !collections.empty()) || (!blobs && !set.buckets.empty()))
    throw Error(Errc::unsupported, std::string("one of the two stores has no ") + (records ? "blobs" : "records"));
  if constexpr (records) {
    for (const CollectionSchema* schema : collections) visit(*schema);
  }
  if constexpr (blobs) {
    for (const Bucket& bucket : set.buckets) visit(bucket);
  }
}

/// Calls `visit` with one page after the other until it gives false; `next` gives the page behind one, if there is one.
/// With more than one thread that page is fetched while this one is visited.
template <class Page, class Next, class Visit>
void walk_pages(Page page, int parallelism, Next&& next, Visit&& visit) {
  std::atomic<bool> wanted{true};
  while (wanted) {
    std::optional<Page> behind;
    run_parallel(2, parallelism, [&](std::size_t step) {
      if (step == 0) {
        if (!visit(page)) wanted = false;
      } else if (wanted) {
        behind = next(page);
      }
    });
    if (!behind) return;
    page = *std::move(behind);
  }
}

/// Calls `visit` with the records of a collection and the errors of those that cannot be read, page by page in order of
/// insertion, until it gives false.
template <RecordBackend B, class Visit>
void walk_pages(B& backend, const CollectionSchema& schema, Visit&& visit, int parallelism = 1) {
  QueryTree query{.limit = 500};
  const auto next = [&](const DocumentPage& page) {
    if (!page.more) return std::optional<DocumentPage>{};
    query.after = cursor_behind(page, query.order);
    return std::optional{backend.list(schema, query)};
  };
  walk_pages(backend.list(schema, query), parallelism, next,
             [&](const DocumentPage& page) { return visit(page.documents, page.failed); });
}

/// As before, with the blobs of a bucket.
template <BlobBackend B, class Visit>
void walk_pages(B& backend, const Bucket& bucket, Visit&& visit, int parallelism = 1) {
  BlobQuery query{.limit = 100};
  const auto next = [&](const BlobPage& page) {
    if (!page.next) return std::optional<BlobPage>{};
    query.after = page.next;
    return std::optional{backend.list(bucket, query)};
  };
  walk_pages(backend.list(bucket, query), parallelism, next,
             [&](const BlobPage& page) { return visit(page.blobs, page.failed); });
}

}  // namespace reel::detail
