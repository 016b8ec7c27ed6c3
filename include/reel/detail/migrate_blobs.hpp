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

#include <reel/blob_scrub.hpp>
#include <reel/detail/blob_transfer.hpp>
#include <reel/detail/migration_difference.hpp>
#include <reel/detail/migration_journal.hpp>
#include <reel/detail/migration_run.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/walk.hpp>

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
    const std::optional<BlobInfo> now = backend_.read(bucket_, info_.id.str(), range, *this);
    has_changed_ = !now || now->md5 != info_.md5;
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
      : run_(run), target_(run.target), bucket_(bucket), max_size_(max_size), stop_([&run] {
          return run.stopping();
        }) {}

  /// Copies all blobs. Throws what listing the source throws; other errors are in the report.
  void copy() {
    if (const std::vector<std::string>* const ids = run_.ids()) return copy_listed(*ids);
    BlobQuery query{.limit = page_size};
    const JournaledKind* const earlier = run_.resume();
    if (earlier && earlier->is_done) return;
    if (earlier) query.after = earlier->next;
    driver::walk(
        run_.source, bucket_, query, [&](const auto& page) { return visit(page, earlier); }, run_.options.parallelism);
  }

  /// Copies some blobs, except those that an earlier run has finished. `results`: as many as blobs; those that were not
  /// reached before a stop have no outcome. Nothing is added to the report.
  void copy(const std::vector<BlobInfo>& blobs, const JournaledKind* earlier, std::vector<MigratedItem>& results) {
    std::vector<std::string_view> ids;
    for (const BlobInfo& blob : blobs) ids.push_back(blob.id.str());
    const std::vector<Existing> existing = run_.look_up_target(bucket_, ids);
    driver::run_parallel(blobs.size(), run_.options.parallelism, [&](std::size_t i) {
      if (stop_.requested()) return;
      MigratedItem& result = results[i];
      std::int64_t reported = 0;  // of the work of this blob
      if (const MigratedItem* const finished = earlier ? earlier->find(blobs[i].id.str()) : nullptr) {
        result = *finished;
      } else {
        result.id = blobs[i].id.str();
        result.source_bytes = blobs[i].size;
        result.has_user_roles = has_user_roles(blobs[i].permissions);
        copy(blobs[i], existing[i], result, reported);
        if (is_cancelled(result)) {
          result = {};
          return;
        }
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
    for (MigratedItem& one : MigrationRun::unread(page.failed)) {
      results.push_back(std::move(one));
      run_.advance(1, 0, work_of_blob);
    }
    run_.settle(results, page.next);
    return !stop_.requested();
  }
  /// Copies the blobs with these ids. One that the source no longer has is a note.
  void copy_listed(const std::vector<std::string>& ids) {
    std::int64_t removed = 0;
    for (std::size_t first = 0; first < ids.size(); first += page_size) {
      const std::vector<std::string_view> some(
          ids.begin() + static_cast<std::ptrdiff_t>(first),
          ids.begin() + static_cast<std::ptrdiff_t>(std::min(first + page_size, ids.size())));
      driver::Page<BlobInfo> page;
      for (Existing& one : driver::look_up(run_.source, bucket_, some, run_.options.parallelism)) {
        removed += !one.error && !one.found ? 1 : 0;
        if (one.error) page.failed.push_back(*one.error);
        if (one.found) page.items.push_back(*std::move(one.found));
      }
      if (!visit(page, nullptr)) break;
    }
    if (removed > 0) run_.note("the source no longer has " + std::to_string(removed) + " of its blobs");
  }

  /// Whether the blob was not finished because the run is stopped.
  bool is_cancelled(const MigratedItem& result) {
    const bool was_writing = result.operation == "create" || result.operation == "overwrite";
    if (result.failure && was_writing && run_.is_final(*result.failure)) {
      run_.halt(*result.failure);
      return true;
    }
    const std::optional<Error>& error = result.failure ? result.failure : result.difference;
    return error && error->code() == Errc::cancelled;
  }

  /// Copies one blob. The outcome is decided before anything is written. `reported`: see `transfer`.
  void copy(const BlobInfo& info, const Existing& existing, MigratedItem& result, std::int64_t& reported) {
    const char* operation = "validate";
    try {
      ErasedTransfer::check(bucket_, info, info.size);
      operation = "find";
      if (existing.error) throw *existing.error;
      decide(info, existing.found, result);
      operation = result.outcome == Outcome::overwritten ? "overwrite" : "create";
      if (result.failure) return;
      const bool writes = result.outcome == Outcome::created || result.outcome == Outcome::overwritten;
      if (writes) check_limits(info);
      if (writes) result.bytes = info.size;
      if (run_.options.plan) return;
      if (writes) transfer(info, result.outcome == Outcome::overwritten, reported);
    } catch (const Error& error) {
      result.bytes = 0;
      return result.fail(operation, error);
    }
    if (run_.verifies(result.id) && result.outcome != Outcome::skipped) verify(info, result);
  }

  /// Decides the outcome from what the target has.
  void decide(const BlobInfo& info, const std::optional<BlobInfo>& existing, MigratedItem& result) {
    if (!existing) {
      result.outcome = Outcome::created;
    } else if (difference(info, *existing).empty()) {
      result.outcome = Outcome::unchanged;
    } else {
      run_.settle_conflict(result, info.updated_at, existing->updated_at);
    }
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

  /// Writes the blob. The checksum of the source is verified while it is read. `reported`: the work that progress
  /// reports have counted meanwhile.
  void transfer(const BlobInfo& info, bool overwrite, std::int64_t& reported) {
    StoredBlob bytes(run_.source, bucket_, info);
    const auto advance = [&](const Progress& progress) {
      if (progress.done - reported >= MiB) run_.advance(0, 0, progress.done - std::exchange(reported, progress.done));
      return true;
    };
    try {
      ErasedTransfer::put(target_, bucket_, info, bytes, overwrite, {.on_progress = advance, .stop = stop_}, info.md5);
    } catch (...) {
      if (bytes.has_changed()) run_.note_source_change();
      throw;
    }
  }

  /// Reads the blob back.
  void verify(const BlobInfo& info, MigratedItem& result) {
    const StageClock::VerifyingTime time(run_.clock(), run_.options.parallelism);
    try {
      verify_blob(target_, bucket_, info, stop_);
      result.verified = true;
    } catch (const Error& error) {
      result.difference = error;
    }
  }

  MigrationRun& run_;
  driver::ErasedStore& target_;
  const Bucket& bucket_;
  std::optional<std::int64_t> max_size_;
  StopCondition stop_;
};

}  // namespace reel::detail
