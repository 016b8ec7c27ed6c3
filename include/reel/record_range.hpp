#pragma once

#include <iterator>
#include <type_traits>
#include <utility>

#include <reel/detail/page_iterator.hpp>
#include <reel/driver/record_backend.hpp>
#include <reel/query.hpp>
#include <reel/record.hpp>

namespace reel {

template <class T, RecordBackend Backend>
class Repository;

/// The records that match a query, read page by page while the range is walked: an input range, and a view for
/// range-v3. `Repository::all` returns it. It is cheap to copy. Each `begin` reads the first page and starts a separate
/// walk; each further page costs one request. Reading a page throws from `begin` and `++`, as `Repository::list` does.
/// The backend must outlive the range; a walk belongs to one thread at a time.
template <class T, RecordBackend Backend>
class RecordRange {
 public:
  /// An input iterator. Copies share the position: after `++` on one of them, the others refer to the next record, too.
  /// `it.has_more()` returns whether more records follow, without a request.
  using Iterator = detail::PageIterator<Repository<T, Backend>, Query<T>, Page<T>, Record<T>, &Page<T>::records>;

  /// An empty range.
  RecordRange() = default;
  /// The records of `repository` that match `query`, `query.limit` to a page.
  RecordRange(const Repository<T, Backend>& repository, Query<T> query)
      : backend_(&repository.backend()), query_(std::move(query)) {}

  /// Reads the first page, and further ones while a page is empty although more follow. Each call starts a new walk,
  /// which sees the records as they are when a page is read.
  [[nodiscard]] Iterator begin() const {
    if (!backend_) return {};
    return Iterator(Repository<T, Backend>(*backend_), query_);
  }
  /// The end of every walk. No request.
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  Backend* backend_ = nullptr;
  Query<T> query_{};
};

}  // namespace reel

// range-v3 asks this trait which ranges may be piped without a name. A declaration is all it takes.
#if __has_include(<range/v3/range_fwd.hpp>)
namespace ranges::ext {
template <typename T>
struct enable_view;
template <class T, class Backend>
struct enable_view<reel::RecordRange<T, Backend>> : std::true_type {};
}  // namespace ranges::ext
#endif
