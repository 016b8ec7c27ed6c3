#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <reel/driver/next_page.hpp>

namespace reel::detail {

/// The input iterator of `RecordRange` and `BlobRange`: the items of a query's pages, each page read when it is
/// reached. Copies share the position: after `++` on one of them, the others refer to the next item, too.
///
/// - `Store`: a `Repository` or `BlobStore`, whose `list(query)` returns an `AnyPage`
/// - `items`: the member of the page with its items
template <class Store, class Query, class AnyPage, class Item, std::vector<Item> AnyPage::*items>
class PageIterator {
 public:
  /// The element type, for `std::input_iterator`.
  using value_type = Item;
  /// For `std::input_iterator`.
  using difference_type = std::ptrdiff_t;
  /// For `std::input_iterator`.
  using iterator_concept = std::input_iterator_tag;

  /// An iterator at the end.
  PageIterator() = default;
  /// Reads the first page, and further ones while a page is empty although more follow.
  PageIterator(Store store, Query query) : walk_(std::make_shared<Walk>(std::move(store), std::move(query))) {}

  /// The current item, valid until the next `++`.
  [[nodiscard]] const Item& operator*() const { return (walk_->page.*items)[walk_->index]; }
  /// The current item, valid until the next `++`.
  [[nodiscard]] const Item* operator->() const { return &**this; }
  /// Moves to the next item. Reads the next page if this one is at its end.
  PageIterator& operator++() {
    ++walk_->index;
    walk_->settle();
    return *this;
  }
  /// As `++it`.
  void operator++(int) { ++*this; }
  /// Whether there are no more items.
  friend bool operator==(const PageIterator& it, std::default_sentinel_t) { return !it.walk_ || it.walk_->is_done(); }

  /// Whether more items followed the current one when its page was read. No request, so that a walk can end after some
  /// number of items and still know whether these were all.
  [[nodiscard]] bool has_more() const {
    return walk_->index + 1 < (walk_->page.*items).size() || walk_->page.next.has_value();
  }

 private:
  struct Walk {
    Walk(Store from, Query first) : store(std::move(from)), query(std::move(first)), page(store.list(query)) {
      settle();
    }
    /// Moves to the next page until there is an item at `index`.
    void settle() {
      while (is_done()) {
        auto following =
            driver::page_after(page, [&](const driver::Cursor& at) { return store.list(query.after(at)); });
        if (!following) return;
        page = *std::move(following);
        index = 0;
      }
    }
    [[nodiscard]] bool is_done() const { return index >= (page.*items).size(); }

    Store store;
    Query query;
    AnyPage page;
    std::size_t index = 0;
  };
  std::shared_ptr<Walk> walk_;
};

}  // namespace reel::detail
