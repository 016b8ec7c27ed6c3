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

/// Every match of a query, page by page: an input range, cheap to copy, and a view for range-v3. Each `begin` reads the
/// first page and starts a walk of its own. Errors of reading come out of `begin` and `++`. A default-made one is
/// empty.
template <class T, RecordBackend Backend>
class RecordRange {
 public:
  class Iterator {
   public:
    using value_type = Record<T>;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    Iterator() = default;
    [[nodiscard]] const Record<T>& operator*() const { return walk_->page.records[walk_->place]; }
    [[nodiscard]] const Record<T>* operator->() const { return &**this; }
    Iterator& operator++() {
      ++walk_->place;
      walk_->settle();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return !it.walk_ || it.walk_->done(); }

   private:
    friend RecordRange;
    struct Walk {
      Repository<T, Backend> repository;
      Query<T> query;
      Page<T> page{};
      std::size_t place = 0;

      /// Moves to the next page until there is a record at `place`.
      void settle() {
        driver::move_to_item(page, &Page<T>::records, place,
                             [&](const driver::Cursor& at) { return repository.list(query.after(at)); });
      }
      [[nodiscard]] bool done() const { return place >= page.records.size(); }
    };
    explicit Iterator(std::shared_ptr<Walk> walk) : walk_(std::move(walk)) {}
    std::shared_ptr<Walk> walk_;
  };

  RecordRange() = default;
  RecordRange(const Repository<T, Backend>& repository, Query<T> query)
      : backend_(&repository.backend()), query_(std::move(query)) {}

  [[nodiscard]] Iterator begin() const {
    if (!backend_) return {};
    const Repository<T, Backend> repository(*backend_);
    auto walk = std::make_shared<typename Iterator::Walk>(
        typename Iterator::Walk{.repository = repository, .query = query_, .page = repository.list(query_)});
    walk->settle();
    return Iterator{std::move(walk)};
  }
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
