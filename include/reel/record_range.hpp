#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

#include <reel/driver/walk.hpp>
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
  class Iterator {
   public:
    /// The element type, for `std::input_iterator`.
    using value_type = Record<T>;
    /// For `std::input_iterator`.
    using difference_type = std::ptrdiff_t;
    /// For `std::input_iterator`.
    using iterator_concept = std::input_iterator_tag;

    /// An iterator at the end.
    Iterator() = default;
    /// The current record, valid until the next `++`.
    [[nodiscard]] const Record<T>& operator*() const { return walk_->page.records[walk_->index]; }
    /// The current record, valid until the next `++`.
    [[nodiscard]] const Record<T>* operator->() const { return &**this; }
    /// Moves to the next record. Reads the next page if this one is at its end.
    Iterator& operator++() {
      ++walk_->index;
      walk_->settle();
      return *this;
    }
    /// As `++it`.
    void operator++(int) { ++*this; }
    /// Whether there are no more records.
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return !it.walk_ || it.walk_->done(); }

   private:
    friend RecordRange;
    struct Walk {
      Repository<T, Backend> repository;
      Query<T> query;
      Page<T> page{};
      std::size_t index = 0;

      /// Moves to the next page until there is a record at `index`.
      void settle() {
        driver::move_to_item(page, &Page<T>::records, index,
                             [&](const driver::Cursor& at) { return repository.list(query.after(at)); });
      }
      [[nodiscard]] bool done() const { return index >= page.records.size(); }
    };
    explicit Iterator(std::shared_ptr<Walk> walk) : walk_(std::move(walk)) {}
    std::shared_ptr<Walk> walk_;
  };

  /// An empty range.
  RecordRange() = default;
  /// The records of `repository` that match `query`, `query.limit` to a page.
  RecordRange(const Repository<T, Backend>& repository, Query<T> query)
      : backend_(&repository.backend()), query_(std::move(query)) {}

  /// Reads the first page, and further ones while a page is empty although more follow. Each call starts a new walk,
  /// which sees the records as they are when a page is read.
  [[nodiscard]] Iterator begin() const {
    if (!backend_) return {};
    const Repository<T, Backend> repository(*backend_);
    auto walk = std::make_shared<typename Iterator::Walk>(
        typename Iterator::Walk{.repository = repository, .query = query_, .page = repository.list(query_)});
    walk->settle();
    return Iterator{std::move(walk)};
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
