#include "copying.hpp"

#include <iterator>

#include <reel/blob_store.hpp>
#include <reel/driver/walk.hpp>
#include <reel/video/everything.hpp>

namespace tool {
namespace {

std::int64_t count_blobs(Store& source, const reel::Bucket& bucket) {
  std::int64_t count = 0;
  reel::driver::walk(source, bucket, {.limit = 1000}, [&](const auto& page) {
    count += std::ssize(page.items) + std::ssize(page.failed);
    return true;
  });
  return count;
}

}  // namespace

ProgressLine::Count count_in(Store& source) {
  return [&source](const reel::MigrationKind& kind) -> std::optional<std::int64_t> {
    const reel::MigrationSet all = reel::video::everything;
    try {
      for (const reel::driver::CollectionSchema* schema : all.collections) {
        if (!kind.bucket && schema->id == kind.id) return source.count(*schema, {});
      }
      for (const reel::Bucket& bucket : all.buckets) {
        if (kind.bucket && bucket.id == kind.id) return count_blobs(source, bucket);
      }
    } catch (const reel::Error&) {  // the command itself reports the error
    }
    return std::nullopt;
  };
}

}  // namespace tool
