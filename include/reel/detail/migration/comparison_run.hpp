#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/migration/migrate_blobs.hpp>
#include <reel/detail/migration/migrate_records.hpp>
#include <reel/detail/migration/verification_journal.hpp>
#include <reel/detail/migration/verification_sample.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/parallel.hpp>
#include <reel/driver/validate.hpp>
#include <reel/error.hpp>
#include <reel/migration/options.hpp>
#include <reel/migration/report.hpp>

namespace reel::detail {

/// A comparison in progress: the two stores, the options, the journal, and the report so far. It compares pages of
/// records and blobs; `Verification` decides which.
///
/// The blobs of a page are read by up to `parallelism` threads. `mutex_` guards the progress and the request to stop,
/// which all of them use; everything else belongs to the thread that runs `verify`.
class ComparisonRun {
 public:
  /// Reads nothing yet. The stores and the options must outlive the object.
  ComparisonRun(driver::ErasedStore& from, driver::ErasedStore& to, const VerificationOptions& wanted)
      : source(from), target(to), options(wanted) {}

  driver::ErasedStore& source;
  driver::ErasedStore& target;
  const VerificationOptions& options;

  /// Opens the journal. Throws as `VerificationJournal`.
  void open_journal(std::vector<SealedJournal::Member> binding) {
    if (!options.journal.empty()) journal_.emplace(options.journal, std::move(binding));
  }
  /// Begins a collection or bucket, where earlier runs have stopped.
  void begin(MigrationKind kind) {
    progress_ = {.kind = std::move(kind)};
    so_far_ = journal_ ? journal_->take(progress_.kind) : Comparison{};
    progress_.done = so_far_.counts.source;
    is_complete_ = true;
  }
  /// The collection or bucket.
  [[nodiscard]] const MigrationKind& kind() const { return progress_.kind; }
  /// The results for it so far, and where to continue.
  [[nodiscard]] const Comparison& so_far() const { return so_far_; }
  /// Adds the result of a page. It is recorded if it is final; a later run repeats the first page that is not, because
  /// it was stopped or a store did not respond, and all after it.
  void keep(const ComparedPage& result, bool is_final) {
    so_far_.add(result);
    so_far_.blobs.clear();
    is_complete_ = is_complete_ && is_final && !has_outage(result);
    if (journal_ && is_complete_) journal_->page(progress_.kind, result);
  }
  /// Adds the collection or bucket to the report.
  void end() {
    is_whole_ = is_whole_ && is_complete_ && so_far_.then == ComparisonStage::done;
    so_far_.counts.kind = progress_.kind;
    report_.kinds.push_back(so_far_.counts);
    report_.notes.insert(report_.notes.end(), so_far_.notes.begin(), so_far_.notes.end());
    for (ComparedItem& item : so_far_.items) {
      if (item.difference) {
        report_.differences.push_back({progress_.kind, std::move(item.id), std::move(item.operation),
                                       item.difference->code(), item.difference->reason()});
      } else {
        (item.in_source ? report_.missing : report_.extra).push_back({progress_.kind, std::move(item.id)});
      }
    }
  }
  /// Ends the journal, if everything was compared, and returns the results.
  [[nodiscard]] VerificationReport finish() {
    if (journal_ && is_whole_ && !report_.cancelled) journal_->finish();
    return std::move(report_);
  }

  /// Whether the caller wants to stop. From any thread.
  [[nodiscard]] bool stopping() {
    const std::lock_guard lock(mutex_);
    if (options.stop.requested()) report_.cancelled = true;
    return report_.cancelled;
  }

  /// Counts an item. One that the target cannot read counts as differing, and not as found.
  static void settle(ComparedItem item, ComparedPage& result) {
    result.counts.source += item.in_source ? 1 : 0;
    result.found += item.in_source && item.in_target ? 1 : 0;
    ++(item.difference   ? result.counts.differing
       : !item.in_target ? result.counts.missing
       : !item.in_source ? result.counts.extra
                         : result.counts.same);
    if (!item.is_same()) result.items.push_back(std::move(item));
  }
  /// Counts items that the source has but cannot read.
  void fail(const std::vector<Error>& errors, ComparedPage& result) {
    for (const Error& error : errors) settle({.id = error.id(), .in_target = false, .difference = error}, result);
    advance(static_cast<std::int64_t>(errors.size()));
  }
  /// Adds an error that is not about an item of the source: of the collection or bucket as a whole, or of an item that
  /// only the target has.
  static void note(const Error& error, const char* operation, ComparedPage& result) {
    result.items.push_back({.id = error.id(), .operation = operation, .difference = error});
  }
  /// Reports progress.
  void advance(std::int64_t items) {
    const std::lock_guard lock(mutex_);
    if (items > 0) report_progress(items);
  }

  /// Compares the records of a page that are in the sample. A null in the source that the target has stored as the
  /// default is not a difference. One look-up for each `driver::ids_per_query` records. True.
  bool compare(const driver::CollectionSchema& schema, const std::vector<driver::DocumentPtr>& documents,
               const VerificationSample& sample, ComparedPage& result) {
    std::vector<driver::DocumentPtr> chosen;
    std::vector<std::string_view> ids;
    for (const driver::DocumentPtr& document : documents) {
      if (!sample.contains(document->id)) continue;
      chosen.push_back(document);
      ids.push_back(document->id);
    }
    const auto found = driver::look_up(target, schema, ids, options.parallelism);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      ComparedItem item{.id = chosen[i]->id, .in_target = found[i].found != nullptr, .difference = found[i].error};
      const std::string names =
          item.in_target ? difference(schema, as_written(schema, *chosen[i]), *found[i].found) : std::string();
      if (!names.empty()) item.difference = different(names);
      settle(std::move(item), result);
    }
    advance(static_cast<std::int64_t>(documents.size()));
    return true;
  }

  /// Compares the blobs of a page that are in the sample, except those that an earlier run has compared. Those that
  /// were not reached before a stop are not counted; then the result is false.
  bool compare(const Bucket& bucket, const std::vector<BlobInfo>& blobs, const VerificationSample& sample,
               ComparedPage& result) {
    std::vector<const BlobInfo*> chosen;
    std::vector<std::string_view> ids;
    for (const BlobInfo& blob : blobs) {
      if (!sample.contains(blob.id.str())) continue;
      chosen.push_back(&blob);
      ids.push_back(blob.id.str());
    }
    const auto found = driver::look_up(target, bucket, ids, options.parallelism);
    std::vector<std::optional<ComparedItem>> items(chosen.size());
    const StopCondition stop([this] { return stopping(); });
    driver::run_parallel(chosen.size(), options.parallelism, [&](std::size_t i) {
      const auto earlier = so_far_.blobs.find(chosen[i]->id.str());
      if (earlier != so_far_.blobs.end()) {
        items[i] = earlier->second;
      } else if (!stop.requested()) {
        items[i] = compare(bucket, *chosen[i], found[i], stop);
      }
      const std::lock_guard lock(mutex_);
      if (items[i]) report_progress(1);
    });
    bool reached_all = true;
    for (std::optional<ComparedItem>& item : items) {
      if (!item) reached_all = false;
      if (item) settle(*std::move(item), result);
    }
    advance(static_cast<std::int64_t>(blobs.size() - chosen.size()));
    return reached_all;
  }

 private:
  /// The document that a migration would write: a missing value may be the default in the target. The document itself
  /// if it is not valid.
  static driver::Document as_written(const driver::CollectionSchema& schema, const driver::Document& document) {
    driver::Document written = document;
    try {
      driver::validate(schema, written);
    } catch (const Error&) {
      return document;
    }
    return written;
  }

  /// Compares one blob and records the result; nothing if that was stopped. The bytes are read only if the properties
  /// agree. Called from several threads.
  std::optional<ComparedItem> compare(const Bucket& bucket, const BlobInfo& wanted,
                                      const driver::Lookup<std::optional<BlobInfo>>& existing,
                                      const StopCondition& stop) {
    ComparedItem item{.id = wanted.id.str(), .in_target = existing.found.has_value(), .difference = existing.error};
    try {
      const std::string names = item.in_target ? difference(wanted, *existing.found) : std::string();
      if (!names.empty()) throw different(names);
      if (item.in_target) {
        verify_blob(source, bucket, wanted, stop);
        verify_blob(target, bucket, wanted, stop);
      }
    } catch (const Error& error) {
      if (error.code() == Errc::cancelled) return std::nullopt;
      item.difference = error;
    }
    if (journal_ && !is_outage(item)) journal_->blob(progress_.kind, item);
    return item;
  }

  /// Whether a store did not respond, so that nothing is known about the item.
  [[nodiscard]] static bool is_outage(const ComparedItem& item) {
    return item.difference && driver::concerns_store(item.difference->code());
  }
  [[nodiscard]] static bool has_outage(const ComparedPage& page) {
    return std::any_of(page.items.begin(), page.items.end(), is_outage);
  }
  /// The error that reports a difference.
  static Error different(const std::string& names) {
    return Error(Errc::conflict, "the two stores differ in " + names);
  }

  /// Reports progress. Needs the mutex.
  void report_progress(std::int64_t items) {
    progress_.done += items;
    if (!options.on_progress(progress_)) report_.cancelled = true;
  }

  std::optional<VerificationJournal> journal_;
  VerificationReport report_;
  MigrationProgress progress_;
  Comparison so_far_;        ///< of the present collection or bucket
  bool is_complete_ = true;  ///< no page of it has to be repeated
  bool is_whole_ = true;     ///< no collection or bucket was left unfinished
  std::mutex mutex_;
};

}  // namespace reel::detail
