#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/range_digest.hpp>

namespace reel::local {

/// The digest of one document of a table: `driver::digest_of_record`, or that of a blob's record.
using DigestOfDocument = driver::RangeDigest (*)(const driver::CollectionSchema&, const driver::Document&);

/// The digests of a table's ranges: built when they are first asked for, and kept up to date from then on. 96 KiB, and
/// nothing before.
///
///     writer, alone       replace(before, after)    constant time
///     readers, several    ranges(build)             the first one builds, the others wait for it
///
/// A table is not written while it is read, so only the readers need the mutex.
class RangeDigests {
 public:
  /// One digest for each range.
  using Ranges = std::vector<driver::RangeDigest>;

  /// The digests; `build()` returns the digest of one document and those of all ranges.
  template <class Build>
  [[nodiscard]] Ranges ranges(Build&& build) const {
    const std::lock_guard lock(state_->mutex);
    if (!state_->kept) state_->kept = build();
    return state_->kept->ranges;
  }
  /// The digests, if they have been built.
  [[nodiscard]] std::optional<Ranges> kept() const {
    const std::lock_guard lock(state_->mutex);
    return state_->kept ? std::optional{state_->kept->ranges} : std::nullopt;
  }
  /// Sets the digests.
  void keep(DigestOfDocument digest, Ranges ranges) { state_->kept = {.digest = digest, .ranges = std::move(ranges)}; }
  /// Takes over the digests of a table with the same documents.
  void keep(const RangeDigests& other) {
    const std::lock_guard lock(other.state_->mutex);
    state_->kept = other.state_->kept;
  }

  /// Exchanges a document, where null means none.
  void replace(const driver::CollectionSchema& schema, const driver::DocumentPtr& before,
               const driver::DocumentPtr& after) {
    if (!state_->kept) return;
    if (before) of(*before) -= state_->kept->digest(schema, *before);
    if (after) of(*after) += state_->kept->digest(schema, *after);
  }

  /// The digests of a table, and the function that keeps them up to date.
  struct Kept {
    DigestOfDocument digest = nullptr;              ///< the function that `replace` calls; not null once built
    Ranges ranges = Ranges(driver::digest_ranges);  ///< indexed by `driver::range_of` of a document's id
  };

 private:
  [[nodiscard]] driver::RangeDigest& of(const driver::Document& document) {
    return state_->kept->ranges[driver::range_of(document.id)];
  }

  struct State {
    std::mutex mutex{};
    std::optional<Kept> kept{};
  };
  std::unique_ptr<State> state_ = std::make_unique<State>();  ///< so that a table can be moved
};

}  // namespace reel::local
