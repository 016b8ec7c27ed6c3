#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/driver/change.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/error_context.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/driver/typed_document.hpp>
#include <reel/driver/value.hpp>
#include <reel/patch.hpp>
#include <reel/schema.hpp>

namespace reel {

/// A stored value of type `T` with the properties that the store keeps of it.
template <class T>
struct Record {
  /// Unique in its collection, compared without case.
  Id<T> id{};
  /// When the record was created: by the clock of the store, or as given in `CreateOptions`.
  Timestamp created_at{};
  /// When the record last changed. Each change advances it by at least 1 ms, so two versions of a record differ in it;
  /// a busy record may be ahead of the clock by as many milliseconds as it had changes.
  Timestamp updated_at{};
  /// At most `max_permissions`.
  std::vector<Permission> permissions{};
  /// The position in the order of insertion. Never reused in a collection.
  std::int64_t sequence = 0;
  /// The attributes; members that are `not_stored` have their initial value.
  T value{};

  /// Compares all members. Declared only if `T` can be compared.
  friend bool operator==(const Record&, const Record&) requires requires(const T& a) { a == a; }
  = default;
};

/// Options of `Repository::create`.
template <class T>
struct CreateOptions {
  /// The id of the new record; none: `make_id()`. A caller that may have to repeat a create chooses the id itself: the
  /// repetition is then `Errc::already_exists` if the first attempt succeeded.
  std::optional<Id<T>> id{};
  /// The permissions of the new record, at most `max_permissions`.
  std::vector<Permission> permissions{};
  /// A time to keep instead of that of the store's clock.
  std::optional<Timestamp> created_at{};
  /// A time to keep instead of that of the store's clock.
  std::optional<Timestamp> updated_at{};
  /// The record is copied from another store, and its files arrive later as blobs. `Legacy` creates no files for it
  /// until they arrive or `settle()` is called, and accepts a path that differs from another one only in case. No
  /// effect on other backends.
  bool is_copy = false;
};

/// An item of `create_many`: a record that does not exist yet.
template <class T>
struct Draft {
  T value{};                   ///< the attributes
  CreateOptions<T> options{};  ///< as of `create`
};

/// Options of `update`, `replace` and `remove`.
struct UpdateOptions {
  /// The `updated_at` of the version that the caller has read. If the stored one is later, another writer was faster:
  /// the operation throws `Errc::conflict` and changes nothing. `Appwrite` throws it for an earlier one too, because a
  /// server may assign an earlier time to a later change.
  std::optional<Timestamp> if_unchanged_since{};
};

/// Options of `Repository::upsert`.
struct UpsertOptions {
  /// Replaces all permissions; none: an existing record keeps its permissions, a new one has none.
  std::optional<std::vector<Permission>> permissions{};
};

/// An item of `update_many`.
template <class T>
struct Update {
  Id<T> id{};                                     ///< of the record to change
  Patch<T> patch{};                               ///< the attributes to change
  std::optional<Timestamp> if_unchanged_since{};  ///< as in `UpdateOptions`
};

/// Options of `create_many` and `update_many`.
struct BulkOptions {
  /// True: each item succeeds or fails alone, and its error is in the result. False: the first error is thrown and
  /// names the item. Then nothing was written on a store with atomic batches; on others, items without a fault may have
  /// been written.
  bool partial = false;
};

/// The result of one item of a bulk call: a record or an error.
template <class T>
struct BulkItem {
  std::optional<Record<T>> record{};  ///< as stored
  std::optional<Error> error{};       ///< why it was not stored
};

/// The result of a bulk call.
template <class T>
struct BulkResult {
  std::vector<BulkItem<T>> items{};  ///< one for each item, in the order of the call
  bool atomic = false;               ///< whether the store wrote all items or none

  /// The number of items that were stored.
  [[nodiscard]] std::size_t succeeded() const {
    std::size_t n = 0;
    for (const BulkItem<T>& item : items) n += item.record ? 1 : 0;
    return n;
  }
};

/// One page of the records that match a query.
template <class T>
struct Page {
  std::vector<Record<T>> records{};  ///< in the order of the query
  /// The position after the page, for `Query::after`; none: this is the last page. It stays valid when the last record
  /// of the page is changed or removed.
  std::optional<driver::Cursor> next{};
  std::optional<std::int64_t> total{};  ///< the exact number of all matches, if the query has `with_total`
};

namespace detail {

/// The change that sets every attribute. `values` are in the order of the schema.
[[nodiscard]] inline driver::Change change_to(std::vector<driver::Value> values) {
  driver::Change change;
  change.values.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) change.values.emplace_back(static_cast<int>(i), std::move(values[i]));
  return change;
}

/// Copies everything but the value.
template <class T>
void copy_header(const driver::Document& document, Record<T>& record) {
  record.id = Id<T>{document.id};
  record.created_at = document.created_at;
  record.updated_at = document.updated_at;
  record.permissions = document.permissions;
  record.sequence = document.sequence;
}

/// Sets `record` from a document of its schema. Throws `corrupt`, in the context of `operation`, if a stored value does
/// not fit its member. `attributes`: as in `decode_values`.
template <class T>
void decode(const driver::Document& document, Record<T>& record, const char* operation,
            const std::vector<int>& attributes = {}) {
  const auto copy = [&] {
    copy_header(document, record);
    driver::decode_values(document, record.value, attributes);
  };
  driver::in_context(
      copy, [&] { return ErrorContext{.operation = operation, .collection = schema_of<T>().id, .id = document.id}; });
}

/// The record in a document. Errors as `decode`.
template <class T>
Record<T> to_record(const driver::Document& document, const char* operation) {
  Record<T> record;
  decode(document, record, operation);
  return record;
}

}  // namespace detail
}  // namespace reel
