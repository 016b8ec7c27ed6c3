#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <reel/blob.hpp>
#include <reel/detail/migration/walk.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/driver/walk.hpp>
#include <reel/error.hpp>
#include <reel/migration/progress.hpp>

namespace reel::detail {

/// The amount of one collection or bucket.
struct KindSize {
  std::int64_t items = 0;
  std::int64_t bytes = 0;  ///< of blobs
};

/// Work is measured in bytes: those of the blobs, and for each record and blob a number that stands for the requests
/// and calls that it costs whatever its size.
inline constexpr std::int64_t work_of_record = 4'096, work_of_blob = 65'536;

/// The work of some records or blobs.
[[nodiscard]] constexpr std::int64_t work_of(const MigrationKind& kind, const KindSize& size) {
  return kind.bucket ? size.items * work_of_blob + size.bytes : size.items * work_of_record;
}

/// About the bytes of a record in a store: those of its id and its values, with 8 for a number or a time, and 64 for
/// its times and its position.
[[nodiscard]] inline std::int64_t record_size(const driver::Document& document) {
  const auto size_of = [](const driver::Value& value, const auto& self) -> std::int64_t {
    if (value.is_null()) return 0;
    if (const auto* text = value.as<std::string>()) return std::ssize(*text);
    const auto* list = value.as<driver::List>();
    if (!list) return value.as<bool>() ? 1 : 8;
    std::int64_t bytes = 0;
    for (const driver::Value& one : *list) bytes += self(one, self);
    return bytes;
  };
  std::int64_t bytes = 64 + std::ssize(document.id);
  for (const driver::Value& value : document.values) bytes += size_of(value, size_of);
  return bytes;
}

/// Counts the matching records of a collection. 1 request.
[[nodiscard]] inline KindSize size_of(driver::ErasedStore& store, const driver::CollectionSchema& schema,
                                      const std::vector<driver::Condition>& where = {}) {
  return {.items = count_in(store, schema, where)};
}
/// Counts the matching blobs of a bucket and their bytes. 1 request for each page.
[[nodiscard]] inline KindSize size_of(driver::ErasedStore& store, const Bucket& bucket,
                                      const std::vector<driver::Condition>& where = {}) {
  KindSize size;
  driver::walk(store, bucket, {.where = where, .limit = 1'000}, [&](const driver::Page<BlobInfo>& page) {
    size.items += std::ssize(page.items) + std::ssize(page.failed);
    for (const BlobInfo& blob : page.items) size.bytes += blob.size;
    return true;
  });
  return size;
}

/// The amounts of all kinds in the source, and how much of them is finished. Thread-safe only as its user is.
class MigrationSurvey {
 public:
  /// Adds a kind of which only some items count.
  void add(const MigrationKind& kind, const KindSize& size) {
    sizes_[kind.str()] = size;
    items_ += size.items;
    work_ += work_of(kind, size);
  }
  /// Adds what matches of a kind. One that cannot be counted has no amount, and no part in the share; copying it
  /// reports the error.
  template <class Container>
  void add(const MigrationKind& kind, driver::ErasedStore& store, const Container& container,
           const std::vector<driver::Condition>& where) {
    try {
      add(kind, size_of(store, container, where));
    } catch (const Error&) {
    }
  }
  /// The amount of a kind; none if it is unknown.
  [[nodiscard]] std::optional<KindSize> of(const MigrationKind& kind) const {
    const auto found = sizes_.find(kind.str());
    return found == sizes_.end() ? std::nullopt : std::optional(found->second);
  }
  /// The records and blobs of all kinds.
  [[nodiscard]] std::int64_t items() const { return items_; }

  /// Counts finished work, and returns the share of all work that is finished, from 0 to 1. It never decreases.
  double finish(std::int64_t work) {
    done_ += work;
    if (work_ > 0) share_ = std::max(share_, std::min(1.0, static_cast<double>(done_) / static_cast<double>(work_)));
    return share_;
  }

 private:
  std::map<std::string, KindSize> sizes_;
  std::int64_t items_ = 0, work_ = 0, done_ = 0;
  double share_ = 0;
};

}  // namespace reel::detail
