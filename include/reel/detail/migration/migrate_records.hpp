#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/detail/migration/choices.hpp>
#include <reel/detail/migration/copy_writer.hpp>
#include <reel/detail/migration/difference.hpp>
#include <reel/detail/migration/journal.hpp>
#include <reel/detail/migration/migrate_references.hpp>
#include <reel/detail/migration/page_reader.hpp>
#include <reel/detail/migration/record_copy.hpp>
#include <reel/detail/migration/run.hpp>
#include <reel/detail/migration/turns.hpp>
#include <reel/detail/migration/unique_check.hpp>
#include <reel/detail/migration/walk_listed.hpp>
#include <reel/driver/abilities.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/parallel.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/driver/validate.hpp>
#include <reel/id.hpp>
#include <reel/migration/renamed_id.hpp>

namespace reel::detail {

/// Copies one collection, page by page, several pages at the same time:
///
///     read a page of the source                    PageReader, in the order of the pages
///     apply the caller's function                  transform, likewise
///     look up its ids in the target                find_renamed, find_existing, if it had records before
///     complete and validate each record            validate
///     look up what they refer to                   check_references
///     decide the outcome of each record            decide
///     in a plan, look for the same unique values   UniqueCheck, in the order of the pages
///     create records                               create, in the order of the pages
///     overwrite, as long as the target changes     overwrite, likewise
///     look up what was written and compare         CopyWriter::verify
///     report and record                            MigrationRun::settle, in the order of the pages
class RecordMigration {
 public:
  /// `previewed`: in a plan, the collections before this one. `stored`: in a plan the schema to read the target with,
  /// if it is not that of the target; see `SetupPreview`.
  RecordMigration(MigrationRun& run, const driver::CollectionSchema& schema,
                  const std::vector<PreviewedCollection>& previewed,
                  std::shared_ptr<const driver::CollectionSchema> stored)
      : run_(run),
        target_(run.target),
        source_schema_(schema),
        schema_(run.choices.in_target(schema)),
        previewed_(previewed),
        stored_(std::move(stored)),
        follows_(ReferenceCheck(run, schema, previewed).follows()) {}

  /// Assumes that the target had nothing of the collection before the first run. Ids are then looked up only in the
  /// pages that an interrupted run may have written, and if creating them shows that they exist.
  void expect_nothing() {
    expects_nothing_ = true;
    looks_up_ = run_.report().is_resumed;
  }

  /// Copies all records and returns, after a plan, the ids that the target would not have. Throws what listing the
  /// source throws; other errors are in the report.
  std::unordered_set<Id<void>> copy() {
    if (const std::vector<std::string>* const ids = run_.ids()) {
      walk_listed(run_, source_schema_, *ids, page_size(), [this](const auto& page) {
        Turns turns(false);
        Turns::Turn turn(turns, 0);
        visit(page, turn, turn, [] {});
        return !run_.stopping();
      });
      return std::move(failed_);
    }
    PageReader pages(run_.source, source_schema_,
                     {.where = run_.choices.where(run_.kind()), .limit = static_cast<std::int64_t>(page_size())});
    if (const JournaledKind* const earlier = run_.resume()) {
      if (earlier->is_done) return {};
      pages.begin_after(earlier->next);
    }
    while (!pages.has_ended() && !run_.stopping()) copy_in_threads(pages, run_.parallelism());
    return std::move(failed_);
  }

  /// Copies some records and appends their results, in the same order. Nothing is added to the report. Those that were
  /// not reached before a stop have no outcome.
  void copy(const std::vector<driver::DocumentPtr>& documents, std::vector<MigratedItem>& results) {
    Turns turns(false);
    Turns::Turn writing(turns, 0);
    std::vector<RecordCopy> items = begin(documents);
    copy_all(items, writing);
    for (RecordCopy& item : items) results.push_back(std::move(item.result));
  }

 private:
  /// The number of records that are read, created and recorded together, and repeated after an interruption.
  [[nodiscard]] std::size_t page_size() const {
    return static_cast<std::size_t>(std::clamp(run_.limits().records_per_request, 100, 500));
  }

  /// Copies pages until the limit of the parallelism is changed.
  void copy_in_threads(PageReader& pages, int parallelism) {
    threads_ = std::min(parallelism, most_threads);
    Turns writing(run_.keeps_order()), settling;
    std::size_t begun = 0;
    std::mutex reading;
    driver::run_parallel(static_cast<std::size_t>(threads_), threads_, [&](std::size_t) {
      while (true) {
        std::unique_lock lock(reading);
        if (has_failed_ || run_.parallelism() != parallelism || run_.stopping()) return;
        const auto page = pages.read();
        if (!page) return;
        Turns::Turn to_write(writing, begun), to_settle(settling, begun);
        ++begun;
        visit(*page, to_write, to_settle, [&] { lock.unlock(); });
      }
    });
  }

  /// Copies and settles a page. `writing`, `settling`: the turns of these steps. `begun`: called when the next page may
  /// be read. After an exception no later page is created or recorded.
  template <class Begun>
  void visit(const driver::Page<driver::DocumentPtr>& page, Turns::Turn& writing, Turns::Turn& settling,
             Begun&& begun) {
    try {
      std::vector<RecordCopy> items = begin(page.items);
      begun();
      copy_all(items, writing);
      settling.begin();
      uniques_.settle(items);
      std::vector<MigratedItem> results = unread_items(page.failed);
      for (RecordCopy& item : items) {
        if (run_.options.plan && !item.existing && item.is(Outcome::failed)) failed_.emplace(item.result.id);
        results.push_back(std::move(item.result));
      }
      const auto count = static_cast<std::int64_t>(results.size());
      run_.advance(count, 0, count * work_of_record);
      run_.settle(results, page.next);
    } catch (...) {
      has_failed_ = true;
      settling.begin();
      run_.interrupt();
      throw;
    }
  }
  /// The copies to make, in the order of the documents.
  [[nodiscard]] std::vector<RecordCopy> begin(const std::vector<driver::DocumentPtr>& documents) const {
    std::vector<RecordCopy> items(documents.size());
    for (std::size_t i = 0; i < items.size(); ++i) items[i].begin(documents[i], run_.choices.transform(run_.kind()));
    return items;
  }
  /// Copies items, and repeats those for which a store does not respond. If the run ends, they have no outcome.
  void copy_all(std::vector<RecordCopy>& items, Turns::Turn& writing) {
    BackOff pauses = run_.back_off();
    RecordCopies left;
    for (RecordCopy& item : items) {
      if (item.is_open()) left.push_back(&item);
    }
    while (!left.empty()) {
      for (RecordCopy* item : left) item->begin_again();
      copy(left, writing, pauses.has_waited());
      for (RecordCopy* item : left) {  // if it was tried before a store failed, it has been applied
        if (pauses.has_waited() && item->is(Outcome::unchanged) && item->tried) item->result.outcome = item->tried;
      }
      left = chosen(left, [](const RecordCopy& item) { return store_error(item.result) != nullptr; });
      if (left.empty()) return;
      const Error error = *store_error(left.front()->result);
      const std::string operation = left.front()->result.operation;
      for (RecordCopy* item : left) item->result.begin_again();
      if (!pauses.wait(error)) return run_.halt(operation.empty() ? "verify" : operation, error);
    }
  }
  /// The error of a store that does not respond; null: it has none.
  static const Error* store_error(const MigratedItem& result) {
    for (const std::optional<Error>* error : {&result.failure, &result.difference}) {
      if (*error && BackOff::concerns((*error)->code())) return &**error;
    }
    return nullptr;
  }
  /// `again`: they may have been written before a store failed.
  void copy(const RecordCopies& items, Turns::Turn& writing, bool again) {
    if (run_.on_conflict() == OnConflict::rename) find_renamed(items);
    if (looks_up_ || again) look_up(items);
    settle(items);
    if (run_.options.plan) return uniques_.look_up(items, requests());
    writing.begin();
    if (has_failed_ || run_.stopping()) {  // an earlier page is incomplete, and comes first in the next run
      for (RecordCopy* item : items) item->result.begin_again();
      return;
    }
    create(items);
    overwrite(items);
    const bool responds = std::none_of(items.begin(), items.end(),
                                       [](const RecordCopy* item) { return store_error(item->result) != nullptr; });
    if (responds) writing.end();  // else they are written again, before later ones
    writer_.verify(items, requests(), threads_);
  }
  /// The number of requests that a thread makes at the same time.
  [[nodiscard]] int requests() const { return threads_ > 1 ? 1 : run_.parallelism(); }
  /// Finds out what the target has before records are created. If it was empty, and none of the pages that the threads
  /// of an interrupted run may have written is there, later ones are not looked up.
  void look_up(const RecordCopies& items) {
    find_existing(items);
    const auto is_there = [](const RecordCopy* item) { return item->existing || item->result.failure; };
    missing_pages_ = std::any_of(items.begin(), items.end(), is_there) ? 0 : missing_pages_ + 1;
    if (expects_nothing_ && missing_pages_ >= threads_) looks_up_ = false;
  }

  /// Creates the items with these outcomes. Those that exist although the target did not have them before, because
  /// another program or an interrupted run has created them, are compared and settled again.
  void create(const RecordCopies& items) {
    const auto is_new = [](const RecordCopy& item) { return item.is(Outcome::created) || item.is(Outcome::renamed); };
    writer_.create(chosen(items, is_new));
    RecordCopies taken = chosen(items, [](const RecordCopy& item) {
      return item.result.operation == "create" && item.result.failure->code() == Errc::already_exists &&
             item.wanted.id == item.source->id;
    });
    if (taken.empty()) return;
    find_existing(taken);
    taken = chosen(taken, [](const RecordCopy& item) { return item.existing != nullptr; });
    for (RecordCopy* item : taken) item->result.begin_again(item->result.target_id);
    settle(taken);
    writer_.create(chosen(taken, is_new));
  }
  /// Determines the outcome of items from what was looked up in the target.
  void settle(const RecordCopies& items) {
    for (RecordCopy* item : items) validate(*item);
    check_references(items);
    for (RecordCopy* item : items) decide(*item);
  }

  /// Sets the id in the target of the items that an earlier run has copied under another id. They keep it.
  void find_renamed(const RecordCopies& items) {
    std::vector<std::string> renamed;
    for (const RecordCopy* item : items) renamed.push_back(renamed_id(run_.kind(), item->source->id));
    const std::vector<std::string_view> ids(renamed.begin(), renamed.end());
    const auto found = driver::look_up(target_, stored_ ? *stored_ : schema_, ids, requests());
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (found[i].error) items[i]->result.fail("find", *found[i].error);
      if (found[i].found) rename(*items[i], renamed[i]);
    }
  }
  static void rename(RecordCopy& item, const std::string& id) {
    driver::Document copy = *item.source;
    copy.id = item.result.target_id = id;
    item.source = std::make_shared<const driver::Document>(std::move(copy));
  }

  /// Sets `existing` of all items.
  void find_existing(const RecordCopies& items) {
    std::vector<std::string_view> ids;
    for (const RecordCopy* item : items) ids.push_back(item->source->id);
    auto found = run_.look_up_target(stored_ ? *stored_ : schema_, ids, requests());
    for (std::size_t i = 0; i < items.size(); ++i) {
      RecordCopy& item = *items[i];
      item.existing = std::move(found[i].found);
      if (item.existing && stored_)
        item.existing = std::make_shared<const driver::Document>(driver::reshaped(*item.existing, *stored_, schema_));
      if (found[i].error) item.result.fail("find", *found[i].error);
    }
  }

  /// Whether the target has the document.
  [[nodiscard]] bool is_there(const RecordCopy& item, const driver::Document& document) const {
    return item.existing && difference(schema_, document, *item.existing).empty();
  }
  /// Sets `wanted` and `is_same`. The document to write is validated, because the source may have been written by
  /// another program. A document equal to that of the target needs no validation: the target accepted it.
  void validate(RecordCopy& item) {
    if (item.result.failure) return;
    item.is_same = !follows_ && is_there(item, *item.source);
    if (item.is_same) return;
    try {
      item.wanted = *item.source;
      item.wanted.sequence = 0;
      driver::validate(schema_, item.wanted);
      item.is_same = !follows_ && is_there(item, item.wanted);
    } catch (const Error& error) {
      item.result.fail("validate", error);
    }
  }

  /// Fails the items that refer to records which the target does not have, and lets those that refer to renamed records
  /// follow.
  void check_references(const RecordCopies& items) {
    ReferenceCheck references(run_, source_schema_, previewed_);
    const auto document = [](const RecordCopy& item) -> const driver::Document& {
      return item.is_same ? *item.existing : item.wanted;
    };
    for (const RecordCopy* item : items) {
      if (!item->result.failure) references.add(document(*item));
    }
    references.look_up(requests());
    for (RecordCopy* item : items) {
      if (item->result.failure) continue;
      try {
        references.check(document(*item));
        if (!follows_) continue;
        references.follow(item->wanted);
        item->is_same = is_there(*item, item->wanted);
      } catch (const Error& error) {
        item->result.fail(error.code() == Errc::invalid ? "reference" : "find", error);
      }
    }
  }

  /// Decides the outcome.
  void decide(RecordCopy& item) {
    MigratedItem& result = item.result;
    if (result.failure) return;
    if (!item.existing) {
      result.outcome = Outcome::created;
    } else if (item.is_same) {
      result.outcome = Outcome::unchanged;
      result.verified = run_.verifies(result.id);
    } else if (!result.target_id.empty()) {
      result.fail("compare", Error(Errc::already_exists, "the target has other content under the new id '" +
                                                             result.target_id + "', which it got in a conflict"));
    } else {
      run_.settle_conflict(result, item.wanted.updated_at, item.existing->updated_at);
    }
    if (!item.is(Outcome::renamed)) return;
    result.target_id = item.wanted.id = renamed_id(run_.kind(), item.source->id);
    item.existing = nullptr;
  }

  /// Overwrites the items with this outcome. Each write is conditional on the version that was
  /// compared: after a `conflict` the item is compared again, at most `most_comparisons` times in all.
  void overwrite(const RecordCopies& items) {
    RecordCopies left = chosen(items, [](const RecordCopy& item) { return item.is(Outcome::overwritten); });
    for (int compared = 1; !left.empty(); ++compared) {
      writer_.overwrite(left);
      if (compared == most_comparisons) return;
      left = chosen(left, [](const RecordCopy& item) {
        return item.result.failure && item.result.operation == "overwrite" &&
               (item.result.failure->code() == Errc::conflict || item.result.failure->code() == Errc::not_found);
      });
      for (RecordCopy* item : left) item->result.begin_again(item->result.target_id);
      find_existing(left);
      settle(left);
      writer_.create(chosen(left, [](const RecordCopy& item) { return item.is(Outcome::created); }));
      left = chosen(left, [](const RecordCopy& item) { return item.is(Outcome::overwritten); });
    }
  }

  static constexpr int most_comparisons = 3;
  static constexpr int most_threads = 256;  ///< each has a page in memory

  MigrationRun& run_;
  driver::ErasedStore& target_;
  const driver::CollectionSchema& source_schema_;
  const driver::CollectionSchema& schema_;  ///< in the target; the attributes have the same positions
  const std::vector<PreviewedCollection>& previewed_;
  std::shared_ptr<const driver::CollectionSchema> stored_;
  CopyWriter writer_{run_, schema_};
  UniqueCheck uniques_{run_, schema_, stored_};
  bool follows_;  ///< references may be to records with another id in the target
  bool expects_nothing_ = false;
  std::atomic<bool> looks_up_ = true;     ///< ids in the target, before records are created
  std::atomic<int> missing_pages_ = 0;    ///< pages in a row of which the target had nothing
  std::atomic<bool> has_failed_ = false;  ///< an exception has ended the copying of a page
  int threads_ = 1;                       ///< that copy pages
  std::unordered_set<Id<void>> failed_;
};

}  // namespace reel::detail
