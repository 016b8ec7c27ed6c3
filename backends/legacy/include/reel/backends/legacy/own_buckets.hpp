#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/legacy/own_bucket.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/text/ascii.hpp>

namespace reel::legacy {

/// The buckets of a tree that are not the pipeline's, in the folder `own_buckets_name`.
class OwnBuckets {
 public:
  OwnBuckets(OwnBucket::Settings settings, bool durable, std::function<void()> before_change)
      : settings_(std::move(settings)), disk_(settings_.root, durable, std::move(before_change)) {}

  /// `not_found`: it was never made.
  [[nodiscard]] OwnBucket& at(const Bucket& bucket) {
    const std::lock_guard lock(mutex_);
    OwnBucket* const found = opened(bucket);
    if (!found) throw driver::not_set_up("bucket", bucket.id);
    return *found;
  }

  /// `unsupported`: it is not there, and the tree is only read.
  void ensure(const Bucket& bucket) {
    const std::lock_guard lock(mutex_);
    if (opened(bucket)) return;
    if (!settings_.writes)
      throw Error(Errc::unsupported, "this legacy tree has no bucket '" + bucket.id + "', and is read-only",
                  {.collection = bucket.id});
    disk_.make_folder(folder_of(bucket));
    static_cast<void>(opened(bucket));
  }

 private:
  /// Ids are the same without case.
  [[nodiscard]] static std::string name_of(const Bucket& bucket) { return text::lower_ascii(bucket.id); }
  [[nodiscard]] static std::string folder_of(const Bucket& bucket) {
    return std::string(own_buckets_name) + "/" + name_of(bucket);
  }

  [[nodiscard]] OwnBucket* opened(const Bucket& bucket) {
    std::unique_ptr<OwnBucket>& place = buckets_[name_of(bucket)];
    if (!place && disk_.look(folder_of(bucket)) == Disk::Entry::folder)
      place = std::make_unique<OwnBucket>(disk_, settings_, folder_of(bucket));
    return place.get();
  }

  OwnBucket::Settings settings_;
  Disk disk_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<OwnBucket>> buckets_;  ///< null: looked for, and not there
};

}  // namespace reel::legacy
