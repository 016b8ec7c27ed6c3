#pragma once

#include <string>
#include <vector>

#include <reel/detail/blob_transfer.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/reference_order.hpp>
#include <reel/error.hpp>
#include <reel/migration_set.hpp>

namespace reel::detail {

/// Calls `visit` with every collection, each after those it refers to, and then with every bucket. Throws `invalid` or
/// `unsupported` before the first call if the set cannot be migrated between these stores.
template <class Source, class Target, class Visit>
void for_each_kind(const MigrationSet& set, Visit&& visit) {
  const std::vector<const driver::CollectionSchema*> collections = driver::in_reference_order(set.collections);
  if constexpr (driver::BlobBackend<Target>) {
    for (const Bucket& bucket : set.buckets) BlobTransfer<Target>::check_bucket(bucket);
  }
  constexpr bool records = driver::RecordBackend<Source> && driver::RecordBackend<Target>;
  constexpr bool blobs = driver::BlobBackend<Source> && driver::BlobBackend<Target>;
  if ((!records && !collections.empty()) || (!blobs && !set.buckets.empty()))
    throw Error(Errc::unsupported, std::string("one of the two stores has no ") + (records ? "blobs" : "records"));
  if constexpr (records) {
    for (const driver::CollectionSchema* schema : collections) visit(*schema);
  }
  if constexpr (blobs) {
    for (const Bucket& bucket : set.buckets) visit(bucket);
  }
}

}  // namespace reel::detail
