#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <reel/codec.hpp>
#include <reel/video/buckets.hpp>

#include "commands.hpp"

namespace tool {

/// Returns the enumerator of this name. Throws a `UsageError` that lists the valid names.
template <class Enum>
[[nodiscard]] Enum chosen(std::string_view option, const std::string& name) {
  if (const auto value = reel::enum_value<Enum>(name)) return *value;
  std::string names;
  for (const auto& [value, known] : reel::EnumNames<Enum>::names) (names += names.empty() ? "" : ", ") += known;
  throw UsageError(std::string(option) + ": '" + name + "' is not one of " + names);
}

/// Returns the bucket of the pipeline with this id. Throws a `UsageError` that lists the valid ids.
[[nodiscard]] inline reel::Bucket bucket_named(std::string_view option, const std::string& name) {
  std::string names;
  for (reel::Bucket& bucket : reel::video::buckets()) {
    if (bucket.id == name) return std::move(bucket);
    (names += names.empty() ? "" : ", ") += bucket.id;
  }
  throw UsageError(std::string(option) + ": '" + name + "' is not one of " + names);
}

}  // namespace tool
