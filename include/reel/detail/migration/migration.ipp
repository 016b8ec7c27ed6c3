#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/detail/migration/findings.hpp>
#include <reel/detail/migration/migrate_access.hpp>
#include <reel/detail/migration/migrate_blobs.hpp>
#include <reel/detail/migration/migrate_columns.hpp>
#include <reel/detail/migration/migrate_counts.hpp>
#include <reel/detail/migration/migrate_records.hpp>
#include <reel/detail/migration/preview.hpp>
#include <reel/detail/migration/run.hpp>
#include <reel/detail/migration/source_changes.hpp>
#include <reel/detail/migration/state.hpp>
#include <reel/detail/migration/walk.hpp>
#include <reel/driver/parallel.hpp>
#include <reel/driver/same_data.hpp>
#include <reel/md5.hpp>
#include <reel/migrate.hpp>

namespace reel::detail {

/// Copies collections and buckets. `MigrationRun` holds what they have in common; this class sets up the target and
/// reports what concerns a collection or bucket as a whole:
///
///     check_apart      the stores are not the same
///     survey           how much is there to copy?
///     check_space      is the medium of the target large enough?
///     prepare          every kind: could the target be set up?  then every kind: set it up
///     copy             one kind after another
///     finish           the target stores what it has held back
///
/// A plan only previews and copies without writing, and collects findings.
class Migration {
 public:
  /// `run` must outlive the object.
  explicit Migration(MigrationRun& run) : run_(run), target_(run.target), set_(run.choices.set()) {}

  /// Copies everything. Throws before the first write; other errors are in the report.
  void run() {
    const bool is_plan = run_.options.plan;
    run_.clock().begin(is_plan ? MigrationStage::planning : MigrationStage::preparing);
    check_apart();
    if (run_.options.foreign_columns == ForeignColumns::copy) columns_.extend(set_);
    const JournalBinding bound = binding();
    run_.open_journal(bound);
    if (run_.was_finished() && run_.is_up_to_date(bound, state())) return repeat();
    for_each_kind([&](const auto& kind) { run_.check_kept(kind); });
    if (run_.options.on_progress) survey();
    const std::int64_t missing = missing_space();
    if (!is_plan && missing > 0) refuse_space(missing);
    if (!is_plan && !prepare()) return;
    if (!is_plan) run_.clock().begin(MigrationStage::copying);
    source_before_ = run_.source_before([this] { return state_of(run_.source); });
    for_each_kind([&](const auto& kind) {
      if (!is_shared(kind)) return copy(kind);
      run_.note("it is the same in the source and in the target");
    });
    run_.report_halt();
    if (is_plan) return findings_.finish(missing);
    run_.clock().begin(MigrationStage::finishing);
    finish();
  }

 private:
  /// Calls `visit` with every collection and bucket until the run is stopped.
  template <class Visit>
  void for_each_kind(Visit&& visit) {
    detail::for_each_kind(run_.source.abilities(), target_.abilities(), set_, [&](const auto& kind) {
      if (!run_.has(kind_of(kind)) || run_.stopping()) return;
      run_.begin(kind_of(kind));
      visit(kind);
    });
  }

  /// Throws `invalid` if the backup, or the target, has the data of another store.
  void check_apart() {
    if (run_.options.backup) check_backup();
    if (!run_.source.abilities().identity || !target_.abilities().identity) return;
    shares_blobs_ = share_blobs(run_.source.identity(), target_.identity(), set_);
  }
  /// Throws `invalid` if the backup has the data of one of the stores.
  void check_backup() {
    driver::ErasedStore& backup = *run_.options.backup;
    if (!backup.abilities().identity) return;
    for (driver::ErasedStore* const store : {&run_.source, &target_}) {
      if (!store->abilities().identity) continue;
      const driver::StoreIdentity one = store->identity(), other = backup.identity();
      if (driver::has_same_records(one, other) || driver::has_same_blobs(one, other))
        throw Error(Errc::invalid, "the backup is the source or the target; choose another store for it");
    }
  }
  /// What a journal of this migration is bound to. Throws `unsupported` if a store cannot be identified.
  [[nodiscard]] JournalBinding binding() const {
    if (run_.options.journal.empty() || run_.options.plan) return {};
    if (!run_.source.abilities().identity || !target_.abilities().identity)
      throw Error(Errc::unsupported, "a journal needs two stores that identify their data; migrate without one");
    const driver::StoreIdentity from = run_.source.identity(), to = target_.identity();
    return {.source = from.str(),
            .target = to.str(),
            .set = digest_of(set_),
            .on_conflict = run_.choices.conflicts(),
            .verify = verify_level(),
            .choices = run_.choices.digest(),
            .order = from.order};
  }
  [[nodiscard]] std::string verify_level() const {
    const std::string level(to_string(run_.options.verify));
    return run_.options.verify == Verify::sample ? level + ' ' + std::to_string(run_.options.sample_seed) : level;
  }
  /// Whether the collection or bucket is the same one in both stores.
  template <class Container>
  [[nodiscard]] bool is_shared(const Container&) const {
    return std::same_as<Container, Bucket> && shares_blobs_;
  }

  /// Counts what there is to copy, for reports of progress.
  void survey() {
    for_each_kind([&](const auto& kind) {
      const std::vector<std::string>* const ids = run_.ids();
      if (is_shared(kind)) return;
      if (ids) return run_.survey().add(kind_of(kind), KindSize{.items = std::ssize(*ids)});
      run_.survey().add(kind_of(kind), run_.source, kind, run_.choices.where(kind_of(kind)));
    });
  }
  /// Counts what a filter leaves out.
  template <class Container>
  void count_filtered(const Container& container) {
    const std::vector<driver::Condition> where = run_.choices.where(kind_of(container));
    if (where.empty() || run_.ids()) return;
    run_.filter(count_in(run_.source, container) - count_in(run_.source, container, where));
  }
  /// The bytes that the medium of the target lacks, 0 if it has enough or nothing is known. At least what the source
  /// has more than the target is needed: its blobs, and a few bytes for each record.
  [[nodiscard]] std::int64_t missing_space() {
    const std::optional<std::int64_t> free = run_.limits().free_space;
    if (!free) return 0;
    std::int64_t needed = 0;
    for_each_kind([&](const auto& kind) {
      if (is_shared(kind)) return;
      const KindSize from = size_in(run_.source, kind), to = size_in(target_, run_.choices.in_target(kind));
      needed += std::max<std::int64_t>(0, from.bytes - to.bytes);
      if constexpr (std::same_as<decltype(kind), const driver::CollectionSchema&>)
        needed += least_record_size * std::max<std::int64_t>(0, from.items - to.items);
    });
    return std::max<std::int64_t>(0, needed - *free);
  }
  /// The amount in a store; nothing if it cannot be counted, which copying reports.
  template <class Container>
  KindSize size_in(driver::ErasedStore& store, const Container& container) {
    const bool is_source = &store == &run_.source;
    const auto known = is_source ? run_.survey().of(kind_of(container)) : std::nullopt;
    try {
      return known ? *known
                   : size_of(store, container,
                             is_source ? run_.choices.where(kind_of(container)) : std::vector<driver::Condition>());
    } catch (const Error&) {
      return {};
    }
  }
  [[noreturn]] static void refuse_space(std::int64_t missing) {
    throw Error(Errc::unavailable,
                PlanFindings::lack_of_space(missing).text + "; " + std::string(remedy_of(PlanSubject::space)));
  }

  /// Sets up every collection and bucket, after a check of all where the target can. False if one cannot be copied;
  /// that is in the report then, and no record or blob has been written.
  bool prepare() {
    std::vector<std::optional<AccessRules>> access;
    const bool could = check_columns() && each_set_up([&](const auto& in_source, auto& container) {
                         access.push_back(container.access = AccessMigration(run_).wanted(in_source));
                         if (can_preview<std::remove_cvref_t<decltype(container)>>(target_))
                           static_cast<void>(target_.preview(container));
                       });
    std::size_t next = 0;
    return could && each_set_up([&](const auto&, auto& container) {
             container.access = access[next++];
             if (run_.options.backup) (*run_.options.backup).ensure(container);
             target_.ensure(container);
             counts_.begin(container);
           });
  }
  /// Whether every column of the source is copied or may be left. Otherwise that is in the report.
  bool check_columns() {
    const std::size_t failures = run_.report().failures.size();
    for_each_kind([&](const auto& kind) {
      if constexpr (std::same_as<decltype(kind), const driver::CollectionSchema&>) columns_.check(kind);
    });
    return run_.report().failures.size() == failures;
  }
  /// Calls `step` with every collection and bucket and a copy of the one in the target, and reports its errors. False
  /// after an error or a stop.
  template <class Step>
  bool each_set_up(Step&& step) {
    bool all = true;
    for_each_kind([&](const auto& container) {
      if (is_shared(container)) return;
      try {
        auto in_target = run_.choices.in_target(container);
        step(container, in_target);
      } catch (const Error& error) {
        run_.fail_kind("setup", error);
        all = false;
      }
    });
    return all && !run_.stopping();
  }

  /// Completes the copy in the target, compares the numbers of items, and puts everything on the medium. A target that
  /// postpones work does it only after a complete copy with blobs, because another run may continue this one, and
  /// records may wait for their blobs.
  void finish() {
    const driver::AbilitySet abilities = target_.abilities();
    const bool is_complete = !set_.buckets.empty() && run_.report().failures.empty() && !run_.report().cancelled;
    if (abilities.settle && is_complete) target_.settle();
    for_each_kind([&](const auto& kind) {
      if (!is_shared(kind)) counts_.compare(kind);
    });
    try {
      run_.sync();
      if (is_listed_ && !run_.report().cancelled) run_.finish_journal(final_state());
    } catch (const Error&) {
      if (!run_.report_halt()) throw;  // else the error is in the report
    }
    run_.report_halt();
  }
  /// The state of both stores, see `MigrationState`; empty if it is unknown.
  [[nodiscard]] std::string state() {
    const std::string from = state_of(run_.source);
    return from.empty() ? from : state_with(from);
  }
  /// The state after this run; empty if the target may not have everything of it.
  [[nodiscard]] std::string final_state() {
    const bool is_complete = run_.report().clean() && !source_before_.empty();
    return is_complete && state_of(run_.source) == source_before_ ? state_with(source_before_) : std::string();
  }
  /// That of both stores. `from`: that of the source, which is known.
  [[nodiscard]] std::string state_with(const std::string& from) {
    const std::string to = state_of(target_);
    return to.empty() ? to : md5_hex(from + to);
  }
  [[nodiscard]] std::string state_of(driver::ErasedStore& store) {
    MigrationState state(store);
    const bool is_source = &store == &run_.source;
    for_each_kind([&](const auto& kind) { state.add(is_source ? kind : run_.choices.in_target(kind)); });
    return state.finish();
  }
  /// Reports the complete migration that the journal has.
  void repeat() {
    for_each_kind([&](const auto& kind) {
      if (is_shared(kind)) return;
      count_filtered(kind);
      run_.repeat();
    });
  }

  /// Copies one collection. The collections it refers to have been copied before.
  void copy(const driver::CollectionSchema& schema) {
    MigrationPreview preview(run_, findings_);
    if (run_.options.plan) {
      if (!preview.take(schema)) return;
      columns_.note_kept(schema);
      columns_.check(schema);
    }
    counts_.take_sample(schema);
    list(schema, [&] {
      count_filtered(schema);
      RecordMigration records(run_, schema, previewed_, preview.stored());
      if (counts_.began_empty() && !run_.ids()) records.expect_nothing();
      auto failed = records.copy();
      if (run_.options.plan)
        previewed_.push_back({.schema = &schema, .stored = preview.stored(), .failed = std::move(failed)});
    });
    preview.check_refusal();
    if (run_.options.plan && run_.has_found()) findings_.add_kind(schema);
  }

  /// Copies one bucket.
  void copy(const Bucket& bucket) {
    MigrationPreview preview(run_, findings_);
    if (run_.options.plan && !preview.take(bucket)) return;
    counts_.take_sample(bucket);
    list(bucket, [&] {
      count_filtered(bucket);
      BlobMigration(run_, bucket, preview.max_size()).copy();
    });
    preview.check_refusal();
    if (!run_.options.plan || !run_.has_found()) return;
    findings_.add_kind(bucket);
    run_.note("whether the bytes are readable and intact is known only when they are copied");
  }

  /// Runs `body`, which lists the source, and reports its error. A source without the collection or bucket is a note.
  template <class Container, class F>
  void list(const Container& container, F&& body) {
    if (run_.options.on_progress) run_.expect();
    try {
      const SourceChanges changes(run_.source, container);
      body();
      if (!run_.options.plan && changes.found()) run_.note_source_change();
    } catch (const Error& error) {
      if (error.code() == Errc::not_found && !run_.has_found()) {
        run_.note("the source does not have it");
      } else if (BackOff::concerns(error.code())) {
        run_.halt("list", error);
      } else {
        run_.fail_kind("list", error);
        is_listed_ = false;
      }
    }
  }

  /// Less than any record takes in a store.
  static constexpr std::int64_t least_record_size = 64;

  MigrationRun& run_;
  CountVerification counts_{run_};
  driver::ErasedStore& target_;
  MigrationSet set_;
  PlanFindings findings_{run_};
  ColumnMigration columns_{run_, findings_};  ///< `set_` may have schemas of it
  std::string source_before_{};               ///< the state of the source before the first page of the first run
  bool shares_blobs_ = false;
  bool is_listed_ = true;  ///< no collection or bucket of the source failed to be listed
  std::vector<PreviewedCollection> previewed_;
};

REEL_INLINE MigrationReport migrate(driver::ErasedStore& source, driver::ErasedStore& target, const MigrationSet& set,
                                    const MigrationOptions& options, const MigrationItems* only) {
  driver::check_parallelism(options.parallelism);
  MigrationRun run(source, target, set, options, only);
  Migration(run).run();
  run.report().stages = run.clock().stages();
  return std::move(run.report());
}

}  // namespace reel::detail
