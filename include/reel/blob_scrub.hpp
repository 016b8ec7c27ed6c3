#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <reel/blob_options.hpp>
#include <reel/detail/blob_transfer.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/parallel.hpp>
#include <reel/driver/walk.hpp>
#include <reel/error.hpp>

namespace reel::detail {

/// Discards all bytes.
class NullSink final : public BlobSink {
 public:
  void write(std::span<const std::byte>) override {}
};

/// `BlobStore::scrub` over any backend. Pages are read one after another on the caller's thread; the blobs of a page
/// are read by up to `ScrubOptions::parallelism` threads, and their results are added to the report in the order of the
/// page. Backend, bucket and options must outlive it.
template <BlobBackend Backend>
class Scrub {
 public:
  Scrub(Backend& backend, const Bucket& bucket, const ScrubOptions& options)
      : backend_(backend), bucket_(bucket), options_(options) {}

  /// Runs the scrub. Call it once. Throws only what listing the bucket throws.
  ScrubReport run() {
    report_.complete = true;
    driver::walk(backend_, bucket_, [this](const driver::Page<BlobInfo>& page) {
      report_.complete = read(page);
      return report_.complete;
    });
    return std::move(report_);
  }

 private:
  /// Reads the blobs of a page. False if the caller stopped the scrub.
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

  /// The error of reading a blob; none if it is intact. `cancelled` if the scrub is stopped meanwhile.
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
  ScrubReport report_;
};

}  // namespace reel::detail
