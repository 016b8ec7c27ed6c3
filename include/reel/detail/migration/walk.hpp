#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <reel/detail/blob_transfer.hpp>
#include <reel/driver/ability_set.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/driver/reference_order.hpp>
#include <reel/driver/same_data.hpp>
#include <reel/driver/store_identity.hpp>
#include <reel/error.hpp>
#include <reel/md5.hpp>
#include <reel/migration/progress.hpp>
#include <reel/migration/set.hpp>

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

/// Whether both stores have the same buckets, which are left out then, as those of two databases of one Appwrite
/// project. Throws `invalid` if they have the same data of the set.
[[nodiscard]] inline bool share_blobs(const driver::StoreIdentity& source, const driver::StoreIdentity& target,
                                      const MigrationSet& set) {
  const bool same = set.collections.empty() ? !set.buckets.empty() && driver::has_same_blobs(source, target)
                                            : driver::has_same_records(source, target);
  if (same) throw Error(Errc::invalid, "source and target are the same store; choose another target");
  return source.blobs == target.blobs;  // certain, because shared buckets are left out
}

/// Identifies the collections, with their attributes, and buckets of a set, in any order of the collections.
[[nodiscard]] inline std::string digest_of(const MigrationSet& set) {
  Md5 digest;
  const auto add = [&](const std::string& part) { digest.update(part + '\n'); };
  for (const driver::CollectionSchema* schema : driver::in_reference_order(set.collections)) {
    add("collection " + schema->id);
    for (const driver::AttributeSchema& attribute : schema->attributes) add(attribute.name);
  }
  for (const Bucket& bucket : set.buckets) add("bucket " + bucket.id);
  return digest.finish();
}

/// Names a collection.
[[nodiscard]] inline MigrationKind kind_of(const driver::CollectionSchema& schema) { return {.id = schema.id}; }
/// Names a bucket.
[[nodiscard]] inline MigrationKind kind_of(const Bucket& bucket) { return {.id = bucket.id, .bucket = true}; }

/// The number of records of a collection that match. One request.
[[nodiscard]] inline std::int64_t count_in(driver::ErasedStore& store, const driver::CollectionSchema& schema,
                                           const std::vector<driver::Condition>& where = {}) {
  return store.count(schema, {.where = where});
}
/// The number of blobs in a bucket that match. One request. Throws `unsupported` if the store does not count them.
[[nodiscard]] inline std::int64_t count_in(driver::ErasedStore& store, const Bucket& bucket,
                                           const std::vector<driver::Condition>& where = {}) {
  const auto total = store.list(bucket, {.where = where, .limit = 1, .with_total = true}).total;
  if (!total) throw Error(Errc::unsupported, "the store does not count its blobs");
  return *total;
}
/// The number of records or blobs; 0 in a store that does not have the collection or bucket.
template <class Container>
[[nodiscard]] std::int64_t count_or_zero(driver::ErasedStore& store, const Container& container) {
  try {
    return count_in(store, container);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
  }
  return 0;
}

/// Calls `extra(id)` for each record or blob of a page that `store` does not have, and `unreadable(error)` for each
/// that could not be read and that `store` does not have. An item that `store` cannot read counts as there. One look-up
/// for each `driver::ids_per_query` items.
template <class Container, class Item, class Extra, class Unreadable>
void each_extra(driver::ErasedStore& store, const Container& container, const driver::Page<Item>& page, int parallelism,
                Extra&& extra, Unreadable&& unreadable) {
  std::vector<std::string_view> ids;
  for (const Item& item : page.items) ids.push_back(driver::id_of(item));
  for (const Error& error : page.failed) ids.push_back(error.id());
  const auto found = driver::look_up(store, container, ids, parallelism);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (found[i].found || found[i].error) continue;
    i < page.items.size() ? extra(driver::id_of(page.items[i])) : unreadable(page.failed[i - page.items.size()]);
  }
}

}  // namespace reel::detail
