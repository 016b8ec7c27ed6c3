#pragma once

#include <iterator>
#include <utility>

#include <reel/blob.hpp>
#include <reel/detail/page_iterator.hpp>
#include <reel/query.hpp>

namespace reel {

/// The blobs that match a query, read page by page while the range is walked: an input range. `BlobStore::all` returns
/// it. Each `begin` reads the first page and starts a separate walk; each further page costs one request. Reading a
/// page throws from `begin` and `++`, as `BlobStore::list` does. The backend must outlive the range; a walk belongs to
/// one thread at a time.
template <class Store>
class BlobRange {
 public:
  /// An input iterator. Copies share the position: after `++` on one of them, the others refer to the next blob, too.
  /// `it.has_more()` returns whether more blobs follow, without a request.
  using Iterator = detail::PageIterator<Store, Query<BlobInfo>, BlobPage, BlobInfo, &BlobPage::blobs>;

  /// The blobs of `store` that match `query`, `query.limit` to a page.
  BlobRange(Store store, Query<BlobInfo> query) : store_(std::move(store)), query_(std::move(query)) {}

  /// Reads the first page, and further ones while a page is empty although more follow.
  [[nodiscard]] Iterator begin() const { return Iterator(store_, query_); }
  /// The end of every walk.
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  Store store_;
  Query<BlobInfo> query_;
};

}  // namespace reel
