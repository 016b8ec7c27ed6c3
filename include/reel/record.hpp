#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/driver/backend.hpp>
#include <reel/driver/document.hpp>
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
  std::optional<Timestamp> created_at{};  ///< for copies that keep times; the store's clock otherwise
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
  std::optional<Cursor> next{};         ///< give it to `Query::after`; none: this was the last page
  std::optional<std::int64_t> total{};  ///< of all matches, exact, if the query asked for it
};

namespace detail {

template <class T>
std::vector<Value> encode_values(const T& value) {
  std::vector<Value> values;
  values.reserve(schema_of<T>().attributes.size());
  for_each_attribute<T>([&](const auto& attribute, int) {
    using M = typename std::remove_cvref_t<decltype(attribute)>::member_type;
    try {
      values.push_back(Codec<M>::encode(value.*(attribute.member)));
    } catch (const Error& error) {
      throw error.within({.attribute = std::string(attribute.name)});
    }
  });
  return values;
}

[[noreturn]] inline void throw_misfit(const Document& document, std::string_view attribute) {
  throw Error(Errc::corrupt,
              "the stored value of attribute '" + std::string(attribute) +
                  "' does not fit the struct; the collection was written with another schema",
              {.id = document.id, .attribute = std::string(attribute)});
}

template <class T>
void decode_values(const Document& document, T& value) {
  if (document.values.size() != schema_of<T>().attributes.size()) throw_misfit(document, "(all)");
  for_each_attribute<T>([&](const auto& attribute, int position) {
    using M = typename std::remove_cvref_t<decltype(attribute)>::member_type;
    if (!Codec<M>::decode(document.values[static_cast<std::size_t>(position)], value.*(attribute.member)))
      throw_misfit(document, attribute.name);
  });
}

template <class T>
void copy_header(const Document& document, Record<T>& record) {
  record.id = Id<T>{document.id};
  record.created_at = document.created_at;
  record.updated_at = document.updated_at;
  record.permissions = document.permissions;
  record.sequence = document.sequence;
}

template <class T>
Record<T> to_record(const Document& document) {
  Record<T> record;
  copy_header(document, record);
  decode_values(document, record.value);
  return record;
}

}  // namespace detail
}  // namespace reel
