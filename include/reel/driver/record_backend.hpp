#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <reel/driver/change.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/timestamp.hpp>

namespace reel::driver {

namespace detail {

/// One concept for each operation, so that `check_backend` can name a missing one.
template <class B>
concept HasEnsure = requires(B& b, const CollectionSchema& schema) {
  b.ensure(schema);
};
template <class B>
concept HasCreate = requires(B& b, const CollectionSchema& schema, Document document) {
  { b.create(schema, std::move(document)) } -> std::same_as<DocumentPtr>;
};
template <class B>
concept HasFind = requires(B& b, const CollectionSchema& schema, std::string_view id) {
  { b.find(schema, id) } -> std::same_as<DocumentPtr>;
};
template <class B>
concept HasUpdate = requires(B& b, const CollectionSchema& schema, std::string_view id, Change change) {
  { b.update(schema, id, std::move(change)) } -> std::same_as<DocumentPtr>;
};
template <class B>
concept HasRemove = requires(B& b, const CollectionSchema& schema, std::string_view id, std::optional<Timestamp> time) {
  { b.remove(schema, id, time) } -> std::same_as<bool>;
};
template <class B>
concept HasList = requires(B& b, const CollectionSchema& schema, const QueryTree& query) {
  { b.list(schema, query) } -> std::same_as<Page<DocumentPtr>>;
};
template <class B>
concept HasCount = requires(B& b, const CollectionSchema& schema, const QueryTree& query) {
  { b.count(schema, query) } -> std::same_as<std::int64_t>;
};

}  // namespace detail

/// A store of records. `schema` identifies the collection and describes its attributes and indexes. Operations on a
/// collection that was never set up throw `not_found`.
///
/// - `ensure(schema)` creates the collection, or brings an existing one to this schema, and stores
///   `CollectionSchema::access` if it has a value. Idempotent and safe to call concurrently. `conflict`: values would
///   be lost, or stored records violate a new unique index; nothing has changed.
/// - `create(schema, document)` stores a new record and returns it with sequence and times assigned. `already_exists`:
///   the id exists, or a unique index has the values; the context names the index.
/// - `find(schema, id)` returns the record, or null.
/// - `update(schema, id, change)` applies the change and returns the whole record, or null if it does not exist.
///   `conflict`: a condition of the change is not met, even if nothing would change. `already_exists`: a unique index.
/// - `remove(schema, id, if_unchanged_since)` returns false if the record does not exist. `conflict`: it was updated
///   after that time.
/// - `list(schema, query)` returns the first `query.limit` matches after `query.after`, in order. See `Page`.
/// - `count(schema, query)` returns the exact number of matches. Limit, order and cursor have no effect.
///
/// `<reel/driver/backend.hpp>` has the rules common to all operations. The functions of
/// `<reel/driver/change_rules.hpp>` implement the rules of a write.
template <class B>
concept RecordBackend = detail::HasEnsure<B> && detail::HasCreate<B> && detail::HasFind<B> && detail::HasUpdate<B> &&
    detail::HasRemove<B> && detail::HasList<B> && detail::HasCount<B>;

}  // namespace reel::driver

namespace reel {
using driver::RecordBackend;
}  // namespace reel
