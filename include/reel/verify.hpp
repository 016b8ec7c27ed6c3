#pragma once

/// @file
/// `reel::verify`, which compares the contents of two stores without changing either: the check after a migration, or
/// of a backup.
///
///     const VerificationReport report = verify(store, backup, video::everything, {.parallelism = 4});
///     if (!report.clean()) print(report.differences, report.missing, report.extra);

#include <reel/driver/erased_store.hpp>
#include <reel/migration/options.hpp>
#include <reel/migration/report.hpp>
#include <reel/migration/set.hpp>
#include <reel/separate.hpp>

namespace reel {

namespace detail {

/// `reel::verify` for any two stores.
VerificationReport verify(driver::ErasedStore& source, driver::ErasedStore& target, const MigrationSet& set,
                          const VerificationOptions& options);

}  // namespace detail

/// Compares the records and blobs of `set` in two stores: of records values, permissions and times; of blobs size,
/// checksum, name, permissions and bytes. `options.level` restricts this to a sample or to the numbers of items. Both
/// stores are only read, and used by `options.parallelism` threads at once.
///
/// The content types and times of blobs are not compared, nor are sequences: stores determine them. A record or blob
/// that cannot be read is a difference and does not stop the rest. Writes to either store meanwhile may appear as
/// differences.
///
/// Requests for 500 records: one page of the source and five look-ups in the target. For 100 blobs: one page of the
/// source, one look-up in the target, and two reads of each blob that matches. For each collection and bucket: a count
/// of the target, and if it has more than the source, all pages of it and as many look-ups in the source.
/// `Verify::sample` reads all pages of the source, and looks up and reads only the sample. `Verify::counts` makes two
/// requests for each collection and bucket. Memory: one page of records, and what is listed in the report.
///
/// Throws, before anything is compared:
/// - `invalid`: `level` is `Verify::none`, `parallelism` below 1, a bucket that is not valid, or collections that refer
///   to each other in a circle
/// - `unsupported`: one of the stores has no records or no blobs, and `set` has some
/// - `options.journal`: `invalid` for a file that is not a journal, `corrupt` for a damaged one, `conflict` for the
///   journal of another verification, `unavailable` if another run uses it, `unsupported` if a store cannot identify
///   its data, and the error of opening it
template <class Source, class Target>
VerificationReport verify(Source& source, Target& target, const MigrationSet& set,
                          const VerificationOptions& options = {}) {
  driver::StoreOf<Source> one(source);
  driver::StoreOf<Target> other(target);
  return detail::verify(*one, *other, set, options);
}

}  // namespace reel

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/detail/migration/verification.ipp>
#endif
