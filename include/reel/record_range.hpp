#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

#include <reel/query.hpp>
#include <reel/record.hpp>

namespace reel {

template <class T, RecordBackend Backend>
class Repository;

namespace detail {

/// The place right behind a record in an order.
inline Cursor cursor_behind(const Document& document, const std::vector<OrderBy>& order) {
  Cursor cursor{.order = order, .sequence = document.sequence, .id = document.id};
  for (const OrderBy& by : order) {
    switch (by.attribute) {
      case position::id:
        cursor.values.emplace_back(document.id);
        break;
      case position::created_at:
        cursor.values.emplace_back(document.created_at);
        break;
      case position::updated_at:
        cursor.values.emplace_back(document.updated_at);
        break;
      default:
        cursor.values.push_back(document.values[static_cast<std::size_t>(by.attribute)]);
    }
  }
  return cursor;
}

/// The place behind a page that has more behind it.
inline Cursor cursor_behind(const DocumentPage& page, const std::vector<OrderBy>& order) {
  if (page.end) return *page.end;
  if (page.documents.empty())
    throw Error(Errc::internal, "the store gave an empty page and says that there is more behind it");
  return cursor_behind(*page.documents.back(), order);
}

}  // namespace detail

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
      walk_->advance();
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

      void read() {
        page = repository.list(query);
        place = 0;
      }
      void advance() {
        ++place;
        while (place == page.records.size() && page.next) {
          query = query.after(*page.next);
          read();
        }
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
    auto walk =
        std::make_shared<typename Iterator::Walk>(typename Iterator::Walk{Repository<T, Backend>(*backend_), query_});
    walk->read();
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
