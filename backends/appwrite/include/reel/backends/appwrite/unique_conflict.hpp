#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include <reel/backends/appwrite/reader.hpp>
#include <reel/driver/change_rules.hpp>

namespace reel::appwrite {

/// Whether the change may violate a unique index of the schema.
[[nodiscard]] inline bool touches_unique_index(const CollectionSchema& schema, const Change& change) {
  const auto names = [&](const IndexPart& part) {
    return std::any_of(change.values.begin(), change.values.end(),
                       [&](const auto& one) { return one.first == part.attribute; });
  };
  return std::any_of(schema.indexes.begin(), schema.indexes.end(), [&](const IndexSchema& index) {
    return index.kind == IndexKind::unique && std::any_of(index.parts.begin(), index.parts.end(), names);
  });
}

/// The name of the first unique index in which another record has the values of `wanted`, or `nullopt`. The server does
/// not name the index, and answers 500 if a bulk write violates it. 1 request for each unique index.
[[nodiscard]] inline std::optional<std::string> broken_unique_index(const Client& client, const Routes& routes,
                                                                    const CollectionSchema& schema,
                                                                    const Document& wanted) {
  for (const IndexSchema& index : schema.indexes) {
    if (index.kind != IndexKind::unique || driver::is_exempt(index, wanted)) continue;
    QueryTree query{.limit = 2};
    for (const IndexPart& part : index.parts) {
      const Value& value = wanted.values[static_cast<std::size_t>(part.attribute)];
      query.where.push_back({.op = Operator::equal, .attribute = part.attribute, .values = {value}});
    }
    for (const DocumentPtr& found : Reader(client, routes, schema, query).list().items) {
      if (!same_id(found->id, wanted.id)) return index.name;
    }
  }
  return std::nullopt;
}

}  // namespace reel::appwrite
