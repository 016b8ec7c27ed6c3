#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <reel/driver/collection_schema.hpp>
#include <reel/error.hpp>

namespace reel::driver {

/// The effect that `ensure` would have, determined without changing anything.
struct SetupPreview {
  /// The collection or bucket exists, with whatever schema.
  bool exists = false;
  /// One sentence for each change that `ensure` would make to an existing one.
  std::vector<std::string> changes{};
  /// The schema with which an existing collection can be read and queried before `ensure` has changed it. Null if the
  /// wanted schema reads it.
  std::shared_ptr<const CollectionSchema> stored{};
  /// The error of every write, such as `forbidden`; empty if writes are possible.
  std::optional<Error> refusal{};
  /// The largest blob in bytes that the bucket accepts after `ensure`. Empty if that is the `max_size` of the bucket.
  std::optional<std::int64_t> max_size{};
};

}  // namespace reel::driver
