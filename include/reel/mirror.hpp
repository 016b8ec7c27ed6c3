#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <reel/driver/erased_store.hpp>
#include <reel/error.hpp>
#include <reel/migration/options.hpp>
#include <reel/migration/report.hpp>
#include <reel/migration/set.hpp>
#include <reel/progress.hpp>
#include <reel/separate.hpp>

namespace reel {

/// How far the target of a mirror is behind its source, see `MirrorOptions::on_lag`.
struct MirrorLag {
  /// Since the target last had everything; 0: the last round has ended and found nothing to do.
  std::chrono::milliseconds behind{0};
  std::int64_t pending = 0;          ///< changes that are known and not yet applied
  std::int64_t applied = 0;          ///< records and blobs written since the copy, by this run
  std::int64_t removed = 0;          ///< likewise removed
  std::optional<Error> waits_for{};  ///< why changes could not be read or applied; they are tried again
};

/// Options of `mirror`. With the defaults it copies, applies what has changed meanwhile, and returns.
struct MirrorOptions {
  /// Continue until `stop`.
  bool follow = false;
  /// Continue until the target has everything, verify what changed since the copy, and turn the journal round, so that
  /// a mirror from the target to the source starts without a copy.
  bool cut_over = false;
  /// Remove from the target what the source does not have. Otherwise a target with other content is refused.
  bool delete_extra = false;
  /// The path of a file in which the mirror records how far it is. Required. Beside it, the copy has its own journal
  /// with the extension `.copy`, see `MigrationOptions::journal`.
  std::string journal{};
  /// Whether the copy reads everything back. A cut-over always verifies what changed since.
  Verify verify = Verify::full;
  /// See `MigrationOptions::parallelism`.
  int parallelism = 1;
  /// The pause between two looks for changes. A server without changes is asked less often, up to 30 times this. At
  /// least 1 ms.
  std::chrono::milliseconds poll_every{1000};
  /// How long a mirror that does not follow waits for writers to stop and for a server to respond. Counted from the end
  /// of its first round, which applies the present changes. A round that begins in time may take longer.
  std::chrono::milliseconds patience{60'000};
  /// The progress of the copy, see `MigrationOptions`.
  Observer<MigrationProgress> on_progress{};
  /// Called after every round and, at most once a second, during one: after every 100 records that were written,
  /// removed or compared, after every blob, and while the bytes of one are copied. From the threads of the mirror,
  /// never by two at once. Return false to stop.
  Observer<MirrorLag> on_lag{};
  /// Checked at least every 20 ms while the mirror waits, and as in `MigrationOptions`.
  StopCondition stop{};
};

/// Why a mirror ended.
enum class MirrorEnd {
  caught_up,  ///< the target has everything that the source had when the last round began
  cut_over,   ///< as requested: both stores are equal, and the journal is turned round
  stopped,    ///< on request; the same call continues
  behind,     ///< the copy or some changes failed, writers did not stop in time, or the cut-over found a difference
};

/// The result of `mirror`.
struct MirrorReport {
  MirrorEnd end = MirrorEnd::stopped;            ///< why it ended
  std::optional<MigrationReport> copy{};         ///< the copy; empty if an earlier run completed it
  std::int64_t applied = 0;                      ///< records and blobs written since, by this run
  std::int64_t removed = 0;                      ///< likewise removed
  std::vector<MigrationProblem> waiting{};       ///< changes that could not be applied yet; the next run tries again
  std::optional<VerificationReport> verified{};  ///< by a cut-over: what changed since the copy

  /// Whether the target has everything: caught up or cut over, no difference, and every column copied.
  [[nodiscard]] bool clean() const {
    const bool is_done = end == MirrorEnd::caught_up || end == MirrorEnd::cut_over;
    return is_done && waiting.empty() && (!verified || verified->clean()) && (!copy || !leaves_values(*copy));
  }

 private:
  static bool leaves_values(const MigrationReport& report) {
    for (const UncopiedColumn& column : report.uncopied) {
      if (column.records != 0) return true;
    }
    return false;
  }
};

namespace detail {

/// `reel::mirror` for any two stores.
MirrorReport mirror(driver::ErasedStore& source, driver::ErasedStore& target, const MigrationSet& set,
                    const MirrorOptions& options);

}  // namespace detail

/// Makes the records and blobs of `set` in `target` equal to those in `source`, and keeps them equal while other
/// programs write the source: copies them as `migrate` does, and then applies every change and removal. The target must
/// have no other writer.
///
///     Legacy tree("output");
///     Appwrite server(config);
///     mirror(tree, server, video::everything, {.follow = true, .journal = "mirror.jsonl", .stop = stop});
///     // stop the pipeline
///     mirror(tree, server, video::everything, {.cut_over = true, .journal = "mirror.jsonl"});
///     // the pipeline writes to the server now; to be able to go back, let the tree follow:
///     mirror(server, tree, video::everything, {.follow = true, .journal = "mirror.jsonl", .stop = stop});
///
/// A round reads the ids that have changed, from a position that is older than the copy, then the present content of
/// these records and blobs, and writes those that differ: so a record in the target never returns to an earlier state.
/// Collections come in the order of their references, then buckets; then removals in the opposite order. A record
/// or blob that cannot be written, for example because it refers to a record that comes later, waits for the next
/// round.
///
/// The journal records a position after everything before it was written and is on the medium of the target. A mirror
/// that was stopped or killed, at any moment, continues there when it is started again. If the source has lost its
/// history since then, or keeps none, the collection or bucket is compared as a whole, and what only the target has is
/// removed.
///
/// The permissions of collections and buckets are copied once and not followed. The order of insertion is that of the
/// copy, and then that in which changes were found.
///
/// Requests: those of `migrate`; then for each collection and bucket those of a `ChangeFeed`, and for 100 changes one
/// look-up in the source and those of `migrate` in the target. Memory: that of `migrate` for the base copy, then one
/// page, the ids of the changes of a round, and those changed since the copy.
///
/// Throws, before anything is written:
/// - `invalid`: the stores are the same, there is no journal, or `parallelism`, `poll_every` or a bucket is invalid
/// - `unsupported`: a store cannot be identified, or lacks records or blobs of the set
/// - `conflict`: the target has content that differs, without `delete_extra`; the journal is that of another mirror
/// - the errors of opening the journal, see `migrate`
///
/// Throws later, with a journal that another run continues: `unauthorized` and `forbidden` if a session has ended or a
/// right was withdrawn, `unavailable` if a server does not respond for `patience` (with `follow`, it waits), and the
/// errors of reading the source.
template <class Source, class Target>
MirrorReport mirror(Source& source, Target& target, const MigrationSet& set, const MirrorOptions& options) {
  driver::StoreOf<Source> from(source);
  driver::StoreOf<Target> to(target);
  return detail::mirror(*from, *to, set, options);
}

}  // namespace reel

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/detail/migration/mirror.ipp>
#include <reel/detail/watch_run.ipp>
#endif
