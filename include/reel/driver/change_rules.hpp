#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/validate.hpp>
#include <reel/driver/value.hpp>
#include <reel/error.hpp>
#include <reel/permission.hpp>
#include <reel/timestamp.hpp>

/// The rules of a write, shared by every backend. All functions are pure, take time proportional to the size of the
/// document, and may be called from any thread. Documents and changes must be valid for their schema.
///
/// An update in a backend that stores documents itself:
///
///     stored = the record, or return null
///     check_unchanged(stored, change.if_unchanged_since)      conflict
///     if (changes_nothing(stored, change)) return stored      keeps updated_at
///     after = changed(stored, change, clock)                  invalid
///     for each unique index with new values                   already_exists
///       if another record has them: unique_violation(index)
///     store and return after
namespace reel::driver {

/// The error of an operation on a collection or bucket that does not exist: `not_found`.
///
/// - `kind`: `collection` or `bucket`
/// - `id`: the id of the collection or bucket
[[nodiscard]] inline Error not_set_up(std::string_view kind, std::string_view id) {
  return Error(
      Errc::not_found,
      std::string(kind) + " '" + std::string(id) + "' is not in this store; call setup() or run 'reel setup' first",
      {.collection = std::string(id)});
}

/// The error of an operation on a record or blob that does not exist: `not_found`.
///
/// - `what`: `record` or `blob`
/// - `context`: further context of the error
[[nodiscard]] inline Error no_such(std::string_view what, ErrorContext context = {}) {
  return Error(Errc::not_found, "there is no such " + std::string(what), std::move(context));
}

/// The error of creating a record or blob whose id exists: `already_exists`.
///
/// - `what`: `record` or `blob`
/// - `remedy`: what the caller can do, empty if nothing in particular
[[nodiscard]] inline Error id_taken(std::string_view what = "record", const std::string& remedy = {}) {
  return Error(Errc::already_exists,
               "a " + std::string(what) + " with this id already exists" + (remedy.empty() ? remedy : "; " + remedy));
}

/// The error of a write that violates a unique index: `already_exists`.
///
/// - `index`: the name of the index, empty if the store does not report it; also set in the context
/// - `context`: further context of the error
[[nodiscard]] inline Error unique_violation(const std::optional<std::string>& index, ErrorContext context = {}) {
  if (index) context.index = *index;
  const std::string which = index ? "the unique index '" + *index + "'" : "a unique index";
  return Error(Errc::already_exists, "another record has the same values in " + which, std::move(context));
}

/// The error of `ensure` with a new unique index that stored records violate: `conflict`.
///
/// - `collection`: the id of the collection
/// - `index`: the name of the index
/// - `id`: the id of one of the violating records
[[nodiscard]] inline Error cannot_make_unique(const std::string& collection, const std::string& index,
                                              const std::string& id) {
  return Error(Errc::conflict,
               "cannot create the unique index '" + index +
                   "': several records have the same values, one of them is '" + id + "'",
               {.collection = collection, .id = id, .index = index});
}

/// Whether a unique index ignores the document because one of its attributes is null: a null equals nothing.
[[nodiscard]] inline bool is_exempt(const IndexSchema& index, const Document& document) {
  for (const IndexPart& part : index.parts) {
    if (document.values[static_cast<std::size_t>(part.attribute)].is_null()) return true;
  }
  return false;
}

/// The `updated_at` of a record that changes now: `clock`, or 1 ms after `before` if the clock has not passed it. Every
/// change therefore has a later time, which is what `if_unchanged_since` relies on.
///
/// - `before`: the present `updated_at` of the record
/// - `clock`: the present time of the store
/// - `latest`: the latest time that the store can hold
///
/// Throws `invalid` if the result would be later than `latest`, because keeping the old time would let a stale write
/// succeed. Such a record can change only together with an explicit `updated_at`.
[[nodiscard]] inline Timestamp next_updated_at(Timestamp before, Timestamp clock, Timestamp latest = latest_timestamp) {
  if (before >= latest || clock > latest)
    throw Error(Errc::invalid, "updated_at cannot advance beyond " + format_timestamp(latest) +
                                   ", the latest time this store holds; set an earlier updated_at in the same change");
  const Timestamp after = before + std::chrono::milliseconds{1};
  return clock < after ? after : clock;
}

/// Sets the times that a new document leaves to the store (`by_store`).
///
/// - `document`: about to be created
/// - `clock`: the present time of the store
/// - `removed`: the `updated_at` of the record that was removed under this id, if the store knows it; the new record
///   then gets a later time, so that it cannot be mistaken for the old one
inline void set_times(Document& document, Timestamp clock, std::optional<Timestamp> removed = std::nullopt) {
  const Timestamp time = removed && *removed < latest_timestamp ? next_updated_at(*removed, clock) : clock;
  document.is_copy = false;  // it is this store's from now on
  if (document.created_at == by_store) document.created_at = time;
  if (document.updated_at == by_store) document.updated_at = time;
}

/// The error of a write on condition that the record is unchanged: `conflict`. `how`: how the stored record differs
/// from the one that the caller has seen; empty if that is unknown.
[[nodiscard]] inline Error stale(const std::string& how = {}) {
  return Error(Errc::conflict, "the record was changed since it was read" + (how.empty() ? how : ": " + how));
}

/// Whether the stored record was updated after `since`.
[[nodiscard]] inline bool is_newer(const Document& stored, Timestamp since) { return stored.updated_at > since; }

/// Throws `conflict` if the stored record was updated after `since`, the time its caller has seen. Without `since`
/// nothing is checked.
inline void check_unchanged(const Document& stored, std::optional<Timestamp> since) {
  if (since && is_newer(stored, *since))
    throw stale("its updated_at is " + format_timestamp(stored.updated_at) + ", later than the " +
                format_timestamp(*since) + " of if_unchanged_since");
}

/// Whether the stored record is the version `read`. The revision alone is not enough: other programs change a record
/// without increasing it, and some stores have none.
[[nodiscard]] inline bool is_version(const Document& stored, const Document& read) {
  return stored.revision == read.revision && stored.sequence == read.sequence && stored.updated_at == read.updated_at;
}

/// Throws `conflict` unless the stored record is the version that the caller has seen: `as_read` if set, otherwise the
/// one with exactly the time `if_unchanged_since`. For a store whose clock may assign an earlier time to a later
/// change.
inline void check_same_version(const Document& stored, const Change& condition) {
  if (condition.as_read) {
    if (!is_version(stored, *condition.as_read)) throw stale();
  } else if (condition.if_unchanged_since && stored.updated_at != *condition.if_unchanged_since) {
    throw stale("its updated_at is " + format_timestamp(stored.updated_at) + ", not the " +
                format_timestamp(*condition.if_unchanged_since) + " of if_unchanged_since");
  }
}

/// Whether two lists contain the same permissions. Permissions are a set: order and repetition do not count.
[[nodiscard]] inline bool same_permissions(const std::vector<Permission>& a, const std::vector<Permission>& b) {
  const auto has = [](const std::vector<Permission>& all, const Permission& wanted) {
    for (const Permission& one : all) {
      if (one == wanted) return true;
    }
    return false;
  };
  const auto holds = [&has](const std::vector<Permission>& all, const std::vector<Permission>& some) {
    for (const Permission& one : some) {
      if (!has(all, one)) return false;
    }
    return true;
  };
  return holds(a, b) && holds(b, a);
}

/// Whether the permissions of two collections or buckets permit the same.
[[nodiscard]] inline bool same_access(const AccessRules& a, const AccessRules& b) {
  return a.item_security == b.item_security && same_permissions(a.permissions, b.permissions);
}

/// Whether the stored document already has this value. `one`: position in the schema and value.
[[nodiscard]] inline bool has_value(const Document& stored, const std::pair<int, Value>& one) {
  return stored.values[static_cast<std::size_t>(one.first)] == one.second;
}

/// The part of a change that differs from the stored document. `if_unchanged_since`, `as_read` and `attempt` are kept.
[[nodiscard]] inline Change difference(const Document& stored, Change change) {
  std::erase_if(change.values, [&](const auto& one) { return has_value(stored, one); });
  if (change.permissions && same_permissions(*change.permissions, stored.permissions)) change.permissions.reset();
  if (change.created_at == stored.created_at) change.created_at.reset();
  if (change.updated_at == stored.updated_at) change.updated_at.reset();
  return change;
}

/// Whether the stored document already has everything that the change sets. Such a change keeps `updated_at`.
[[nodiscard]] inline bool changes_nothing(const Document& stored, const Change& change) {
  for (const auto& one : change.values) {
    if (!has_value(stored, one)) return false;
  }
  return (!change.permissions || same_permissions(*change.permissions, stored.permissions)) &&
         (!change.created_at || *change.created_at == stored.created_at) &&
         (!change.updated_at || *change.updated_at == stored.updated_at);
}

/// The same for a blob.
[[nodiscard]] inline bool changes_nothing(const BlobInfo& stored, const BlobChange& change) {
  return (!change.name || *change.name == stored.name) &&
         (!change.permissions || same_permissions(*change.permissions, stored.permissions));
}

/// The document with the values of a change. Times and permissions stay as they are.
[[nodiscard]] inline Document with_values(Document stored, const Change& change) {
  for (const auto& [position, value] : change.values) stored.values[static_cast<std::size_t>(position)] = value;
  return stored;
}

/// The document after a change that is not empty (see `changes_nothing`).
///
/// - `stored`: the present document
/// - `clock`: the present time of the store, for `updated_at`
///
/// Throws `invalid` if `updated_at` cannot advance, see `next_updated_at`.
[[nodiscard]] inline Document changed(const Document& stored, const Change& change, Timestamp clock) {
  Document after = with_values(stored, change);
  if (change.permissions) after.permissions = *change.permissions;
  if (change.created_at) after.created_at = *change.created_at;
  after.updated_at = change.updated_at ? *change.updated_at : next_updated_at(stored.updated_at, clock);
  return after;
}

/// The sum `value + by`; null counts as 0.
///
/// - `attribute`: must be an integer or a floating-point number
/// - `value`: the stored value
/// - `by`: the amount, of the attribute's type
///
/// Throws `invalid` for a sum outside the attribute's range or outside 64 bits, and for an amount of another type.
[[nodiscard]] inline Value incremented(const AttributeSchema& attribute, const Value& value, const Value& by) {
  Value sum;
  if (attribute.kind == AttributeType::integer && by.as<std::int64_t>()) {
    const std::int64_t start = value.as<std::int64_t>() ? *value.as<std::int64_t>() : 0;
    std::int64_t total = 0;
    if (__builtin_add_overflow(start, *by.as<std::int64_t>(), &total)) refuse(attribute, "would exceed 64 bits");
    sum = Value{total};
  } else if (attribute.kind == AttributeType::floating && by.as<double>()) {
    sum = Value{(value.as<double>() ? *value.as<double>() : 0.0) + *by.as<double>()};
  } else {
    refuse(attribute, "takes an increment of the same type; only numbers can be incremented");
  }
  check_scalar(attribute, sum);
  return sum;
}

}  // namespace reel::driver
