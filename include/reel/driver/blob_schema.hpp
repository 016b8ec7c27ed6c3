#pragma once

#include <string>
#include <vector>

#include <reel/blob.hpp>
#include <reel/query.hpp>
#include <reel/schema.hpp>

/// The schema by which blobs are queried, so that queries of blobs and of records share one implementation:
/// `Query<BlobInfo>{}.where(field<&BlobInfo::size> > 5 * MiB)`. Id and times are queried with `id<BlobInfo>`,
/// `created_at<BlobInfo>` and `updated_at<BlobInfo>`.
template <>
struct reel::Schema<reel::BlobInfo> {
  /// The struct that the schema describes.
  using BlobInfo = reel::BlobInfo;
  // clang-format off
  /// The attributes, in the order of `driver::values_of`. Permissions and sequence cannot be queried.
  static constexpr auto collection = reel::collection("blobs", "Blobs",
      attribute("name", &BlobInfo::name, max_length(255)),
      attribute("size", &BlobInfo::size),
      attribute("md5", &BlobInfo::md5, max_length(32)),
      attribute("content_type", &BlobInfo::content_type, max_length(255)),
      not_stored(&BlobInfo::id), not_stored(&BlobInfo::permissions), not_stored(&BlobInfo::sequence),
      not_stored(&BlobInfo::created_at), not_stored(&BlobInfo::updated_at));
  // clang-format on
};
