#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <reel/blob.hpp>

#include "json.hpp"

namespace reel::appwrite {
class Client;
}

namespace tool {

/// The largest file that an Appwrite server accepts, and the pipeline's buckets that need larger files.
struct BucketLimits {
  std::optional<std::int64_t> server{};  ///< bytes; empty if the key may not read the limit
  std::vector<reel::Bucket> beyond{};    ///< buckets that setup refuses
  std::vector<reel::Bucket> limited{};   ///< existing buckets at the server's limit
};

/// Requests the limits from the server and changes nothing. See `reel::appwrite::storage_limit`.
[[nodiscard]] BucketLimits bucket_limits(const reel::appwrite::Client& client);

[[nodiscard]] Json json_of(const BucketLimits& limits);
/// Prints the limits to standard output.
void print(const BucketLimits& limits);

}  // namespace tool
