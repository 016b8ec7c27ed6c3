#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/blob_document.hpp>
#include <reel/driver/blob_schema.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/item_digest.hpp>
#include <reel/driver/range_digest.hpp>
#include <reel/local/document_table.hpp>
#include <reel/local/query_run.hpp>
#include <reel/local/transaction.hpp>

/// The properties of blobs, stored as records of a table. The first attributes are those of `Schema<BlobInfo>`; a store
/// may add attributes after them. Thereby blobs get the queries, orders and cursors of records.
namespace reel::local {

/// The record of a blob. Times that are `Timestamp{}` become `driver::by_store`.
[[nodiscard]] inline driver::Document record_of(const BlobInfo& blob) {
  driver::Document document = driver::document_of(blob);
  if (blob.created_at == Timestamp{}) document.created_at = driver::by_store;
  if (blob.updated_at == Timestamp{}) document.updated_at = driver::by_store;
  return document;
}

using driver::blob_of;

/// The digest of a blob's record, see `driver::digest_of_blob`.
[[nodiscard]] inline driver::RangeDigest digest_of_blob(const driver::CollectionSchema&,
                                                        const driver::Document& document) {
  return driver::digest_of_blob(blob_of(document));
}

/// One page of the blobs in a table. See `QueryRun::list`.
template <Bodies B>
[[nodiscard]] driver::Page<BlobInfo> list_blobs(const Table<B>& table, const BlobQuery& query) {
  driver::Page<driver::DocumentPtr> found = QueryRun<B>(table, query).list();
  driver::Page<BlobInfo> page{.failed = std::move(found.failed), .next = std::move(found.next), .total = found.total};
  page.items.reserve(found.items.size());
  for (const driver::DocumentPtr& document : found.items) page.items.push_back(blob_of(*document));
  return page;
}

/// One page of the blobs in a vector, for a store that cannot search.
///
/// - `all`: every blob of the bucket, in insertion order
/// - `text`: the `TextRules` of the store
///
/// Builds a table for each call: time proportional to the number of blobs.
[[nodiscard]] inline driver::Page<BlobInfo> list_blobs(const std::vector<BlobInfo>& all, TextRules text,
                                                       const BlobQuery& query) {
  DocumentTable table(schema_of<BlobInfo>(), text);
  table.reserve(all.size());
  for (const BlobInfo& blob : all)
    table.load_row(std::make_shared<const driver::Document>(record_of(blob)), blob.sequence);
  return list_blobs(table, query);
}

/// Stages the record of a new blob, or of one that replaces the blob with its id. A replacing blob keeps the sequence
/// and, unless `document` sets it, `created_at`.
///
/// - `document`: the new record
/// - `overwrite`: whether it may replace a blob
///
/// Throws `already_exists` if the id exists and `overwrite` is false. `before` of the result is the replaced record, or
/// null.
template <Bodies B>
Mutation put_record(Transaction<B>& transaction, driver::Document document, bool overwrite) {
  driver::DocumentPtr old = transaction.find(document.id);
  if (!old) return {nullptr, transaction.create(std::move(document))};
  if (!overwrite) throw driver::id_taken("blob");
  driver::Change change{.permissions = document.permissions};
  for (std::size_t i = 0; i < document.values.size(); ++i)
    change.values.emplace_back(static_cast<int>(i), document.values[i]);
  if (document.created_at != driver::by_store) change.created_at = document.created_at;
  if (document.updated_at != driver::by_store) change.updated_at = document.updated_at;
  driver::DocumentPtr stored = transaction.update(document.id, change);
  return {std::move(old), std::move(stored)};
}

/// Stages another name and other permissions for a blob; members that are empty in `wanted` keep their values. Returns
/// the new record, or null if the blob does not exist.
template <Bodies B>
driver::DocumentPtr change_record(Transaction<B>& transaction, std::string_view id, const BlobChange& wanted) {
  driver::Change change{.permissions = wanted.permissions};
  if (wanted.name) change.values.emplace_back(0, driver::Value{*wanted.name});
  return transaction.update(id, change);
}

}  // namespace reel::local
