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

/// Rows that are the documents themselves.
struct SharedDocuments {
  using Row = driver::DocumentPtr;
  static bool live(const Row& row) { return row != nullptr; }
  static std::string_view id(const Row& row) { return row->id; }
  static const driver::Document* view(const Row& row) { return row.get(); }
  static const driver::DocumentPtr& share(const Row& row) { return row; }
  /// Fetches a document some rows ahead, and the values of a nearer one, which has arrived by then. Always inlined: gcc
  /// drops the call of a function that only prefetches, because it returns nothing and changes nothing.
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
using DocumentTransaction = Transaction<SharedDocuments>;

/// Applies the mutations of a transaction on the table, all of them.
inline void apply(const DocumentTransaction& transaction, DocumentTable& table) {
  for (const Mutation& mutation : transaction.mutations()) table.apply(mutation, mutation.after);
}

/// `conflict` if the document breaks a unique index of a table that is being filled.
template <class Table>
void check_unique(const Table& table, const driver::Document& document) {
  const auto& indexes = table.schema().indexes;
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    if (indexes[i].kind != driver::IndexKind::unique || driver::is_exempt(indexes[i], document)) continue;
    const std::string key = table.encoder().key(indexes[i], document);
    const auto at = table.ordered_index(i).lower_bound(key);
    if (at != table.ordered_index(i).end() && table.ordered_index(i).key_at(at) == key)
      throw driver::cannot_make_unique(table.schema().id, indexes[i].name, document.id);
  }
}

/// Brings a table to another schema. O(1) if nothing changes for its records, else O(records). `conflict`: stored
/// values would be lost, or violate a new unique index; nothing has changed then.
inline void change_schema(DocumentTable& table, const driver::CollectionSchema& schema) {
  driver::check_schema_change(table.schema(), schema, table.size() > 0);
  if (driver::same_shape(table.schema(), schema)) return;
  DocumentTable made(schema, table.encoder().rules());
  for (const driver::DocumentPtr& row : table.rows()) {
    if (!row) continue;
    auto document = std::make_shared<const driver::Document>(driver::reshaped(*row, table.schema(), schema));
    check_unique(made, *document);
    made.apply({nullptr, document}, document);
  }
  made.reserve_sequence(table.next_sequence());
  table = std::move(made);
}

/// The entry of a collection or bucket (`kind` in messages) in a map by id. `not_found`: it was never set up.
template <class Map>
[[nodiscard]] auto& require_set_up(Map& map, std::string_view kind, const std::string& id) {
  const auto found = map.find(id);
  if (found == map.end()) throw driver::not_set_up(kind, id);
  return found->second;
}

}  // namespace reel::local
