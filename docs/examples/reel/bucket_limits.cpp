#include "bucket_limits.hpp"

#ifdef REEL_TOOL_APPWRITE

#include <iostream>
#include <string>

#include <reel/backends/appwrite/storage_limit.hpp>
#include <reel/video/buckets.hpp>

namespace tool {

BucketLimits bucket_limits(const reel::appwrite::Client& client) {
  BucketLimits limits;
  try {
    limits.server = reel::appwrite::storage_limit(client);
  } catch (const reel::Error& error) {
    if (error.code() != reel::Errc::forbidden) throw;
  }
  for (reel::Bucket& bucket : reel::video::buckets()) {
    if (limits.server && bucket.max_size > *limits.server) limits.beyond.push_back(std::move(bucket));
  }
  return limits;
}

Json json_of(const BucketLimits& limits) {
  Json beyond = Json::object();
  for (const reel::Bucket& bucket : limits.beyond) beyond[bucket.id] = bucket.max_size;
  return {{"largest_file", limits.server ? Json(*limits.server) : Json()}, {"buckets_beyond", std::move(beyond)}};
}

void print(const BucketLimits& limits) {
  if (!limits.server) return;
  std::cout << "\nlargest file that the server takes: " << *limits.server << " bytes\n";
  if (limits.beyond.empty()) return;
  for (const reel::Bucket& bucket : limits.beyond)
    std::cout << "  bucket " << bucket.id << " is to take files of " << bucket.max_size << " bytes\n";
  std::cout << "raise _APP_STORAGE_LIMIT on the server, or set the store up with --limit-to-server\n";
}

}  // namespace tool

#endif
