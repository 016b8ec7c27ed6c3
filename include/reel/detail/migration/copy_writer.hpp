#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/migration/backup.hpp>
#include <reel/detail/migration/clock.hpp>
#include <reel/detail/migration/difference.hpp>
#include <reel/detail/migration/record_copy.hpp>
#include <reel/detail/migration/run.hpp>
#include <reel/detail/migration/write_copies.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/error.hpp>
#include <reel/migration/report.hpp>

namespace reel::detail {

/// Writes the copies of one collection whose outcome is decided, and reads them back. The errors are in their results.
class CopyWriter {
 public:
  /// `schema`: that of the target.
  CopyWriter(MigrationRun& run, const driver::CollectionSchema& schema)
      : run_(run), target_(run.target), schema_(schema) {}

  /// Creates the copies.
  void create(const RecordCopies& copies) {
    write(copies, "create", [](const RecordCopy& copy) { return creation_of(copy.wanted); });
  }

  /// Replaces what the target has by the copies, if it still has what they were compared with. A backup gets the
  /// replaced records first; a copy for which this fails is not written.
  void overwrite(RecordCopies copies) {
    if (run_.options.backup) back_up(copies);
    copies = chosen(copies, [](const RecordCopy& copy) { return copy.is(Outcome::overwritten); });
    write(copies, "overwrite", [](const RecordCopy& copy) { return replacement_of(copy.existing, copy.wanted); });
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
  /// Writes `write_of(copy)` for each copy.
  template <class WriteOf>
  void write(const RecordCopies& copies, const char* operation, WriteOf&& write_of) {
    if (copies.empty()) return;
    for (RecordCopy* copy : copies) copy->tried = copy->result.outcome;
    const std::vector<driver::WriteResult> written = write_copies(target_, schema_, [&] {
      std::vector<driver::Write> writes;
      for (const RecordCopy* copy : copies) writes.push_back(write_of(*copy));
      return writes;
    });
    for (std::size_t i = 0; i < copies.size(); ++i) {
      if (written[i].error) copies[i]->result.fail(operation, *written[i].error);
    }
  }

  /// Fails the copies whose present value in the target the backup cannot store.
  void back_up(const RecordCopies& copies) {
    std::vector<driver::DocumentPtr> replaced, spared;
    for (RecordCopy* copy : copies) {
      replaced.push_back(copy->existing);
      spared.push_back(std::exchange(copy->backup, nullptr));
    }
    std::vector<BackupResult> results(copies.size());
    try {
      results = detail::back_up(*run_.options.backup, schema_, replaced, spared);
    } catch (const Error& error) {
      results.assign(copies.size(), {.error = error});
    }
    for (std::size_t i = 0; i < copies.size(); ++i) {
      if (results[i].error) copies[i]->result.fail("backup", *results[i].error);
      if (results[i].is_new) copies[i]->backup = copies[i]->existing;
    }
  }

  MigrationRun& run_;
  driver::ErasedStore& target_;
  const driver::CollectionSchema& schema_;
};

}  // namespace reel::detail
