#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/driver/change_rules.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/error.hpp>
#include <reel/local/reshape.hpp>

namespace reel::local {

[[nodiscard]] inline Error not_set_up(std::string_view kind, std::string_view id) {
  return Error(Errc::not_found,
               std::string(kind) + " '" + std::string(id) + "' is not in this store; call setup() first",
               {.collection = std::string(id)});
}

/// Refuses a schema under which values already stored could no longer be read or would be lost. More attributes (with
/// a null or a default for old records), wider rules and other indexes are fine.
inline void check_evolution(const driver::CollectionSchema& stored, const driver::CollectionSchema& wanted,
                            bool has_records) {
  const auto refuse = [&](const driver::AttributeSchema& attribute, const std::string& reason) {
    throw Error(Errc::conflict, "attribute '" + attribute.name + "' " + reason,
                {.collection = wanted.id, .attribute = attribute.name});
  };
  for (const driver::AttributeSchema& old : stored.attributes) {
    const auto place = wanted.position(old.name);
    if (!place) refuse(old, "is in the store and not in the schema: its values would be lost");
    const driver::AttributeSchema& now = wanted.attributes[static_cast<std::size_t>(*place)];
    if (now.kind != old.kind || now.list != old.list) refuse(old, "has another type in the store than in the schema");
    if (has_records && now.required && !old.required && now.default_value.is_null())
      refuse(old, "is optional in the store and required by the schema");
  }
  for (const driver::AttributeSchema& now : wanted.attributes) {
    if (has_records && now.required && !stored.position(now.name))
      refuse(now,
             "is new and required, but the store has records without it: make it optional or give it a default_value");
  }
}

/// Whether records stored under one schema need no work to be served under the other.
[[nodiscard]] inline bool same_shape(const driver::CollectionSchema& a, const driver::CollectionSchema& b) {
  const auto same_attribute = [](const driver::AttributeSchema& x, const driver::AttributeSchema& y) {
    return x.name == y.name && x.kind == y.kind && x.list == y.list && x.required == y.required &&
           x.max_length == y.max_length && x.minimum == y.minimum && x.maximum == y.maximum &&
           x.elements == y.elements && x.default_value == y.default_value && x.references == y.references &&
           x.on_remove == y.on_remove;
  };
  const auto same_index = [](const driver::IndexSchema& x, const driver::IndexSchema& y) {
    return x.name == y.name && x.kind == y.kind && x.parts == y.parts;
  };
  return std::equal(a.attributes.begin(), a.attributes.end(), b.attributes.begin(), b.attributes.end(),
                    same_attribute) &&
         std::equal(a.indexes.begin(), a.indexes.end(), b.indexes.begin(), b.indexes.end(), same_index);
}

[[nodiscard]] inline bool refers_to(const driver::CollectionSchema& schema, std::string_view collection) {
  return std::any_of(schema.attributes.begin(), schema.attributes.end(),
                     [&](const driver::AttributeSchema& attribute) { return attribute.references == collection; });
}

/// `conflict` if the document breaks a unique index of a table that is being filled anew.
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

}  // namespace reel::local
