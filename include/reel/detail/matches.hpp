#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/driver/abilities.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/error_context.hpp>
#include <reel/driver/optimistic.hpp>
#include <reel/driver/walk.hpp>

namespace reel::detail {

/// Changes or removes the records that match some conditions, in the order of insertion. Used by `update_where` and
/// `remove_where`. The backend and the schema must outlive it.
///
/// The records of a page are read first and written then. Each write is conditional on the version that was read; after
/// a `conflict` the record is read again, and left alone if it no longer matches. The walk uses a cursor, so records
/// that are changed or removed do not shift the pages. No record is visited twice and the loop ends, because a change
/// does not alter the order of insertion.
template <driver::RecordBackend Backend>
class Matches {
 public:
  /// 500 records to a page.
  Matches(Backend& backend, const driver::CollectionSchema& schema, std::vector<driver::Condition> where)
      : backend_(backend), schema_(schema), query_{.where = std::move(where), .limit = 500} {}

  /// Calls `change` for each record; it returns whether it changed the record. Returns the number of changed records.
  template <class F>
  std::int64_t for_each(F&& change) {
    return for_each_page([&](const std::vector<driver::DocumentPtr>& documents) {
      std::int64_t changed = 0;
      for (const driver::DocumentPtr& document : documents) changed += changes(document, change) ? 1 : 0;
      return changed;
    });
  }

  /// Removes the records of a page together. Requires bulk writes, and that no other collection refers to the records.
  /// `remove_one` removes one that another writer changed meanwhile. Returns the number of removed records.
  template <class F>
  std::int64_t remove(F&& remove_one) {
    return for_each_page([&](const std::vector<driver::DocumentPtr>& documents) {
      std::int64_t removed = 0;
      const std::vector<driver::WriteResult> results = removed_together(documents);
      for (std::size_t i = 0; i < results.size(); ++i) {
        const std::optional<Error>& error = results[i].error;
        if (error && error->code() != Errc::conflict) throw error->within({.id = documents[i]->id});
        const bool done = error ? changes(documents[i], remove_one) : results[i].document != nullptr;
        removed += done ? 1 : 0;
      }
      return removed;
    });
  }

 private:
  /// The sum of what `body` returns for each page. A record of a page that cannot be read ends the walk with its error.
  template <class F>
  std::int64_t for_each_page(F&& body) {
    std::int64_t sum = 0;
    driver::walk(backend_, schema_, query_, [&](const driver::Page<driver::DocumentPtr>& page) {
      sum += body(driver::whole(page).items);
      return true;
    });
    return sum;
  }

  /// Removes each document on condition that it is unchanged.
  [[nodiscard]] std::vector<driver::WriteResult> removed_together(const std::vector<driver::DocumentPtr>& documents) {
    std::vector<driver::Write> writes;
    writes.reserve(documents.size());
    for (const driver::DocumentPtr& one : documents)
      writes.push_back({.kind = driver::WriteKind::remove,
                        .document = {.id = one->id},
                        .change = {.if_unchanged_since = one->updated_at, .as_read = one}});
    return driver::write_many(backend_, schema_, std::move(writes), driver::Batch::independent);
  }

  /// Calls `change` until no other writer interferes. A `conflict` with an unchanged record is not stale: a rule of the
  /// store forbids the change, and the error is final.
  template <class F>
  bool changes(driver::DocumentPtr document, F& change) {
    return driver::in_context(
        [&] {
          return driver::retry_conflicts([&](int) -> std::optional<bool> {
            try {
              return change(document);
            } catch (const Error& error) {
              if (error.code() != Errc::conflict) throw;
              const driver::DocumentPtr now = match_of(document->id);
              if (!now) return false;
              if (driver::is_version(*now, *document)) throw;  // not stale: a rule forbids it
              document = now;
              return std::nullopt;
            }
          });
        },
        [&] { return ErrorContext{.id = document->id}; });
  }
  /// The record with this id if it still matches, else null.
  [[nodiscard]] driver::DocumentPtr match_of(const std::string& id) {
    driver::QueryTree again{.where = query_.where, .limit = 1};
    again.where.push_back(
        {.op = driver::Operator::equal, .attribute = driver::position::id, .values = {driver::Value{id}}});
    const driver::Page<driver::DocumentPtr> page = driver::whole(backend_.list(schema_, again));
    return page.items.empty() ? nullptr : page.items.front();
  }

  Backend& backend_;
  const driver::CollectionSchema& schema_;
  driver::QueryTree query_;
};

}  // namespace reel::detail
