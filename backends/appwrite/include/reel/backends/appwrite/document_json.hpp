#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <reel/backends/appwrite/float_parts.hpp>
#include <reel/backends/appwrite/version_attribute.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/json.hpp>
#include <reel/json/json_line.hpp>

/// Documents as they are sent to the server.
namespace reel::appwrite {

using Json = nlohmann::json;

using reel::to_json;

[[nodiscard]] inline Json to_json(const std::vector<Permission>& permissions) {
  Json texts = Json::array();
  for (const Permission& permission : permissions) texts.push_back(permission.str());
  return texts;
}

/// Of the next member of the object that is open.
inline void append_name(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  json::append_string(out, name);
  out += ':';
}
inline void append_text_member(std::string& out, std::string_view name, std::string_view text) {
  append_name(out, name);
  json::append_string(out, text);
}
inline void append_permissions(std::string& out, const std::vector<Permission>& permissions) {
  out += '[';
  for (const Permission& permission : permissions) {
    if (out.back() != '[') out += ',';
    json::append_string(out, permission.str());
  }
  out += ']';
}

/// Of a floating-point number the rounded part.
inline void append_rounded(std::string& out, const driver::AttributeSchema& attribute, const driver::Value& value) {
  if (attribute.list || !value.as<double>()) return json::append_value(out, value);
  const double rounded = parts_of(attribute, value).rounded;
  if (is_whole(rounded)) {
    json::append_number(out, static_cast<std::int64_t>(rounded));
  } else {
    json::append_number(out, rounded);
  }
}

/// The members of a new document's `data`, times included where they are given. Nulls too: an empty `data` would be
/// refused. `zero_version`: the version, too, which else is null and counts as 0.
inline void append_data(std::string& out, const driver::CollectionSchema& schema, const driver::Document& document,
                        bool zero_version) {
  for (std::size_t i = 0; i < schema.attributes.size(); ++i) {
    append_name(out, schema.attributes[i].name);
    append_rounded(out, schema.attributes[i], document.values[i]);
  }
  const auto append_time = [&](std::string_view name, Timestamp time) {
    if (time != driver::by_store) append_text_member(out, name, format_timestamp(time));
  };
  append_time("$createdAt", document.created_at);
  append_time("$updatedAt", document.updated_at);
  if (zero_version) {
    append_name(out, version_attribute);
    out += '0';
  }
}

/// The body that creates a document, whose id goes under the name `id_word`.
[[nodiscard]] inline std::string new_document(const driver::CollectionSchema& schema, const driver::Document& document,
                                              std::string_view id_word, bool zero_version = false) {
  std::string out = "{";
  append_text_member(out, id_word, document.id);
  append_name(out, "data");
  out += '{';
  append_data(out, schema, document, zero_version);
  out += '}';
  append_name(out, "permissions");
  append_permissions(out, document.permissions);
  return out += '}';
}

/// Appends one of the documents of a body that creates many.
inline void append_bulk_document(std::string& out, const driver::CollectionSchema& schema,
                                 const driver::Document& document, bool zero_version = false) {
  out += '{';
  append_text_member(out, "$id", document.id);
  append_data(out, schema, document, zero_version);
  append_name(out, "$permissions");
  append_permissions(out, document.permissions);
  out += '}';
}

}  // namespace reel::appwrite
