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

/// The largest file that an Appwrite server takes, and the buckets of the pipeline that are for larger ones.
struct BucketLimits {
  std::optional<std::int64_t> server{};  ///< bytes; none: the key may not find out
  std::vector<reel::Bucket> beyond{};    ///< setup refuses these
  std::vector<reel::Bucket> limited{};   ///< these exist and take what the server takes
};

/// Asks the server, which writes nothing: see `reel::appwrite::storage_limit`.
[[nodiscard]] BucketLimits bucket_limits(const reel::appwrite::Client& client);

[[nodiscard]] Json json_of(const BucketLimits& limits);
/// To standard output.
void print(const BucketLimits& limits);

}  // namespace tool
