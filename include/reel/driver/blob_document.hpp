#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <reel/blob.hpp>
#include <reel/driver/document.hpp>

/// Blobs as documents with the attributes of `Schema<BlobInfo>` (`<reel/driver/blob_schema.hpp>`), so that queries,
/// cursors and watches need one implementation for records and blobs.
namespace reel::driver {

/// The values of a blob in the order of the attributes of `Schema<BlobInfo>`.
[[nodiscard]] inline std::vector<Value> values_of(const BlobInfo& blob) {
  return {Value{blob.name}, Value{blob.size}, Value{blob.md5}, Value{blob.content_type}};
}

/// The document of a stored blob.
[[nodiscard]] inline Document document_of(const BlobInfo& blob) {
  return {.id = blob.id.str(),
          .sequence = blob.sequence,
          .created_at = blob.created_at,
          .updated_at = blob.updated_at,
          .permissions = blob.permissions,
          .values = values_of(blob)};
}

/// The blob in a document. The first attributes are those of `Schema<BlobInfo>`, none of them null; a store may have
/// added others after them.
[[nodiscard]] inline BlobInfo blob_of(const Document& document) {
  return {.id = BlobId{document.id},
          .name = *document.values[0].as<std::string>(),
          .size = *document.values[1].as<std::int64_t>(),
          .md5 = *document.values[2].as<std::string>(),
          .content_type = *document.values[3].as<std::string>(),
          .permissions = document.permissions,
          .sequence = document.sequence,
          .created_at = document.created_at,
          .updated_at = document.updated_at};
}

/// The blob in a document; empty if the document is null.
[[nodiscard]] inline std::optional<BlobInfo> blob_of(const DocumentPtr& document) {
  return document ? std::optional{blob_of(*document)} : std::nullopt;
}

}  // namespace reel::driver
