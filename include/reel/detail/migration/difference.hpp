#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <reel/blob.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/id.hpp>

namespace reel::detail {

/// The names of the attributes and properties in which two documents differ; empty if they agree. The sequence, which
/// every store assigns itself, is not compared.
[[nodiscard]] inline std::string difference(const driver::CollectionSchema& schema, const driver::Document& a,
                                            const driver::Document& b) {
  std::string names;
  const auto note = [&names](std::string_view name) { (names += names.empty() ? "" : ", ") += name; };
  if (!same_id(a.id, b.id)) note("id");
  for (std::size_t i = 0; i < schema.attributes.size(); ++i) {
    if (i >= a.values.size() || i >= b.values.size() || !(a.values[i] == b.values[i])) note(schema.attributes[i].name);
  }
  if (a.created_at != b.created_at) note("(created_at of the record)");
  if (a.updated_at != b.updated_at) note("(updated_at of the record)");
  if (!driver::same_permissions(a.permissions, b.permissions)) note("(permissions)");
  return names;
}

/// The names of the properties in which two blobs differ; empty if they agree. Content type and times are not compared:
/// stores determine them.
[[nodiscard]] inline std::string difference(const BlobInfo& a, const BlobInfo& b) {
  std::string names;
  const auto note = [&names](std::string_view name) { (names += names.empty() ? "" : ", ") += name; };
  if (a.size != b.size) note("size");
  if (a.md5 != b.md5) note("md5");
  if (a.name != b.name) note("name");
  if (!driver::same_permissions(a.permissions, b.permissions)) note("permissions");
  return names;
}

}  // namespace reel::detail
