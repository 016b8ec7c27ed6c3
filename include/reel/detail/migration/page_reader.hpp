#pragma once

#include <optional>
#include <utility>

#include <reel/driver/document.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/next_page.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>

namespace reel::detail {

/// Reads the records of a collection page by page, for threads that take turns with it.
class PageReader {
 public:
  /// `query`: its `limit` is the size of a page. The store and the schema must outlive the object.
  PageReader(driver::ErasedStore& store, const driver::CollectionSchema& schema, driver::QueryTree query)
      : store_(store), schema_(schema), query_(std::move(query)) {}

  /// Continues after a page that was read before.
  void begin_after(std::optional<driver::Cursor> next) { query_.after = std::move(next); }
  /// Whether the last page was read, or reading one failed.
  [[nodiscard]] bool has_ended() const { return has_ended_; }
  /// Reads the next page; none after the last one. Throws what the store throws, and has then ended.
  [[nodiscard]] std::optional<driver::Page<driver::DocumentPtr>> read() {
    if (std::exchange(has_ended_, true)) return std::nullopt;
    auto page = driver::next_page(query_, [&](const driver::QueryTree& query) { return store_.list(schema_, query); });
    has_ended_ = !page.next;
    return page;
  }

 private:
  driver::ErasedStore& store_;
  const driver::CollectionSchema& schema_;
  driver::QueryTree query_;
  bool has_ended_ = false;
};

}  // namespace reel::detail
