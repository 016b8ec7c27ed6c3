#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/migration_backup.hpp>
#include <reel/detail/migration_clock.hpp>
#include <reel/detail/migration_difference.hpp>
#include <reel/detail/migration_run.hpp>
#include <reel/detail/record_copy.hpp>
#include <reel/driver/abilities.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/error.hpp>
#include <reel/migration_report.hpp>

namespace reel::detail {

/// A create that keeps id and times.
[[nodiscard]] inline driver::Write creation_of(const driver::Document& wanted) {
  driver::Write write{.kind = driver::WriteKind::create, .document = wanted};
  write.document.is_copy = true;
  return write;
}

/// An update that sets everything, if the record is still `existing`, with which the decision was made.
[[nodiscard]] inline driver::Write replacement_of(const driver::DocumentPtr& existing, const driver::Document& wanted) {
  driver::Write write{.kind = driver::WriteKind::update, .document = {.id = wanted.id}};
  for (std::size_t i = 0; i < wanted.values.size(); ++i)
    write.change.values.emplace_back(static_cast<int>(i), wanted.values[i]);
  write.change.permissions = wanted.permissions;
  write.change.created_at = wanted.created_at;
  write.change.updated_at = wanted.updated_at;
  write.change.if_unchanged_since = existing->updated_at;
  write.change.as_read = existing;
  return write;
}

/// One bulk write. An error of the whole call becomes the error of each item.
[[nodiscard]] inline std::vector<driver::WriteResult> write_at_once(driver::ErasedStore& target,
                                                                    const driver::CollectionSchema& schema,
                                                                    std::vector<driver::Write> writes,
                                                                    driver::Batch batch) {
  const std::size_t count = writes.size();
  try {
    return driver::write_many(target, schema, std::move(writes), batch);
  } catch (const Error& error) {
    return std::vector<driver::WriteResult>(count, driver::WriteResult{.error = error});
  }
}

/// Writes copies. Each result has a document or an error. `make` returns the writes, the same in each call.
///
/// An atomic batch that fails has written nothing, so it is repeated item by item to find those to blame, unless the
/// error concerns the store as a whole.
template <class Make>
[[nodiscard]] std::vector<driver::WriteResult> write_copies(driver::ErasedStore& target,
                                                            const driver::CollectionSchema& schema, Make&& make) {
  const bool atomic = driver::abilities_of(target).atomic_batches;
  std::vector<driver::WriteResult> written =
      write_at_once(target, schema, make(), atomic ? driver::Batch::atomic : driver::Batch::independent);
  if (atomic) {
    std::optional<Error> failure;
    for (const driver::WriteResult& one : written) failure = failure ? failure : one.error;
    if (failure && !driver::concerns_store(failure->code())) {
      written = write_at_once(target, schema, make(), driver::Batch::independent);
    } else if (failure) {
      for (driver::WriteResult& one : written) one.error = failure;
    }
  }
  for (driver::WriteResult& one : written) {
    if (!one.error && !one.document)
      one.error = Error(Errc::not_found, "it was removed from the target in the meantime");
  }
  return written;
}

/// Writes the copies of one collection whose outcome is decided, and reads them back. The errors are in their results.
class CopyWriter {
 public:
  /// `schema`: that of the target.
  CopyWriter(MigrationRun& run, const driver::CollectionSchema& schema)
      : run_(run), target_(run.target), schema_(schema) {}

  /// Creates the copies.
  void create(const RecordCopies& copies) { write(copies, "create"); }

  /// Replaces what the target has by the copies, if it still has what they were compared with. A backup gets the
  /// replaced records first; a copy for which this fails is not written.
  void overwrite(RecordCopies copies) {
    if (run_.options.backup) back_up(copies);
    copies = chosen(copies, [](const RecordCopy& copy) { return copy.is(Outcome::overwritten); });
    write(copies, "overwrite");
  }

  /// Looks up those of the copies that were written and are to be verified, with `requests` at the same time, and
  /// compares them. `threads`: the number of threads that do so.
  void verify(const RecordCopies& copies, int requests, int threads) {
    const StageClock::VerifyingTime time(run_.clock(), threads);
    const RecordCopies written = chosen(copies, [this](const RecordCopy& copy) {
      return copy.result.outcome && is_written(*copy.result.outcome) && run_.verifies(copy.result.id);
    });
    std::vector<std::string_view> ids;
    for (const RecordCopy* copy : written) ids.push_back(copy->wanted.id);
    const auto found = driver::look_up(target_, schema_, ids, requests);
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

 private:
  /// `operation`: `create` or `overwrite`.
  void write(const RecordCopies& copies, const char* operation) {
    if (copies.empty()) return;
    const bool overwrites = operation == std::string_view("overwrite");
    for (RecordCopy* copy : copies) copy->tried = copy->result.outcome;
    const std::vector<driver::WriteResult> written = write_copies(target_, schema_, [&] {
      std::vector<driver::Write> writes;
      for (const RecordCopy* copy : copies)
        writes.push_back(overwrites ? replacement_of(copy->existing, copy->wanted) : creation_of(copy->wanted));
      return writes;
    });
    for (std::size_t i = 0; i < copies.size(); ++i) {
      if (written[i].error) copies[i]->result.fail(operation, *written[i].error);
    }
  }

  /// Fails the copies whose present value in the target the backup cannot store.
  void back_up(const RecordCopies& copies) {
    std::vector<driver::DocumentPtr> replaced;
    for (const RecordCopy* copy : copies) replaced.push_back(copy->existing);
    std::vector<std::optional<Error>> errors(copies.size());
    try {
      errors = detail::back_up(*run_.options.backup, schema_, replaced);
    } catch (const Error& error) {
      errors.assign(copies.size(), error);
    }
    for (std::size_t i = 0; i < copies.size(); ++i) {
      if (errors[i]) copies[i]->result.fail("backup", *errors[i]);
    }
  }

  MigrationRun& run_;
  driver::ErasedStore& target_;
  const driver::CollectionSchema& schema_;
};

}  // namespace reel::detail
