#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>

#include <reel/blob.hpp>
#include <reel/driver/walk.hpp>

namespace reel {

/// Every blob of a store, page by page: an input range. Walk it once; `begin` reads the first page. Errors of reading
/// come out of `begin` and `++`.
template <class Store>
class BlobRange {
 public:
  class Iterator {
   public:
    using value_type = BlobInfo;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    Iterator() = default;
    [[nodiscard]] const BlobInfo& operator*() const { return walk_->page.blobs[walk_->place]; }
    [[nodiscard]] const BlobInfo* operator->() const { return &**this; }
    Iterator& operator++() {
      ++walk_->place;
      walk_->settle();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) {
      return !it.walk_ || it.walk_->place >= it.walk_->page.blobs.size();
    }

   private:
    friend BlobRange;
    struct Walk {
      Store store;
      BlobQuery query;
      BlobPage page{};
      std::size_t place = 0;

      /// Moves to the next page until there is a blob at `place`.
      void settle() {
        driver::move_to_item(page, &BlobPage::blobs, place, [&](const driver::Cursor& at) {
          query.after = at;
          return store.list(query);
        });
      }
    };
    explicit Iterator(std::shared_ptr<Walk> walk) : walk_(std::move(walk)) {}
    std::shared_ptr<Walk> walk_;
  };

  BlobRange(Store store, BlobQuery query) : store_(std::move(store)), query_(std::move(query)) {}

  [[nodiscard]] Iterator begin() const {
    auto walk = std::make_shared<typename Iterator::Walk>(
        typename Iterator::Walk{.store = store_, .query = query_, .page = store_.list(query_)});
    walk->settle();
    return Iterator{std::move(walk)};
  }
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }

 private:
  Store store_;
  BlobQuery query_;
};

}  // namespace reel
