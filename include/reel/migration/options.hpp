#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/driver/enumerator_name.hpp>
#include <reel/migration/control.hpp>
#include <reel/migration/kind_options.hpp>
#include <reel/migration/on_conflict.hpp>
#include <reel/migration/progress.hpp>
#include <reel/migration/store_reference.hpp>
#include <reel/progress.hpp>
#include <reel/timestamp.hpp>

namespace reel {

/// The treatment of columns of the source that the type does not know and that have values, such as those that another
/// program has added.
enum class ForeignColumns {
  refuse,  ///< list them as failures and copy nothing
  copy,   ///< create them in the target, as optional ones without a default, and copy their values. Both stores must be
          ///< `ForeignColumnBackend`s, as servers are; columns that they cannot copy are refused
  leave,  ///< do not copy them; the report names them
};

/// How thoroughly a copy is checked, or two stores are compared. Each level includes those before it.
///
/// The sample is all of up to 199 items of a collection or bucket, and of more one item in 2, 4, 8, … or 128, so that
/// at least 100 are expected in it. Whether an item is in it depends only on its id, the seed and the number of items
/// in the source: every run with the same seed takes the same sample, and a source that grows keeps a part of it.
enum class Verify {
  none,    ///< not at all
  counts,  ///< the number of items of each collection and bucket
  sample,  ///< and of the items in the sample, every value of a record and every byte of a blob
  full,    ///< and those of all items
};

/// The name of the enumerator: `counts`.
[[nodiscard]] constexpr std::string_view to_string(Verify level) {
  using enum Verify;
  return driver::enumerator_name(level, {{none, "none"}, {counts, "counts"}, {sample, "sample"}, {full, "full"}});
}

/// Options of `migrate`. The defaults copy one item at a time, report conflicts as failures and verify everything.
struct MigrationOptions {
  /// Write nothing, and report what would happen, with `MigrationReport::findings`. The target is read, too: what it
  /// would refuse as a whole (another schema, a bucket beyond its limits, a key or folder without the right to write)
  /// is a failure of that collection or bucket.
  bool plan = false;
  /// The treatment of an id that the target has with other content.
  OnConflict on_conflict = OnConflict::fail;
  /// The items to read back from the target and compare with the source.
  ///
  /// Items that only the target has: if the collection or bucket was empty there before the first run, `full` lists
  /// each of them as a difference, and `counts` and `sample` list their number as one. Otherwise they may belong there,
  /// and a note has their number; also for a target that derives records from others, such as `Legacy`.
  Verify verify = Verify::full;
  /// The treatment of columns that the type does not know.
  ForeignColumns foreign_columns = ForeignColumns::refuse;
  /// Chooses the sample of `Verify::sample`.
  std::uint64_t sample_seed = 0;
  /// The number of blobs transferred, and of requests for records made, at the same time. Above 1, records
  /// are read and verified while others are created, blobs may be inserted in another order, and each blob takes its
  /// own 8 MiB of memory. Below 1: `Errc::invalid`.
  int parallelism = 1;
  /// Whether records are created in their order in the source, and therefore listed in it. The requests
  /// that create them then follow each other. If false, a server gets up to `parallelism` of these requests, for 100
  /// records each, at the same time; a list by time or by another attribute is not affected.
  bool ordered = true;
  /// See `MigrationLimits`. 0: unlimited; below: `Errc::invalid`.
  std::int64_t requests_per_second = 0;
  /// See `MigrationLimits`. 0: unlimited; below: `Errc::invalid`.
  std::int64_t bytes_per_second = 0;
  /// The longest time without a response of a server. Meanwhile the migration tries again after growing pauses, and
  /// reports it as `MigrationProgress::waits_for`. After it the run ends, cancelled, with the error as a failure, and
  /// can be continued. Local stores have no such time, because they do not recover.
  std::chrono::milliseconds wait_for_store = std::chrono::minutes(10);
  /// The path of a file in which the migration records what the target has acknowledged; empty: none. An interrupted
  /// run that is started again with the same stores, set, conflicts, `kinds`, `changed_since`, `changed_within` and
  /// journal continues there: it repeats at most the pages of records and the blobs that were being written, one for
  /// each thread, and reports the results of all runs. After a complete run the next one reads nothing if both stores
  /// know that they have not changed, and begins again otherwise. Not used by a plan. Both stores must be
  /// `IdentityBackend`s.
  std::string journal{};
  /// What is different in single collections and buckets. At most one element for each.
  std::vector<KindOptions> kinds{};
  /// Copy only what has an `updated_at` of at least this time in the source. Empty: everything.
  std::optional<Timestamp> changed_since{};
  /// The same as a length of time before the run began; if it continues a journal, before the first run of that began.
  /// Records that an interrupted run has copied may change before it is continued. So the next migration with the
  /// journal copies at least what has changed since the interrupted one was started. Empty: everything. Below 0, or
  /// together with `changed_since`: `Errc::invalid`.
  std::optional<std::chrono::milliseconds> changed_within{};
  /// A store that gets every record and blob that is about to be replaced in the target, with its id and times. It is
  /// set up like the target, and must be another store than source and target. A record or blob that cannot be stored
  /// there, for example because an earlier backup has another value under its id, fails and is not replaced. The
  /// permissions of collections and buckets are not stored.
  StoreReference backup{};
  /// Pauses and limits the run from other threads. Empty: nothing does.
  std::optional<MigrationControl> control{};
  /// Called from the threads of the migration, never by two at once. Return false to stop.
  Observer<MigrationProgress> on_progress{};
  /// Checked before every page and during every blob, never by two threads at once.
  StopCondition stop{};
};

/// Options of `verify`.
struct VerificationOptions {
  /// The items to compare. `none`: `Errc::invalid`.
  Verify level = Verify::full;
  /// Chooses the sample of `Verify::sample`.
  std::uint64_t sample_seed = 0;
  /// Whether to begin with checksums that both stores keep of ranges of ids, and to read only the ranges whose
  /// checksums differ: of 1,000,000 records with 10 differences a 400th. `Memory` and `Filesystem` have them; with
  /// other stores everything is read, which is a note. Computing them the first time reads all records once, within the
  /// store.
  ///
  /// They prove that both stores have accepted the same records and blobs, not that the medium still returns them: bits
  /// that changed on a disk, or a file of a blob that was damaged, are found only without. `invalid` with another level
  /// than `full`.
  bool by_digests = false;
  /// The number of blobs read, and of requests for records made, at the same time. Below 1: `Errc::invalid`.
  int parallelism = 1;
  /// The path of a file in which the verification records what it has compared; empty: none. A run that is interrupted,
  /// by whatever, and started again with the same stores, set, level and journal continues there: it repeats at most
  /// the page of records and the blobs that were being compared, and reports the results of all runs. Compared
  /// items are not read again, so their later changes are not found. After a complete run the next one begins again.
  /// Both stores must be `IdentityBackend`s.
  std::string journal{};
  /// Called from the threads of the verification, never by two at once. Return false to stop.
  Observer<MigrationProgress> on_progress{};
  /// Checked before every page and during every blob, never by two threads at once.
  StopCondition stop{};
};

}  // namespace reel
