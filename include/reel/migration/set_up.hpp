#pragma once

#include <string>

#include <reel/error.hpp>
#include <reel/migration/set.hpp>

namespace reel {

/// Creates every collection and bucket of `set` in `backend`, or changes the stored ones as `Repository::setup` and
/// `BlobStore::setup` do. It may be repeated, and several processes may call it at once. Collections are set up before
/// buckets, each in the order of the set.
///
/// A bucket that the store refuses as too large does not keep the others from being set up: `too_large` is thrown at
/// the end, with the reason for each refused bucket. Any other error ends the call at once; what was set up before it
/// stays.
template <class Backend>
void set_up(Backend& backend, const MigrationSet& set) {
  for (const driver::CollectionSchema* schema : set.collections) backend.ensure(*schema);
  std::string refused;
  for (const Bucket& bucket : set.buckets) {
    try {
      backend.ensure(bucket);
    } catch (const Error& error) {
      if (error.code() != Errc::too_large) throw;
      refused += (refused.empty() ? "" : "; ") + error.reason();
    }
  }
  if (!refused.empty()) throw Error(Errc::too_large, refused + "; everything else is set up", {.operation = "setup"});
}

}  // namespace reel
