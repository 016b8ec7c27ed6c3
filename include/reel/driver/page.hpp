#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <reel/blob.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>

namespace reel::driver {

/// The answer of a backend to `list`: `DocumentPtr`s or `BlobInfo`s that match, in the order of the query.
template <class Item>
struct Page {
  std::vector<Item> items{};
  std::vector<Error> failed{};          ///< items of this page that cannot be read, each with its id
  std::optional<Cursor> next{};         ///< the position after the page; none: no more items match
  std::optional<std::int64_t> total{};  ///< exact, and only if the query asked for it
};

/// The page, or the error of its first item that cannot be read.
template <class Item>
[[nodiscard]] Page<Item> whole(Page<Item> page) {
  if (!page.failed.empty()) throw page.failed.front();
  return page;
}

/// The values of a blob, in the order of the attributes of `Schema<BlobInfo>`.
[[nodiscard]] inline std::vector<Value> values_of(const BlobInfo& blob) {
  return {Value{blob.name}, Value{blob.size}, Value{blob.md5}, Value{blob.content_type}};
}

/// The position right after a record in an order, which stays valid when the record is changed or removed.
[[nodiscard]] inline Cursor cursor_after(const Document& document, const std::vector<OrderBy>& order) {
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

/// As before, for a blob. The attributes are those of `Schema<BlobInfo>`.
[[nodiscard]] inline Cursor cursor_after(const BlobInfo& blob, const std::vector<OrderBy>& order) {
  const Document document{.id = blob.id.str(),
                          .sequence = blob.sequence,
                          .created_at = blob.created_at,
                          .updated_at = blob.updated_at,
                          .values = values_of(blob)};
  return cursor_after(document, order);
}
[[nodiscard]] inline Cursor cursor_after(const DocumentPtr& document, const std::vector<OrderBy>& order) {
  return cursor_after(*document, order);
}

}  // namespace reel::driver
