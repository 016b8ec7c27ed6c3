#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>

#include <reel/blob.hpp>
#include <reel/driver/walk.hpp>

namespace reel {

/// The blobs that match a query, read page by page while the range is walked: an input range. `BlobStore::all` returns
/// it. Each `begin` reads the first page and starts a separate walk; each further page costs one request. Reading a
/// page throws from `begin` and `++`, as `BlobStore::list` does. The backend must outlive the range; a walk belongs to
/// one thread at a time.
template <class Store>
class BlobRange {
 public:
  /// An input iterator. Copies share the position: after `++` on one of them, the others refer to the next blob, too.
  class Iterator {
   public:
    /// The element type, for `std::input_iterator`.
    using value_type = BlobInfo;
    /// For `std::input_iterator`.
    using difference_type = std::ptrdiff_t;
    /// For `std::input_iterator`.
    using iterator_concept = std::input_iterator_tag;

    /// An iterator at the end.
    Iterator() = default;
    /// The current blob, valid until the next `++`.
    [[nodiscard]] const BlobInfo& operator*() const { return walk_->page.blobs[walk_->index]; }
    /// The current blob, valid until the next `++`.
    [[nodiscard]] const BlobInfo* operator->() const { return &**this; }
    /// Moves to the next blob. Reads the next page if this one is at its end.
    Iterator& operator++() {
      ++walk_->index;
      walk_->settle();
      return *this;
    }
    /// As `++it`.
    void operator++(int) { ++*this; }
    /// Whether there are no more blobs.
    friend bool operator==(const Iterator& it, std::default_sentinel_t) {
      return !it.walk_ || it.walk_->index >= it.walk_->page.blobs.size();
    }

   private:
    friend BlobRange;
    struct Walk {
      Store store;
      BlobQuery query;
      BlobPage page{};
      std::size_t index = 0;

      /// Moves to the next page until there is a blob at `index`.
      void settle() {
        driver::move_to_item(page, &BlobPage::blobs, index, [&](const driver::Cursor& at) {
          query.after = at;
          return store.list(query);
        });
      }
    };
    explicit Iterator(std::shared_ptr<Walk> walk) : walk_(std::move(walk)) {}
    std::shared_ptr<Walk> walk_;
  };

  /// The blobs of `store` that match `query`, `query.limit` to a page.
  BlobRange(Store store, BlobQuery query) : store_(std::move(store)), query_(std::move(query)) {}

  /// Reads the first page.
  [[nodiscard]] Iterator begin() const {
    auto walk = std::make_shared<typename Iterator::Walk>(
        typename Iterator::Walk{.store = store_, .query = query_, .page = store_.list(query_)});
    walk->settle();
    return Iterator{std::move(walk)};
  }
  /// The end of every walk.
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  Store store_;
  BlobQuery query_;
};

}  // namespace reel
