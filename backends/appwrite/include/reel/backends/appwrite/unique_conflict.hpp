#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

#include <reel/backends/appwrite/record_reader.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/change_rules.hpp>

namespace reel::appwrite {

/// Whether the change contains a column of a unique index of the schema, and so may violate it.
[[nodiscard]] inline bool touches_unique_index(const driver::CollectionSchema& schema, const driver::Change& change) {
  const auto names = [&](const driver::IndexPart& part) {
    return std::any_of(change.values.begin(), change.values.end(),
                       [&](const auto& one) { return one.first == part.attribute; });
  };
  return std::any_of(schema.indexes.begin(), schema.indexes.end(), [&](const driver::IndexSchema& index) {
    return index.kind == driver::IndexKind::unique && std::any_of(index.parts.begin(), index.parts.end(), names);
  });
}

/// Returns the name of the first unique index in which another record has the values of `wanted`, or `nullopt`. Needed
/// because the server does not name the violated index (`document_already_exists`) and answers 500 if a bulk write
/// violates one (Appwrite 1.8.1). 1 request for each unique index. Another writer may have changed the records since,
/// so the result explains a refusal but does not predict one.
[[nodiscard]] inline std::optional<std::string> broken_unique_index(const Client& client, const Routes& routes,
                                                                    const driver::CollectionSchema& schema,
                                                                    const driver::Document& wanted) {
  for (const driver::IndexSchema& index : schema.indexes) {
    if (index.kind != driver::IndexKind::unique || driver::is_exempt(index, wanted)) continue;
    driver::QueryTree query{.limit = 2};
    for (const driver::IndexPart& part : index.parts) {
      const driver::Value& value = wanted.values[static_cast<std::size_t>(part.attribute)];
      query.where.push_back({.op = driver::Operator::equal, .attribute = part.attribute, .values = {value}});
    }
    for (const driver::DocumentPtr& found : RecordReader(client, routes, schema, query).list().items) {
      if (!same_id(found->id, wanted.id)) return index.name;
    }
  }
  return std::nullopt;
}

}  // namespace reel::appwrite
