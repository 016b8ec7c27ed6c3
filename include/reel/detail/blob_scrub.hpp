#pragma once

/// @file
/// The implementation of `BlobStore::scrub`. A program calls that member and does not include this header.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <reel/blob/options.hpp>
#include <reel/detail/blob_transfer.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/parallel.hpp>
#include <reel/driver/walk.hpp>
#include <reel/error.hpp>

namespace reel::detail {

/// Discards all bytes: for reading a blob only to verify it.
class NullSink final : public BlobSink {
 public:
  void write(std::span<const std::byte>) override {}
};

/// `BlobStore::scrub` over any backend. Pages are read one after another on the caller's thread; the blobs of a page
/// are read by up to `ScrubOptions::parallelism` threads, and their results are added to the report in the order of the
/// page:
///
///     list a page --> read its blobs --> add to the report --> on_progress --> list the next page
///     (caller)        (up to N threads)  (caller)              (caller)
///
/// Backend, bucket and options must outlive it. The backend must be thread-safe if `parallelism` is above 1. The bytes
/// are hashed as they arrive and not kept.
template <BlobBackend Backend>
class Scrub {
 public:
  /// Reads nothing yet.
  Scrub(Backend& backend, const Bucket& bucket, const ScrubOptions& options)
      : backend_(backend), bucket_(bucket), options_(options) {}

  /// Runs the scrub and returns the report. Call it once. Requests: one for each page, and one read for each blob.
  /// Throws what listing the bucket throws, `invalid` for a `parallelism` below 1, and the exceptions of `on_progress`.
  /// Errors of single blobs are in the report.
  ScrubReport run() {
    report_.complete = true;
    driver::walk(backend_, bucket_, [this](const driver::Page<BlobInfo>& page) {
      report_.complete = read(page);
      return report_.complete;
    });
    return std::move(report_);
  }

 private:
  /// Reads the blobs of a page and adds them to the report. False if the caller stopped the scrub: the blobs before the
  /// first one that was cancelled are counted, and the others are not.
  bool read(const driver::Page<BlobInfo>& page) {
    const std::vector<BlobInfo>& blobs = page.items;
    for (const Error& error : page.failed) {
      ++report_.blobs;
      report_.failures.push_back(error.within({.operation = "scrub", .collection = bucket_.id}));
    }
    std::vector<std::optional<Error>> failures(blobs.size());
    driver::run_parallel(blobs.size(), options_.parallelism,
                         [&](std::size_t i) { failures[i] = failure_of(blobs[i]); });
    for (std::size_t i = 0; i < blobs.size(); ++i) {
      if (failures[i] && failures[i]->code() == Errc::cancelled) return false;
      ++report_.blobs;
      if (!failures[i]) {
        report_.bytes += blobs[i].size;
      } else if (failures[i]->code() == Errc::not_found) {
        --report_.blobs;  // removed meanwhile
      } else {
        report_.failures.push_back(*failures[i]);
      }
    }
    return options_.on_progress(report_) && !options_.stop.requested();
  }

  /// Reads a blob to its end and returns the error; none if it is intact. Called from several threads.
  ///
  /// - `corrupt`: the md5 of the bytes is not the stored one
  /// - `not_found`: the blob was removed after the page was listed
  /// - `cancelled`: the scrub was stopped meanwhile
  /// - others: reading failed
  [[nodiscard]] std::optional<Error> failure_of(const BlobInfo& blob) const {
    if (options_.stop.requested()) return Error(Errc::cancelled, "the caller asked to stop");
    try {
      NullSink discarded;
      BlobTransfer<Backend>::get(backend_, bucket_, blob.id.str(), discarded, {.stop = options_.stop});
      return std::nullopt;
    } catch (const Error& error) {
      return error.within({.operation = "scrub", .collection = bucket_.id, .id = blob.id.str()});
    }
  }

  Backend& backend_;
  const Bucket& bucket_;
  const ScrubOptions& options_;
  ScrubReport report_;  ///< changed by the caller's thread only
};

}  // namespace reel::detail
