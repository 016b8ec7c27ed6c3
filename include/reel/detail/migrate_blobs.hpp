#pragma once

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
    if (!now) throw Error(Errc::not_found, "the blob was removed from the source while it was being copied");
    if (now->md5 != info_.md5)
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
};

/// The names of the properties in which two blobs differ; empty if they agree. Content type and times are not compared:
/// stores determine them.
[[nodiscard]] inline std::string difference(const BlobInfo& a, const BlobInfo& b) {
  std::string names;
  const auto note = [&names](std::string_view name) { (names += names.empty() ? "" : ", ") += name; };
  if (a.size != b.size) note("size");
  if (a.md5 != b.md5) note("md5");
  if (a.name != b.name) note("name");
  if (!driver::same_permissions(a.permissions, b.permissions)) note("permissions");
  return names;
}

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
    BlobQuery query{.limit = 100};
    const JournaledKind* const earlier = run_.resume();
    if (earlier && earlier->is_done) return;
    if (earlier) query.after = earlier->next;
    const auto visit = [&](const driver::Page<BlobInfo>& page) {
      std::vector<MigratedItem> results(page.items.size());
      copy(page.items, earlier, results);
      for (MigratedItem& one : MigrationRun::unread(page.failed)) {
        results.push_back(std::move(one));
        run_.advance(1, 0);
      }
      run_.settle(results, page.next);
      return !stop_.requested();
    };
    driver::walk(run_.source, bucket_, query, visit, run_.options.parallelism);
  }

  /// Copies some blobs, except those that an earlier run has finished. `results`: as many as blobs; those that were not
  /// reached before a stop have no outcome. Nothing is added to the report.
  void copy(const std::vector<BlobInfo>& blobs, const JournaledKind* earlier, std::vector<MigratedItem>& results) {
    std::vector<std::string_view> ids;
    for (const BlobInfo& blob : blobs) ids.push_back(blob.id.str());
    const auto existing = driver::look_up(target_, bucket_, ids, run_.options.parallelism);
    driver::run_parallel(blobs.size(), run_.options.parallelism, [&](std::size_t i) {
      if (stop_.requested()) return;
      MigratedItem& result = results[i];
      if (const MigratedItem* const finished = earlier ? earlier->find(blobs[i].id.str()) : nullptr) {
        result = *finished;
      } else {
        result.id = blobs[i].id.str();
        copy(blobs[i], existing[i], result);
        if (is_cancelled(result)) {
          result = {};
          return;
        }
        run_.record(result);
      }
      run_.advance(1, result.bytes);
    });
  }

 private:
  using Existing = driver::Lookup<std::optional<BlobInfo>>;

  /// Whether the blob was not finished because the run is stopped.
  static bool is_cancelled(const MigratedItem& result) {
    const std::optional<Error>& error = result.failure ? result.failure : result.difference;
    return error && error->code() == Errc::cancelled;
  }

  /// Copies one blob. The outcome is decided before anything is written.
  void copy(const BlobInfo& info, const Existing& existing, MigratedItem& result) {
    const char* operation = "validate";
    try {
      ErasedTransfer::check(bucket_, info, info.size);
      operation = "find";
      if (existing.error) throw *existing.error;
      decide(info, existing.found, result);
      operation = result.outcome == Outcome::overwritten ? "overwrite" : "create";
      if (result.failure) return;
      const bool writes = result.outcome == Outcome::created || result.outcome == Outcome::overwritten;
      if (writes) check_size(info);
      if (run_.options.plan) return;
      if (writes) transfer(info, result);
    } catch (const Error& error) {
      return result.fail(operation, error);
    }
    if (run_.verifies() && result.outcome != Outcome::skipped) verify(info, result);
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

  /// Throws `too_large` if the server of the target accepts smaller blobs only.
  void check_size(const BlobInfo& info) const {
    if (!max_size_ || info.size <= *max_size_) return;
    throw Error(Errc::too_large, "the target's bucket '" + bucket_.id + "' takes at most " +
                                     std::to_string(*max_size_) + " bytes and the blob has " +
                                     std::to_string(info.size) +
                                     ": raise the limit of the target's server and set the bucket up again");
  }

  /// Writes the blob. The checksum of the source is verified while it is read.
  void transfer(const BlobInfo& info, MigratedItem& result) {
    StoredBlob bytes(run_.source, bucket_, info);
    ErasedTransfer::put(target_, bucket_, info, bytes, result.outcome == Outcome::overwritten, {.stop = stop_},
                        info.md5);
    result.bytes = info.size;
  }

  /// Reads the blob back.
  void verify(const BlobInfo& info, MigratedItem& result) {
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
