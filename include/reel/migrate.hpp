#pragma once

#include <reel/driver/erased_store.hpp>
#include <reel/error.hpp>
#include <reel/migration/items.hpp>
#include <reel/migration/options.hpp>
#include <reel/migration/report.hpp>
#include <reel/migration/set.hpp>
#include <reel/separate.hpp>
#include <reel/verify.hpp>

namespace reel {

namespace detail {

/// `reel::migrate` for any two stores. `only`: what to copy of `set`; null: everything.
MigrationReport migrate(driver::ErasedStore& source, driver::ErasedStore& target, const MigrationSet& set,
                        const MigrationOptions& options, const MigrationItems* only = nullptr);

}  // namespace detail

/// Copies the records and blobs of `set` from `source` to `target`, with their ids, permissions and times (of a blob,
/// where the target can set them). Collections come first, each after those it refers to, then buckets. The source is
/// only read. The permissions of a collection or bucket are copied, too, unless its schema or `Bucket` has some, or the
/// target has others: see `OnConflict`.
///
///     Legacy old("output");
///     Filesystem store("videos");
///     MigrationReport report = migrate(old, store, video::everything);
///     if (!report.clean()) print(report.failures);
///
/// A record or blob that cannot be copied is listed in the report and does not stop the rest. Those that the target has
/// already, with the same content, are left unchanged, so an interrupted migration is resumed by calling `migrate`
/// again; with `MigrationOptions::journal` without reading what was copied. A store that fails as a whole ends the run,
/// after `MigrationOptions::wait_for_store` if it is a server, and so does a journal that cannot be written: the error
/// is in `MigrationReport::failures`, and `cancelled` is set.
///
/// Requests for 500 records: one page of the source, five look-ups in the target unless it was empty, one for each 100
/// records of other collections that they refer to, one bulk write (or 500 writes where the target has no
/// `BulkBackend`), and five look-ups to verify. If the target takes 100 records in a request, as a server does, all
/// this is done for 100 records. A blob is read in pieces of 8 MiB, hashed on the way, and read back from the target to
/// verify it, also if it was there before. Memory: for each of `options.parallelism` threads, of which records are
/// copied by at most 256, one page of records or 8 MiB of a blob.
///
/// `source` and `target` are used by `options.parallelism` threads at once.
///
/// Every collection and bucket is set up in the target first. If that fails for one, all such failures are in the
/// report and nothing is copied. Afterwards the target completes what it has postponed, unless the copy is incomplete
/// or `set` has no buckets, and puts everything on its medium.
///
/// Throws, before anything is written:
/// - `invalid`: source and target are the same store, whatever names they were opened with; `parallelism` below 1, a
///   bucket that is not valid, or collections that refer to each other in a circle
/// - `invalid`: `options.kinds` contradict each other or `set`, see `KindOptions`; a rate below 0; the backup has the
///   data of one of the stores
/// - `unsupported`: one of the stores has no records or no blobs, and `set` has some; `OnConflict::rename` for a
///   collection with references to itself
/// - `unavailable`: the medium of the target is too small for what the source has more, see `StoreLimits::free_space`;
///   another run uses `options.control`
/// - `options.journal`: `invalid` for a file that is not a journal, `corrupt` for a damaged one, `conflict` for the
///   journal of another migration, or if the target has lost what it records, `unavailable` if another run uses it, and
///   the error of opening it
///
/// Throws, after everything is copied, whatever completing the copy in the target throws.
template <class Source, class Target>
MigrationReport migrate(Source& source, Target& target, const MigrationSet& set, const MigrationOptions& options = {}) {
  driver::StoreOf<Source> from(source);
  driver::StoreOf<Target> to(target);
  return detail::migrate(*from, *to, set, options);
}

/// The same for a part of `set`: the records and blobs in `only`. It looks them up in the source instead of listing it,
/// with 1 request for 100 of them. Those that the source no longer has are a note. `options.journal` must be empty.
///
///     MigrationReport again = migrate(old, store, video::everything, unfinished(report));
template <class Source, class Target>
MigrationReport migrate(Source& source, Target& target, const MigrationSet& set, const MigrationItems& only,
                        const MigrationOptions& options = {}) {
  if (!options.journal.empty()) throw Error(Errc::invalid, "a migration of single items has no journal");
  driver::StoreOf<Source> from(source);
  driver::StoreOf<Target> to(target);
  return detail::migrate(*from, *to, set, options, &only);
}

}  // namespace reel

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/detail/migration/migration.ipp>
#endif
