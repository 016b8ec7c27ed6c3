#pragma once

#include <string>
#include <vector>

#include <reel/detail/blob_transfer.hpp>
#include <reel/driver/ability_set.hpp>
#include <reel/driver/reference_order.hpp>
#include <reel/error.hpp>
#include <reel/migration_set.hpp>

namespace reel::detail {

/// Calls `visit` with every collection, each after those it refers to, and then with every bucket. Throws `invalid` or
/// `unsupported` before the first call if the set cannot be migrated between these stores.
template <class Visit>
void for_each_kind(const driver::AbilitySet& source, const driver::AbilitySet& target, const MigrationSet& set,
                   Visit&& visit) {
  const std::vector<const driver::CollectionSchema*> collections = driver::in_reference_order(set.collections);
  for (const Bucket& bucket : set.buckets) ErasedTransfer::check_bucket(bucket);
  const bool records = source.records && target.records;
  const bool blobs = source.blobs && target.blobs;
  if ((!records && !collections.empty()) || (!blobs && !set.buckets.empty()))
    throw Error(Errc::unsupported, std::string("one of the two stores has no ") + (records ? "blobs" : "records"));
  for (const driver::CollectionSchema* schema : collections) visit(*schema);
  for (const Bucket& bucket : set.buckets) visit(bucket);
}

}  // namespace reel::detail
