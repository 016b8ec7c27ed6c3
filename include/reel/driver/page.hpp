#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/driver/blob_document.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>

namespace reel::driver {

/// The result of a backend's `list`: matches of a query in its order. `Item` is `DocumentPtr` or `BlobInfo`.
///
/// A page has at most `limit` entries in `items` and `failed` together. Only the last one may have more in `failed`:
/// lost records, of which it is unknown whether they match.
template <class Item>
struct Page {
  /// The items that could be read.
  std::vector<Item> items{};
  /// Items of this page that cannot be read, each with its id. Only a lost record may have none.
  std::vector<Error> failed{};
  /// Position after the page; empty if no more items match.
  std::optional<Cursor> next{};
  /// Exact number of matches, only if the query asked for it.
  std::optional<std::int64_t> total{};
};

/// Returns the page, or throws the error of its first item that cannot be read.
template <class Item>
[[nodiscard]] Page<Item> whole(Page<Item> page) {
  if (!page.failed.empty()) throw page.failed.front();
  return page;
}

/// The same page with the documents of its blobs.
[[nodiscard]] inline Page<DocumentPtr> documents_of(Page<BlobInfo> page) {
  Page<DocumentPtr> documents{.failed = std::move(page.failed), .next = std::move(page.next), .total = page.total};
  for (const BlobInfo& blob : page.items)
    documents.items.push_back(std::make_shared<const Document>(document_of(blob)));
  return documents;
}

/// The position immediately after the record with this sequence and id, for a query without an order.
[[nodiscard]] inline Cursor cursor_after(std::int64_t sequence, std::string id) {
  return {.sequence = sequence, .id = std::move(id)};
}

/// The position immediately after a record.
///
/// - `document`: the record
/// - `order`: the order of the query; the cursor is valid only for queries with the same order
///
/// The cursor contains the values by which the record is ordered, so it stays valid when the record is changed or
/// removed.
[[nodiscard]] inline Cursor cursor_after(const Document& document, const std::vector<OrderBy>& order) {
  Cursor cursor = cursor_after(document.sequence, document.id);
  cursor.order = order;
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

/// The same for a blob; attributes are those of `Schema<BlobInfo>`.
[[nodiscard]] inline Cursor cursor_after(const BlobInfo& blob, const std::vector<OrderBy>& order) {
  return cursor_after(document_of(blob), order);
}
/// The same for a document that is not null.
[[nodiscard]] inline Cursor cursor_after(const DocumentPtr& document, const std::vector<OrderBy>& order) {
  return cursor_after(*document, order);
}

}  // namespace reel::driver
