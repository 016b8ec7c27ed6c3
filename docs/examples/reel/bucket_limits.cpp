#include "bucket_limits.hpp"

#ifdef REEL_TOOL_APPWRITE

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/buckets.hpp>
#include <reel/backends/appwrite/storage_limit.hpp>
#include <reel/video/buckets.hpp>

#include "text.hpp"

namespace tool {

namespace {

/// Returns whether the bucket exists and is at the server's limit, so that setup accepts it unchanged.
bool is_limited(const reel::appwrite::Client& client, const reel::Bucket& bucket) {
  try {
    return reel::appwrite::BucketSetup(client, bucket).preview().exists;
  } catch (const reel::Error& error) {
    if (error.code() != reel::Errc::too_large) throw;
    return false;
  }
}

Json sizes_of(const std::vector<reel::Bucket>& buckets) {
  Json sizes = Json::object();
  for (const reel::Bucket& bucket : buckets) sizes[bucket.id] = bucket.max_size;
  return sizes;
}

}  // namespace

BucketLimits bucket_limits(const reel::appwrite::Client& client) {
  BucketLimits limits;
  try {
    limits.server = reel::appwrite::storage_limit(client);
  } catch (const reel::Error& error) {
    if (error.code() != reel::Errc::forbidden) throw;
  }
  for (reel::Bucket& bucket : reel::video::buckets()) {
    if (!limits.server || bucket.max_size <= *limits.server) continue;
    (is_limited(client, bucket) ? limits.limited : limits.beyond).push_back(std::move(bucket));
  }
  return limits;
}

Json json_of(const BucketLimits& limits) {
  return {{"largest_file", limits.server ? Json(*limits.server) : Json()},
          {"buckets_beyond", sizes_of(limits.beyond)},
          {"buckets_limited", sizes_of(limits.limited)}};
}

void print(const BucketLimits& limits) {
  if (!limits.server) return;
  std::cout << "\nlargest file that the server accepts: " << *limits.server << " bytes\n";
  for (const reel::Bucket& bucket : limits.limited)
    std::cout << "  " << limited_bucket_text(bucket, *limits.server) << '\n';
  if (limits.beyond.empty()) return;
  for (const reel::Bucket& bucket : limits.beyond)
    std::cout << "  bucket " << bucket.id << " needs files of up to " << bucket.max_size << " bytes\n";
  std::cout << "raise _APP_STORAGE_LIMIT on the server, or set the store up with --limit-to-server\n";
}

}  // namespace tool

#endif
