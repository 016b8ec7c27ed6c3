#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/detail/migrate_references.hpp>
#include <reel/detail/migration_difference.hpp>
#include <reel/detail/migration_journal.hpp>
#include <reel/detail/migration_run.hpp>
#include <reel/driver/abilities.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/driver/validate.hpp>
#include <reel/driver/walk.hpp>
#include <reel/id.hpp>

namespace reel::detail {

/// About the bytes of a record in a store: those of its id and its values, with 8 for a number or a time, and 64 for
/// its times and its position.
[[nodiscard]] inline std::int64_t record_size(const driver::Document& document) {
  const auto size_of = [](const driver::Value& value, const auto& self) -> std::int64_t {
    if (value.is_null()) return 0;
    if (const auto* text = value.as<std::string>()) return std::ssize(*text);
    const auto* list = value.as<driver::List>();
    if (!list) return value.as<bool>() ? 1 : 8;
    std::int64_t bytes = 0;
    for (const driver::Value& one : *list) bytes += self(one, self);
    return bytes;
  };
  std::int64_t bytes = 64 + std::ssize(document.id);
  for (const driver::Value& value : document.values) bytes += size_of(value, size_of);
  return bytes;
}

/// Copies one collection, page by page:
///
///     read a page of the source (the next one meanwhile, if parallel)
///     look up its ids in the target                find_existing
///     complete and validate each record            validate
///     look up what they refer to                   check_references
///     decide the outcome of each record            decide
///     write those to create, then to overwrite     write
///     look up what was written and compare         verify
class RecordMigration {
 public:
  /// `previewed`: in a plan, the collections before this one. `stored`: in a plan the schema to read the target
  /// with, if it is not `schema`; see `SetupPreview`.
  RecordMigration(MigrationRun& run, const driver::CollectionSchema& schema,
                  const std::vector<PreviewedCollection>& previewed,
                  std::shared_ptr<const driver::CollectionSchema> stored)
      : run_(run), target_(run.target), schema_(schema), previewed_(previewed), stored_(std::move(stored)) {}

  /// Copies all records and returns, after a plan, the ids that the target would not have. Throws what listing the
  /// source throws; other errors are in the report.
  std::unordered_set<Id<void>> copy() {
    if (const std::vector<std::string>* const ids = run_.ids()) return copy_listed(*ids);
    driver::QueryTree query{.limit = page_size};
    if (const JournaledKind* earlier = run_.resume()) {
      if (earlier->is_done) return {};
      query.after = earlier->next;
    }
    driver::walk(
        run_.source, schema_, query, [&](const auto& page) { return visit(page); }, run_.options.parallelism);
    return std::move(failed_);
  }

  /// Copies some records and appends their results, in the same order. Nothing is added to the report.
  void copy(const std::vector<driver::DocumentPtr>& documents, std::vector<MigratedItem>& results) {
    if (documents.empty()) return;
    std::vector<Item> items(documents.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      items[i].source = documents[i];
      items[i].result.id = documents[i]->id;
      items[i].result.source_bytes = record_size(*documents[i]);
      items[i].result.has_user_roles = has_user_roles(documents[i]->permissions);
    }
    find_existing(items);
    for (Item& item : items) validate(item);
    check_references(items);
    for (Item& item : items) decide(item);
    if (!run_.options.plan) {
      write(items, Outcome::created);
      write(items, Outcome::overwritten);
      verify(items);
    }
    for (Item& item : items) {
      if (run_.options.plan && !item.existing && item.is(Outcome::failed)) failed_.emplace(item.source->id);
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
  /// Copies the records with these ids. One that the source no longer has is a note.
  std::unordered_set<Id<void>> copy_listed(const std::vector<std::string>& ids) {
    std::int64_t removed = 0;
    for (std::size_t first = 0; first < ids.size(); first += page_size) {
      const std::vector<std::string_view> some(
          ids.begin() + static_cast<std::ptrdiff_t>(first),
          ids.begin() + static_cast<std::ptrdiff_t>(std::min(first + page_size, ids.size())));
      driver::Page<driver::DocumentPtr> page;
      for (auto& one : driver::look_up(run_.source, schema_, some, run_.options.parallelism)) {
        removed += !one.error && !one.found ? 1 : 0;
        if (one.error) page.failed.push_back(*one.error);
        if (one.found) page.items.push_back(std::move(one.found));
      }
      if (!visit(page)) break;
    }
    if (removed > 0) run_.note("the source no longer has " + std::to_string(removed) + " of its records");
    return std::move(failed_);
  }

  /// A record of the page.
  struct Item {
    driver::DocumentPtr source{};    ///< as read from the source
    driver::DocumentPtr existing{};  ///< as the target has it; null: it does not
    driver::Document wanted{};       ///< the document to write, where the target differs
    bool is_same = false;            ///< the target has it already
    MigratedItem result{};

    [[nodiscard]] bool is(Outcome outcome) const { return result.outcome == outcome; }
  };

  /// Sets `existing` of all items.
  void find_existing(std::vector<Item>& items) {
    std::vector<std::string_view> ids;
    for (const Item& item : items) ids.push_back(item.source->id);
    auto found = run_.look_up_target(stored_ ? *stored_ : schema_, ids);
    for (std::size_t i = 0; i < items.size(); ++i) {
      items[i].existing = std::move(found[i].found);
      if (items[i].existing && stored_)
        items[i].existing =
            std::make_shared<const driver::Document>(driver::reshaped(*items[i].existing, *stored_, schema_));
      if (found[i].error) items[i].result.fail("find", *found[i].error);
    }
  }

  /// Sets `wanted` and `is_same`. The document to write is validated, because the source may have been written by
  /// another program. A document equal to that of the target needs no validation: the target accepted it.
  void validate(Item& item) {
    if (item.result.failure) return;
    const auto is_there = [&](const driver::Document& document) {
      return item.existing && difference(schema_, document, *item.existing).empty();
    };
    item.is_same = is_there(*item.source);
    if (item.is_same) return;
    try {
      item.wanted = *item.source;
      item.wanted.sequence = 0;
      driver::validate(schema_, item.wanted);
      item.is_same = is_there(item.wanted);
    } catch (const Error& error) {
      item.result.fail("validate", error);
    }
  }

  /// Fails the items that refer to records which the target does not have.
  void check_references(std::vector<Item>& items) {
    ReferenceCheck references(run_, schema_, previewed_);
    const auto document = [](const Item& item) -> const driver::Document& {
      return item.is_same ? *item.existing : item.wanted;
    };
    for (const Item& item : items) {
      if (!item.result.failure) references.add(document(item));
    }
    references.look_up();
    for (Item& item : items) {
      if (item.result.failure) continue;
      try {
        references.check(document(item));
      } catch (const Error& error) {
        item.result.fail(error.code() == Errc::invalid ? "reference" : "find", error);
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
    } else {
      run_.settle_conflict(result, item.wanted.updated_at, item.existing->updated_at);
    }
  }

  /// Writes the items with this outcome. An atomic batch that fails has written nothing, so it is repeated item by item
  /// to find those to blame, unless the error concerns the store as a whole.
  void write(std::vector<Item>& items, Outcome outcome) {
    std::vector<Item*> chosen;
    for (Item& item : items) {
      if (item.is(outcome)) chosen.push_back(&item);
    }
    if (chosen.empty()) return;
    const bool atomic = driver::abilities_of(target_).atomic_batches;
    std::vector<driver::WriteResult> written =
        write(chosen, outcome, atomic ? driver::Batch::atomic : driver::Batch::independent);
    if (atomic) {  // a failed batch has written nothing; writing one by one shows which items are to blame
      std::optional<Error> failure;
      for (const driver::WriteResult& one : written) failure = failure ? failure : one.error;
      if (failure && !driver::concerns_store(failure->code())) {
        written = write(chosen, outcome, driver::Batch::independent);
      } else if (failure) {
        for (driver::WriteResult& one : written) one.error = failure;
      }
    }
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (!written[i].error && !written[i].document)
        written[i].error = Error(Errc::not_found, "it was removed from the target in the meantime");
      if (written[i].error) fail(chosen[i]->result, outcome, *written[i].error);
    }
  }

  /// Records that the write of an item failed. After an error that concerns all later writes, too, the item counts as
  /// not reached.
  void fail(MigratedItem& result, Outcome outcome, const Error& error) {
    if (!run_.is_final(error)) return result.fail(outcome == Outcome::created ? "create" : "overwrite", error);
    run_.halt(error);
    result.outcome.reset();
  }

  /// One bulk write. An error of the whole call becomes the error of each item.
  std::vector<driver::WriteResult> write(const std::vector<Item*>& items, Outcome outcome, driver::Batch batch) {
    std::vector<driver::Write> writes;
    for (const Item* item : items) writes.push_back(make_write(*item, outcome));
    try {
      return driver::write_many(target_, schema_, std::move(writes), batch);
    } catch (const Error& error) {
      return std::vector<driver::WriteResult>(items.size(), driver::WriteResult{.error = error});
    }
  }

  /// A create that keeps id and times, or an update that sets everything. With `OnConflict::newer` the update is
  /// conditional, because the decision depended on the version read.
  driver::Write make_write(const Item& item, Outcome outcome) const {
    if (outcome == Outcome::created) {
      driver::Write write{.kind = driver::WriteKind::create, .document = item.wanted};
      write.document.is_copy = true;
      return write;
    }
    driver::Write write{.kind = driver::WriteKind::update, .document = {.id = item.wanted.id}};
    for (std::size_t i = 0; i < item.wanted.values.size(); ++i)
      write.change.values.emplace_back(static_cast<int>(i), item.wanted.values[i]);
    write.change.permissions = item.wanted.permissions;
    write.change.created_at = item.wanted.created_at;
    write.change.updated_at = item.wanted.updated_at;
    if (run_.options.on_conflict == OnConflict::newer) write.change.if_unchanged_since = item.existing->updated_at;
    return write;
  }

  /// Looks up what was written and compares it, if that is wanted.
  void verify(std::vector<Item>& items) {
    const StageClock::VerifyingTime time(run_.clock(), 1);
    std::vector<Item*> written;
    std::vector<std::string_view> ids;
    for (Item& item : items) {
      if (!item.is(Outcome::created) && !item.is(Outcome::overwritten)) continue;
      if (!run_.verifies(item.result.id)) continue;
      written.push_back(&item);
      ids.push_back(item.wanted.id);
    }
    const auto found = driver::look_up(target_, schema_, ids, run_.options.parallelism);
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

  MigrationRun& run_;
  driver::ErasedStore& target_;
  const driver::CollectionSchema& schema_;
  const std::vector<PreviewedCollection>& previewed_;
  std::shared_ptr<const driver::CollectionSchema> stored_;
  std::unordered_set<Id<void>> failed_;
};

}  // namespace reel::detail
