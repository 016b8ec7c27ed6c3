#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/driver/backend.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/error_context.hpp>
#include <reel/driver/typed_document.hpp>
#include <reel/patch.hpp>
#include <reel/schema.hpp>

namespace reel {

/// A stored `T` and what the store knows of it.
template <class T>
struct Record {
  Id<T> id{};
  Timestamp created_at{};
  Timestamp updated_at{};
  std::vector<Permission> permissions{};
  std::int64_t sequence = 0;
  T value{};

  friend bool operator==(const Record&, const Record&) requires requires(const T& a) { a == a; }
  = default;
};

template <class T>
struct CreateOptions {
  std::optional<Id<T>> id{};  ///< one is made if none is given
  std::vector<Permission> permissions{};
  std::optional<Timestamp> created_at{};  ///< makes it a copy that keeps its times; none: the store's clock
  std::optional<Timestamp> updated_at{};
};

/// A record still to be created.
template <class T>
struct Draft {
  T value{};
  CreateOptions<T> options{};
};

struct UpdateOptions {
  std::optional<Timestamp>
      if_unchanged_since{};  ///< the `updated_at` last seen; a later one in the store is `conflict`
};

struct UpsertOptions {
  std::optional<std::vector<Permission>> permissions{};  ///< replace those of the record
};

/// One item of `update_many`.
template <class T>
struct Update {
  Id<T> id{};
  Patch<T> patch{};
  std::optional<Timestamp> if_unchanged_since{};
};

struct BulkOptions {
  /// True: every item for itself, and each outcome is told. False: all or nothing where the store can; the first
  /// failure is thrown either way, and names the item.
  bool partial = false;
};

template <class T>
struct BulkItem {
  std::optional<Record<T>> record{};
  std::optional<Error> error{};
};

template <class T>
struct BulkResult {
  std::vector<BulkItem<T>> items{};  ///< in the order given
  bool atomic = false;               ///< the store made it all or nothing

  [[nodiscard]] std::size_t succeeded() const {
    std::size_t n = 0;
    for (const BulkItem<T>& item : items) n += item.record ? 1 : 0;
    return n;
  }
};

template <class T>
struct Page {
  std::vector<Record<T>> records{};
  std::optional<driver::Cursor> next{};  ///< for `Query::after`; none: this was the last page
  std::optional<std::int64_t> total{};   ///< of all matches, exact, if the query asked for it
};

namespace detail {

/// A change that sets every attribute.
[[nodiscard]] inline driver::Change change_to(std::vector<driver::Value> values) {
  driver::Change change;
  change.values.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) change.values.emplace_back(static_cast<int>(i), std::move(values[i]));
  return change;
}

template <class T>
void copy_header(const driver::Document& document, Record<T>& record) {
  record.id = Id<T>{document.id};
  record.created_at = document.created_at;
  record.updated_at = document.updated_at;
  record.permissions = document.permissions;
  record.sequence = document.sequence;
}

/// `corrupt`: a stored value does not fit its member; `operation` is the context of that.
template <class T>
void decode(const driver::Document& document, Record<T>& record, const char* operation) {
  const auto copy = [&] {
    copy_header(document, record);
    driver::decode_values(document, record.value);
  };
  driver::in_context(
      copy, [&] { return ErrorContext{.operation = operation, .collection = schema_of<T>().id, .id = document.id}; });
}

template <class T>
Record<T> to_record(const driver::Document& document, const char* operation) {
  Record<T> record;
  decode(document, record, operation);
  return record;
}

}  // namespace detail
}  // namespace reel
