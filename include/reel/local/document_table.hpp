#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/change_rules.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/local/table.hpp>
#include <reel/local/transaction.hpp>

namespace reel::local {

/// The bodies of a table in memory: a row is the document itself. See `Bodies` for the meaning of the members.
struct SharedDocuments {
  /// Null for a removed record.
  using Row = driver::DocumentPtr;
  /// See `Bodies`.
  static bool live(const Row& row) { return row != nullptr; }
  /// See `Bodies`.
  static std::string_view id(const Row& row) { return row->id; }
  /// See `Bodies`.
  static const driver::Document* view(const Row& row) { return row.get(); }
  /// See `Bodies`.
  static const driver::DocumentPtr& share(const Row& row) { return row; }
  /// Prefetches the document of a row 24 rows ahead, and the values of a row 12 rows ahead, whose document has arrived
  /// by then.
  ///
  /// Always inlined: gcc removes the call of a function that only prefetches, because it returns nothing and changes
  /// nothing.
  [[gnu::always_inline]] static void prefetch(const std::vector<Row>& rows, std::size_t i,
                                              std::span<const std::size_t> attributes) {
    constexpr std::size_t far = 24, near = 12;
    if (i + far >= rows.size()) return;
    if (rows[i + far]) __builtin_prefetch(&rows[i + far]->values);
    if (!rows[i + near]) return;
    const driver::Value* values = rows[i + near]->values.data();
    for (const std::size_t attribute : attributes) __builtin_prefetch(values + attribute);
  }
};

/// A table in memory.
using DocumentTable = Table<SharedDocuments>;
/// A transaction on a table in memory.
using DocumentTransaction = Transaction<SharedDocuments>;

/// Applies all mutations of a transaction to its table.
inline void apply(const DocumentTransaction& transaction, DocumentTable& table) {
  for (const Mutation& mutation : transaction.mutations()) table.apply(mutation, mutation.after);
}

/// Brings a table to another schema. O(1) if nothing changes for its records, otherwise O(records × log records).
///
/// Throws `conflict` if stored values would be lost or violate a new unique index; then nothing has changed, because
/// the new table replaces the old one only when it is complete.
inline void change_schema(DocumentTable& table, const driver::CollectionSchema& schema) {
  driver::check_schema_change(table.schema(), schema, table.size() > 0);
  if (driver::same_shape(table.schema(), schema)) return;
  DocumentTable made(schema, table.encoder().rules());
  for (const driver::DocumentPtr& row : table.rows()) {
    if (!row) continue;
    auto document = std::make_shared<const driver::Document>(driver::reshaped(*row, table.schema(), schema));
    made.apply({nullptr, document}, document);
  }
  check_unique(made);
  made.reserve_sequence(table.next_sequence());
  table = std::move(made);
}

/// The entry of a collection or bucket in a map by id.
///
/// - `kind`: `collection` or `bucket`, for the message
///
/// Throws `not_found` if the collection or bucket was never set up.
template <class Map>
[[nodiscard]] auto& require_set_up(Map& map, std::string_view kind, const std::string& id) {
  const auto found = map.find(id);
  if (found == map.end()) throw driver::not_set_up(kind, id);
  return found->second;
}

}  // namespace reel::local
