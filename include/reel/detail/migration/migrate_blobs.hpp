#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/blob_scrub.hpp>
#include <reel/detail/blob_transfer.hpp>
#include <reel/detail/migration/choices.hpp>
#include <reel/detail/migration/difference.hpp>
#include <reel/detail/migration/journal.hpp>
#include <reel/detail/migration/run.hpp>
#include <reel/detail/migration/walk_listed.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/walk.hpp>
#include <reel/migration/renamed_id.hpp>

namespace reel::detail {

/// The bytes of a stored blob as a source, read in pieces of 8 MiB. It pulls from `read`, which pushes into a sink; the
/// pieces are the price of that. Each piece is checked to be of the same blob.
class StoredBlob final : public BlobSource, private BlobSink {
 public:
  StoredBlob(driver::ErasedBlobs& backend, const Bucket& bucket, const BlobInfo& info)
      : backend_(backend), bucket_(bucket), info_(info) {}

  [[nodiscard]] std::size_t read(std::span<std::byte> buffer) override {
    if (offset_ == piece_.size() && !refill()) return 0;
    const std::size_t left = piece_.size() - offset_;
    const std::size_t n = left < buffer.size() ? left : buffer.size();
    std::memcpy(buffer.data(), piece_.data() + offset_, n);
    offset_ += n;
    return n;
  }
  /// Whether reading has failed.
  [[nodiscard]] bool has_failed() const { return has_failed_; }
  [[nodiscard]] std::optional<std::int64_t> size() const override {
    return info_.size - fetched_ + static_cast<std::int64_t>(piece_.size() - offset_);
  }

  /// Whether reading ended because the blob was changed or removed meanwhile.
  [[nodiscard]] bool has_changed() const { return has_changed_; }

 private:
  static constexpr std::int64_t piece_size = 8 * MiB;

  /// Reads the next piece. False at the end of the blob.
  bool refill() {
    piece_.clear();
    offset_ = 0;
    if (fetched_ >= info_.size) return false;
    const std::int64_t left = info_.size - fetched_;
    const ByteRange range{.offset = fetched_, .length = left < piece_size ? left : piece_size};
    has_failed_ = true;
    const std::optional<BlobInfo> now = backend_.read(bucket_, info_.id.str(), range, *this);
    has_changed_ = !now || now->md5 != info_.md5;
    has_failed_ = false;
    if (!now) throw Error(Errc::not_found, "the blob was removed from the source while it was being copied");
    if (has_changed_)
      throw Error(Errc::conflict, "the blob changed in the source while it was being copied; migrate it again");
    fetched_ += static_cast<std::int64_t>(piece_.size());
    return !piece_.empty();
  }
  void write(std::span<const std::byte> bytes) override { piece_.insert(piece_.end(), bytes.begin(), bytes.end()); }

  driver::ErasedBlobs& backend_;
  const Bucket& bucket_;
  const BlobInfo& info_;
  std::vector<std::byte> piece_;
  std::size_t offset_ = 0;
  std::int64_t fetched_ = 0;
  bool has_changed_ = false;
  bool has_failed_ = false;
};

/// Reads a whole blob. Throws `corrupt` unless it agrees with `wanted`, and the errors of reading.
inline void verify_blob(driver::ErasedBlobs& backend, const Bucket& bucket, const BlobInfo& wanted,
                        const StopCondition& stop) {
  NullSink discarded;
  const BlobInfo read = ErasedTransfer::get(backend, bucket, wanted.id.str(), discarded, {.stop = stop});
  const std::string names = difference(wanted, read);
  if (!names.empty()) throw Error(Errc::corrupt, "the stored blob differs in " + names);
}

/// Copies one bucket. The blobs of a page are copied by up to `parallelism` threads; each writes only its own
/// `MigratedItem`, and the results are added to the report, in the order of the page, by one thread.
class BlobMigration {
 public:
  /// `max_size`: the size of the largest blob that the target accepts, from `SetupPreview`; none: that of the bucket,
  /// or the target refuses it during the write.
  BlobMigration(MigrationRun& run, const Bucket& bucket, std::optional<std::int64_t> max_size)
      : run_(run),
        target_(run.target),
        source_bucket_(bucket),
        bucket_(run.choices.in_target(bucket)),
        max_size_(max_size),
        stop_([&run] { return run.stopping(); }) {}

  /// Copies all blobs. Throws what listing the source throws; other errors are in the report.
  void copy() {
    if (const std::vector<std::string>* const ids = run_.ids())
      return walk_listed(run_, source_bucket_, *ids, page_size,
                         [this](const auto& page) { return visit(page, nullptr); });
    BlobQuery query{.where = run_.choices.where(run_.kind()), .limit = page_size};
    const JournaledKind* const earlier = run_.resume();
    if (earlier && earlier->is_done) return;
    if (earlier) query.after = earlier->next;
    driver::walk(
        run_.source, source_bucket_, query, [&](const auto& page) { return visit(page, earlier); }, run_.parallelism());
  }

  /// Copies some blobs, except those that an earlier run has finished. `results`: as many as blobs; those that were not
  /// reached before a stop have no outcome. Nothing is added to the report.
  void copy(const std::vector<BlobInfo>& blobs, const JournaledKind* earlier, std::vector<MigratedItem>& results) {
    const bool renames = run_.on_conflict() == OnConflict::rename;
    const std::vector<Existing> existing = look_up(blobs, [](const std::string& id) { return id; });
    const std::vector<Existing> renamed =
        renames ? look_up(blobs, [&](const std::string& id) { return renamed_id(run_.kind(), id); })
                : std::vector<Existing>(blobs.size());
    driver::run_parallel(blobs.size(), run_.parallelism(), [&](std::size_t i) {
      if (stop_.requested()) return;
      MigratedItem& result = results[i];
      std::int64_t reported = 0;  // of the work of this blob
      if (const MigratedItem* const finished = earlier ? earlier->find(blobs[i].id.str()) : nullptr) {
        result = *finished;
      } else {
        result.id = blobs[i].id.str();
        result.source_bytes = blobs[i].size;
        result.has_user_roles = has_user_roles(blobs[i].permissions);
        if (renamed[i].found) result.target_id = renamed[i].found->id.str();
        copy_at_last(blobs[i], renamed[i].found || renamed[i].error ? renamed[i] : existing[i], result, reported);
        if (is_cancelled(result)) result = {};
        if (!result.outcome) return;
        run_.record(result);
      }
      run_.advance(1, result.bytes, work_of_blob + blobs[i].size - reported);
    });
  }

 private:
  using Existing = driver::Lookup<std::optional<BlobInfo>>;
  static constexpr std::size_t page_size = 100;

  /// Copies the blobs of a page. False if the run is stopped.
  bool visit(const driver::Page<BlobInfo>& page, const JournaledKind* earlier) {
    std::vector<MigratedItem> results(page.items.size());
    copy(page.items, earlier, results);
    for (MigratedItem& one : unread_items(page.failed)) {
      results.push_back(std::move(one));
      run_.advance(1, 0, work_of_blob);
    }
    run_.settle(results, page.next);
    return !stop_.requested();
  }
  /// Whether the blob was not finished because the run is stopped.
  static bool is_cancelled(const MigratedItem& result) {
    const std::optional<Error>& error = result.failure ? result.failure : result.difference;
    return error && error->code() == Errc::cancelled;
  }

  /// Looks up the ids that `id_of` returns for those of the blobs.
  template <class IdOf>
  [[nodiscard]] std::vector<Existing> look_up(const std::vector<BlobInfo>& blobs, IdOf&& id_of) {
    std::vector<std::string> names;
    for (const BlobInfo& blob : blobs) names.push_back(id_of(blob.id.str()));
    const std::vector<std::string_view> ids(names.begin(), names.end());
    return run_.look_up_target(bucket_, ids, run_.parallelism());
  }

  /// Copies one blob, again while a store does not respond. If the run ends, the blob has no outcome. `reported`: see
  /// `transfer`.
  void copy_at_last(const BlobInfo& source, Existing existing, MigratedItem& result, std::int64_t& reported) {
    std::optional<Outcome> tried;  // what was written last; it may have been applied
    for (BackOff pauses = run_.back_off(), source_pauses = run_.back_off(true);;) {
      const bool had_new_id = !result.target_id.empty();
      bool is_source = false;
      copy(source, std::move(existing), result, is_source, reported);
      const bool is_applied = result.outcome == Outcome::unchanged;
      if (tried && (is_applied || (tried == Outcome::renamed && result.outcome == Outcome::created)))
        result.outcome = tried;
      const std::optional<Error>& error = result.failure ? result.failure : result.difference;
      if (!error || !BackOff::concerns(error->code())) return;
      if (is_source && !run_.source_reconnects()) return;  // a damaged file
      if (!(is_source ? source_pauses : pauses).wait(*error)) {
        run_.halt(result.failure ? result.operation : "verify", *error);
        result = {};
        return;
      }
      if (result.difference) tried = result.outcome;
      if (result.operation == "overwrite") tried = Outcome::overwritten;
      if (result.operation == "create" && tried != Outcome::renamed)
        tried = !had_new_id && !result.target_id.empty() ? Outcome::renamed : Outcome::created;
      result.begin_again(result.target_id);
      existing = driver::look_up(target_, bucket_, result.target_id.empty() ? result.id : result.target_id);
    }
  }

  /// Copies one blob. The outcome is decided before anything is written, and again, at most `most_comparisons` times in
  /// all, if the blob to replace has changed meanwhile. `is_source`: set if reading the source fails. `reported`: see
  /// `transfer`.
  void copy(const BlobInfo& source, Existing existing, MigratedItem& result, bool& is_source, std::int64_t& reported) {
    BlobInfo info = source;  // with its id in the target
    const char* operation = "validate";
    try {
      ErasedTransfer::check(bucket_, info, info.size);
      for (int compared = 1;; ++compared) {
        operation = "find";
        if (existing.error) throw *existing.error;
        decide(info, existing.found, result);
        if (result.failure) return;
        if (result.outcome != Outcome::overwritten || run_.options.plan) break;
        operation = "overwrite";
        Existing now = driver::look_up(target_, bucket_, info.id.str());
        if (!now.error && now.found == existing.found) break;
        existing = std::move(now);
        if (compared == most_comparisons)
          throw Error(Errc::conflict, "other writers changed the blob in the target each time it was compared");
      }
      const bool writes = is_written(*result.outcome);
      if (writes) check_limits(info);
      if (writes) result.bytes = info.size;
      if (run_.options.plan) return;
      if (result.outcome == Outcome::overwritten && run_.options.backup) {
        operation = "backup";
        back_up(*existing.found);
      }
      operation = result.outcome == Outcome::overwritten ? "overwrite" : "create";
      if (writes) transfer(source, info, result.outcome == Outcome::overwritten, is_source, reported);
    } catch (const Error& error) {
      result.bytes = 0;
      return result.fail(operation, error);
    }
    if (run_.verifies(result.id) && result.outcome != Outcome::skipped) verify(info, result);
  }

  /// Decides the outcome from what the target has, and the id in the target.
  void decide(BlobInfo& info, const std::optional<BlobInfo>& existing, MigratedItem& result) const {
    if (!result.target_id.empty()) info.id = BlobId{result.target_id};
    if (!existing) {
      result.outcome = Outcome::created;
    } else if (difference(info, *existing).empty()) {
      result.outcome = Outcome::unchanged;
    } else if (!result.target_id.empty()) {
      result.fail("compare", Error(Errc::already_exists, "the target has other content under the new id '" +
                                                             result.target_id + "', which it got in a conflict"));
    } else {
      run_.settle_conflict(result, info.updated_at, existing->updated_at);
    }
    if (result.outcome != Outcome::renamed) return;
    result.target_id = renamed_id(run_.kind(), info.id.str());
    info.id = BlobId{result.target_id};
  }

  /// Copies a blob of the target to the backup. Throws `already_exists` if that has another one of this id.
  void back_up(const BlobInfo& replaced) {
    driver::ErasedStore& backup = *run_.options.backup;
    if (const std::optional<BlobInfo> stored = backup.find(bucket_, replaced.id.str())) {
      if (difference(replaced, *stored).empty()) return;
      throw Error(Errc::already_exists, "the backup has another blob of an earlier migration");
    }
    StoredBlob bytes(target_, bucket_, replaced);
    ErasedTransfer::put(backup, bucket_, replaced, bytes, false, {.stop = stop_}, replaced.md5);
    if (backup.abilities().sync) backup.sync();
  }

  /// Throws `too_large` if the server of the target accepts smaller blobs only, and `unsupported` for permissions that
  /// it does not keep.
  void check_limits(const BlobInfo& info) const {
    if (!run_.limits().keeps_blob_permissions && !info.permissions.empty())
      throw Error(Errc::unsupported, "the target keeps no permissions of files, and the blob has some");
    if (!max_size_ || info.size <= *max_size_) return;
    throw Error(Errc::too_large, "the target's bucket '" + bucket_.id + "' takes at most " +
                                     std::to_string(*max_size_) + " bytes and the blob has " +
                                     std::to_string(info.size) +
                                     ": raise the limit of the target's server and set the bucket up again");
  }

  /// Writes the blob. The checksum of the source is verified while it is read. `is_source`: set if reading it fails.
  /// `reported`: the work that progress reports have counted meanwhile.
  void transfer(const BlobInfo& source, const BlobInfo& info, bool overwrite, bool& is_source, std::int64_t& reported) {
    StoredBlob bytes(run_.source, source_bucket_, source);
    const auto advance = [&](const Progress& progress) {
      if (progress.done - reported >= MiB) run_.advance(0, 0, progress.done - std::exchange(reported, progress.done));
      return true;
    };
    try {
      ErasedTransfer::put(target_, bucket_, info, bytes, overwrite, {.on_progress = advance, .stop = stop_}, info.md5);
    } catch (...) {
      is_source = bytes.has_failed();
      if (bytes.has_changed()) run_.note_source_change();
      throw;
    }
  }

  /// Reads the blob back.
  void verify(const BlobInfo& info, MigratedItem& result) {
    const StageClock::VerifyingTime time(run_.clock(), run_.parallelism());
    try {
      verify_blob(target_, bucket_, info, stop_);
      result.verified = true;
    } catch (const Error& error) {
      result.difference = error;
    }
  }

  static constexpr int most_comparisons = 3;

  MigrationRun& run_;
  driver::ErasedStore& target_;
  const Bucket& source_bucket_;
  const Bucket& bucket_;  ///< in the target
  std::optional<std::int64_t> max_size_;
  StopCondition stop_;
};

}  // namespace reel::detail
