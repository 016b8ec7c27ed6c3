#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <reel/backends/appwrite/float_parts.hpp>
#include <reel/backends/appwrite/version_attribute.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/json/writer.hpp>

/// Documents in the form that the server accepts.
namespace reel::appwrite {

/// The members of a new document's `data`, and its times where they are given. Null values are included, because the
/// server refuses an empty `data` (`document_missing_data`, Appwrite 1.8.1). With `zero_version` the version starts at
/// 0, otherwise it is null, which counts as 0.
[[nodiscard]] inline json::Object new_data(const driver::CollectionSchema& schema, const driver::Document& document,
                                           bool zero_version) {
  json::Object data;
  for (std::size_t i = 0; i < schema.attributes.size(); ++i)
    data.add_json(schema.attributes[i].name, rounded_json(schema.attributes[i], document.values[i]));
  if (document.created_at != driver::by_store) data.add("$createdAt", document.created_at);
  if (document.updated_at != driver::by_store) data.add("$updatedAt", document.updated_at);
  if (zero_version) data.add(version_attribute, 0);
  return data;
}

/// The body that creates one document. `id_word` is the name of the member for its id.
[[nodiscard]] inline std::string new_document(const driver::CollectionSchema& schema, const driver::Document& document,
                                              std::string_view id_word, bool zero_version = false) {
  return json::Object{}
      .add(id_word, document.id)
      .add("data", new_data(schema, document, zero_version))
      .add("permissions", document.permissions)
      .str();
}

/// Appends one document for the body that creates many.
inline void append_bulk_document(std::string& out, const driver::CollectionSchema& schema,
                                 const driver::Document& document, bool zero_version = false) {
  out += json::Object{}
             .add("$id", document.id)
             .add(new_data(schema, document, zero_version))
             .add("$permissions", document.permissions)
             .str();
}

}  // namespace reel::appwrite
