#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/detail/migrate_references.hpp>
#include <reel/detail/migration_backup.hpp>
#include <reel/detail/migration_choices.hpp>
#include <reel/detail/migration_difference.hpp>
#include <reel/detail/migration_journal.hpp>
#include <reel/detail/migration_run.hpp>
#include <reel/detail/walk_listed.hpp>
#include <reel/detail/write_copies.hpp>
#include <reel/driver/abilities.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/driver/validate.hpp>
#include <reel/driver/walk.hpp>
#include <reel/id.hpp>
#include <reel/renamed_id.hpp>

namespace reel::detail {

/// Copies one collection, page by page:
///
///     read a page of the source (the next one meanwhile, if parallel)
///     apply the caller's function                  transform
///     look up its ids in the target                find_renamed, find_existing
///     complete and validate each record            validate
///     look up what they refer to                   check_references
///     decide the outcome of each record            decide
///     write those to create                        write
///     overwrite, as long as the target changes     overwrite
///     look up what was written and compare         verify
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

  /// Copies all records and returns, after a plan, the ids that the target would not have. Throws what listing the
  /// source throws; other errors are in the report.
  std::unordered_set<Id<void>> copy() {
    if (const std::vector<std::string>* const ids = run_.ids()) {
      walk_listed(run_, source_schema_, *ids, page_size, [this](const auto& page) { return visit(page); });
      return std::move(failed_);
    }
    driver::QueryTree query{.where = run_.choices.where(run_.kind()), .limit = page_size};
    if (const JournaledKind* const earlier = run_.resume()) {
      if (earlier->is_done) return {};
      query.after = earlier->next;
    }
    driver::walk(
        run_.source, source_schema_, query, [&](const auto& page) { return visit(page); }, run_.parallelism());
    return std::move(failed_);
  }

  /// Copies some records and appends their results, in the same order. Nothing is added to the report. Those that were
  /// not reached before a stop have no outcome.
  void copy(const std::vector<driver::DocumentPtr>& documents, std::vector<MigratedItem>& results) {
    if (documents.empty()) return;
    std::vector<Item> items(documents.size());
    Items all;
    for (std::size_t i = 0; i < items.size(); ++i) {
      items[i].read = documents[i];
      items[i].result.id = documents[i]->id;
      items[i].result.source_bytes = record_size(*documents[i]);
      items[i].result.has_user_roles = has_user_roles(documents[i]->permissions);
      all.push_back(&items[i]);
    }
    copy_all(all);
    for (Item& item : items) {
      if (run_.options.plan && !item.existing && item.is(Outcome::failed)) failed_.emplace(item.result.id);
      results.push_back(std::move(item.result));
    }
  }

 private:
  static constexpr std::size_t page_size = 500;

  /// Copies the records of a page. False if the run is stopped.
  bool visit(const driver::Page<driver::DocumentPtr>& page) {
    if (run_.stopping()) return false;
    std::vector<MigratedItem> results = MigrationRun::unread(page.failed);
    copy(page.items, results);
    const auto count = static_cast<std::int64_t>(results.size());
    run_.advance(count, 0, count * work_of_record);
    run_.settle(results, page.next);
    return true;
  }
  /// A record of the page.
  struct Item {
    driver::DocumentPtr read{};      ///< as in the source
    driver::DocumentPtr source{};    ///< what to copy, with its id in the target
    driver::DocumentPtr existing{};  ///< as the target has it; null: it does not
    driver::Document wanted{};       ///< the document to write, where the target differs
    bool is_same = false;            ///< the target has it already
    std::optional<Outcome> tried{};  ///< what was written last; it may have been applied
    MigratedItem result{};

    [[nodiscard]] bool is(Outcome outcome) const { return result.outcome == outcome; }
    [[nodiscard]] bool is_open() const { return !result.outcome; }
  };
  using Items = std::vector<Item*>;

  /// The items for which `is_chosen(item)` holds.
  template <class IsChosen>
  static Items chosen(const Items& items, IsChosen&& is_chosen) {
    Items all;
    for (Item* item : items) {
      if (is_chosen(*item)) all.push_back(item);
    }
    return all;
  }

  /// Copies items, and repeats those for which a store does not respond. If the run ends, they have no outcome.
  void copy_all(const Items& items) {
    BackOff pauses = run_.back_off();
    for (Items left = items; !left.empty();) {
      for (Item* item : left) item->source = item->read;
      copy(left);
      for (Item* item : left) {  // if it was tried before a store failed, it has been applied
        if (pauses.has_waited() && item->is(Outcome::unchanged) && item->tried) item->result.outcome = item->tried;
      }
      left = chosen(left, [](const Item& item) { return store_error(item.result) != nullptr; });
      if (left.empty()) return;
      const Error error = *store_error(left.front()->result);
      const std::string operation = left.front()->result.operation;
      for (Item* item : left) item->result.begin_again();
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
  void copy(const Items& items) {
    for (Item* item : items) transform(*item);
    const Items open = chosen(items, [](const Item& item) { return item.is_open(); });
    if (run_.on_conflict() == OnConflict::rename) find_renamed(open);
    settle(open);
    if (run_.options.plan) return;
    write(items, Outcome::created);
    write(items, Outcome::renamed);
    overwrite(items);
    verify(items);
  }
  /// Determines the outcome of items from what the target has now.
  void settle(const Items& items) {
    find_existing(items);
    for (Item* item : items) validate(*item);
    check_references(items);
    for (Item* item : items) decide(*item);
  }

  /// Applies `KindOptions::transform`.
  void transform(Item& item) {
    const auto* const function = run_.choices.transform(run_.kind());
    if (!function) return;
    try {
      driver::Document changed = *item.source;
      if (!(*function)(changed)) item.result.outcome = Outcome::filtered;
      changed.id = item.source->id;
      item.source = std::make_shared<const driver::Document>(std::move(changed));
    } catch (const Error& error) {
      item.result.fail("transform", error);
    } catch (const std::exception& error) {
      item.result.fail("transform", Error(Errc::invalid, error.what()));
    }
  }

  /// Sets the id in the target of the items that an earlier run has copied under another id. They keep it.
  void find_renamed(const Items& items) {
    std::vector<std::string> renamed;
    for (const Item* item : items) renamed.push_back(renamed_id(run_.kind(), item->source->id));
    const std::vector<std::string_view> ids(renamed.begin(), renamed.end());
    const auto found = driver::look_up(target_, stored_ ? *stored_ : schema_, ids, run_.parallelism());
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (found[i].error) items[i]->result.fail("find", *found[i].error);
      if (found[i].found) rename(*items[i], renamed[i]);
    }
  }
  static void rename(Item& item, const std::string& id) {
    driver::Document copy = *item.source;
    copy.id = item.result.target_id = id;
    item.source = std::make_shared<const driver::Document>(std::move(copy));
  }

  /// Sets `existing` of all items.
  void find_existing(const Items& items) {
    std::vector<std::string_view> ids;
    for (const Item* item : items) ids.push_back(item->source->id);
    auto found = run_.look_up_target(stored_ ? *stored_ : schema_, ids);
    for (std::size_t i = 0; i < items.size(); ++i) {
      Item& item = *items[i];
      item.existing = std::move(found[i].found);
      if (item.existing && stored_)
        item.existing = std::make_shared<const driver::Document>(driver::reshaped(*item.existing, *stored_, schema_));
      if (found[i].error) item.result.fail("find", *found[i].error);
    }
  }

  /// Whether the target has the document.
  [[nodiscard]] bool is_there(const Item& item, const driver::Document& document) const {
    return item.existing && difference(schema_, document, *item.existing).empty();
  }
  /// Sets `wanted` and `is_same`. The document to write is validated, because the source may have been written by
  /// another program. A document equal to that of the target needs no validation: the target accepted it.
  void validate(Item& item) {
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
  void check_references(const Items& items) {
    ReferenceCheck references(run_, source_schema_, previewed_);
    const auto document = [](const Item& item) -> const driver::Document& {
      return item.is_same ? *item.existing : item.wanted;
    };
    for (const Item* item : items) {
      if (!item->result.failure) references.add(document(*item));
    }
    references.look_up();
    for (Item* item : items) {
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
  void decide(Item& item) {
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

  /// Overwrites the items with this outcome. Each write is conditional on the version that was compared: after a
  /// `conflict` the item is compared again, at most `most_comparisons` times in all.
  void overwrite(const Items& items) {
    Items left = chosen(items, [](const Item& item) { return item.is(Outcome::overwritten); });
    for (int compared = 1; !left.empty(); ++compared) {
      if (run_.options.backup) back_up(left);
      write(left, Outcome::overwritten);
      if (compared == most_comparisons) return;
      left = chosen(left, [](const Item& item) {
        return item.result.failure && item.result.operation == "overwrite" &&
               (item.result.failure->code() == Errc::conflict || item.result.failure->code() == Errc::not_found);
      });
      for (Item* item : left) item->result.begin_again(item->result.target_id);
      settle(left);
      write(left, Outcome::created);
      left = chosen(left, [](const Item& item) { return item.is(Outcome::overwritten); });
    }
  }
  /// Fails the items whose present value the backup cannot store.
  void back_up(const Items& items) {
    std::vector<driver::DocumentPtr> replaced;
    for (const Item* item : items) replaced.push_back(item->existing);
    std::vector<std::optional<Error>> errors(items.size());
    try {
      errors = detail::back_up(*run_.options.backup, schema_, replaced);
    } catch (const Error& error) {
      errors.assign(items.size(), error);
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (errors[i]) items[i]->result.fail("backup", *errors[i]);
    }
  }

  /// Writes the items with this outcome.
  void write(const Items& items, Outcome outcome) {
    const Items wanted = chosen(items, [outcome](const Item& item) { return item.is(outcome); });
    if (wanted.empty()) return;
    const bool overwrites = outcome == Outcome::overwritten;
    for (Item* item : wanted) item->tried = outcome;
    const std::vector<driver::WriteResult> written = write_copies(target_, schema_, [&] {
      std::vector<driver::Write> writes;
      for (const Item* item : wanted)
        writes.push_back(overwrites ? replacement_of(item->existing, item->wanted) : creation_of(item->wanted));
      return writes;
    });
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (written[i].error) wanted[i]->result.fail(overwrites ? "overwrite" : "create", *written[i].error);
    }
  }

  /// Looks up what was written and compares it, if that is wanted.
  void verify(const Items& items) {
    const StageClock::VerifyingTime time(run_.clock(), 1);
    const Items written = chosen(items, [this](const Item& item) {
      return item.result.outcome && is_written(*item.result.outcome) && run_.verifies(item.result.id);
    });
    std::vector<std::string_view> ids;
    for (const Item* item : written) ids.push_back(item->wanted.id);
    const auto found = driver::look_up(target_, schema_, ids, run_.parallelism());
    for (std::size_t i = 0; i < written.size(); ++i) {
      MigratedItem& result = written[i]->result;
      if (found[i].error) {
        result.difference = found[i].error;
      } else if (!found[i].found) {
        result.difference = Error(Errc::not_found, "the target does not have it after it was written");
      } else if (std::string names = difference(schema_, written[i]->wanted, *found[i].found); !names.empty()) {
        result.difference = Error(Errc::corrupt, "the target differs in " + names);
      } else {
        result.verified = true;
      }
    }
  }

  static constexpr int most_comparisons = 3;

  MigrationRun& run_;
  driver::ErasedStore& target_;
  const driver::CollectionSchema& source_schema_;
  const driver::CollectionSchema& schema_;  ///< in the target; the attributes have the same positions
  const std::vector<PreviewedCollection>& previewed_;
  std::shared_ptr<const driver::CollectionSchema> stored_;
  bool follows_;  ///< references may be to records with another id in the target
  std::unordered_set<Id<void>> failed_;
};

}  // namespace reel::detail
