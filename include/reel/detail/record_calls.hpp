#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/driver/bulk_write.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/erased_records.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>
#include <reel/patch.hpp>
#include <reel/separate.hpp>

namespace reel::detail {

/// The part of the operations of `Repository<T>` that does not depend on `T`, compiled once for all records and
/// backends: it uses the virtual functions of `ErasedRecords`. Each operation validates, checks references, calls the
/// store, and adds operation, collection and id to the context of what it throws. Store and schema must outlive it.
/// Stateless, so as thread-safe as the store.
class RecordCalls {
 public:
  RecordCalls(driver::ErasedRecords& store, const driver::CollectionSchema& schema) : store_(store), schema_(schema) {}

  /// See the member of `Repository` with the same name, here and below.
  void setup() const;
  [[nodiscard]] driver::DocumentPtr create(driver::Document document) const;
  /// Null if no record has the id.
  [[nodiscard]] driver::DocumentPtr find(const char* operation, const std::string& id) const;
  /// As `find`, but throws `not_found`.
  [[nodiscard]] driver::DocumentPtr get(const char* operation, const std::string& id) const;
  /// The records that exist, in the order of the ids.
  [[nodiscard]] std::vector<driver::DocumentPtr> find_many(const std::vector<std::string_view>& ids) const;
  /// Throws `not_found` if no record has the id.
  [[nodiscard]] driver::DocumentPtr update(const char* operation, const std::string& id, driver::Change change) const;
  /// Applies `change`, or creates `document` if no record has its id.
  [[nodiscard]] driver::DocumentPtr upsert(driver::Document document, driver::Change change) const;
  [[nodiscard]] driver::DocumentPtr increment(const std::string& id, int attribute, const driver::Value& by) const;
  bool remove(const std::string& id, std::optional<Timestamp> if_unchanged_since) const;
  [[nodiscard]] driver::Page<driver::DocumentPtr> list(const char* operation, const driver::QueryTree& query) const;
  [[nodiscard]] std::int64_t count(const driver::QueryTree& query) const;
  [[nodiscard]] Explanation explain(const driver::QueryTree& query) const;
  std::int64_t update_where(const driver::QueryTree& query, driver::Change change) const;
  std::int64_t remove_where(const driver::QueryTree& query) const;

 private:
  driver::ErasedRecords& store_;
  const driver::CollectionSchema& schema_;
};

/// The part of `create_many` and `update_many` that does not depend on the record type. Use: `add` or `add_failed` for
/// each item, then `run` once.
class BulkCall {
 public:
  /// `partial`: see `BulkOptions`; `count`: the number of items.
  BulkCall(driver::ErasedRecords& store, const driver::CollectionSchema& schema, const char* operation, bool partial,
           std::size_t count);

  /// Validates the next item. With `partial` its error becomes its result, else it is thrown.
  void add(driver::Write&& write);
  /// Adds an item that has failed already; `error` becomes its result, or is thrown.
  void add_failed(const Error& error, std::string_view id);

  /// Writes the valid items and returns one result for each item, in order. Throws the first error unless `partial`.
  [[nodiscard]] std::vector<driver::WriteResult> run();

  /// For the context of errors.
  [[nodiscard]] const char* operation() const noexcept { return operation_; }
  /// Whether the store writes all items or none.
  [[nodiscard]] bool is_atomic() const noexcept { return atomic_; }

 private:
  void check(driver::Write& write) const;
  void fail(std::size_t item, std::string_view id, const Error& error);

  driver::ErasedRecords& store_;
  const driver::CollectionSchema& schema_;
  const char* operation_;
  bool partial_, atomic_;
  std::vector<driver::WriteResult> results_{};
  std::vector<driver::Write> writes_{};
  std::vector<std::size_t> items_{};  ///< the item that each of `writes_` belongs to
};

}  // namespace reel::detail

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/detail/record_calls.ipp>
#endif
