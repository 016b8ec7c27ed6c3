#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <reel/error.hpp>
#include <reel/permission.hpp>
#include <reel/progress.hpp>

namespace reel {

/// Options of `BlobStore::put`. The defaults store a new blob at full speed.
struct PutOptions {
  /// The name of the blob; if empty, the name of the source; if that is empty too, the id.
  std::string name{};
  /// The media type; if empty, derived from the extension of the name, else from the first bytes of the content.
  std::string content_type{};
  /// The permissions of the blob, at most `max_permissions`.
  std::vector<Permission> permissions{};
  /// Replace a blob that has the same id. Otherwise such a blob is an error, `Errc::already_exists`.
  bool overwrite = false;
  /// Called on the caller's thread after each piece. Return false to cancel with `Errc::cancelled`.
  Observer<Progress> on_progress{};
  /// Checked before each piece; a `std::stop_token` or any predicate. A stop is `Errc::cancelled`.
  StopCondition stop{};
  /// The limit of the average rate in bytes per second; 0: none.
  std::int64_t max_rate = 0;
  /// The path of a file that records the progress of the upload; empty: none. On a `ResumableBackend`, a put of a file
  /// that is interrupted can be resumed by another put with the same ledger, also by another process; `Errc::conflict`
  /// if the source has changed since. The ledger is removed when the blob is stored. Other backends ignore it: there,
  /// an interrupted put stores nothing.
  std::string ledger{};
};

/// Options of `BlobStore::get`.
struct GetOptions {
  /// As in `PutOptions`. One more request determines the total size.
  Observer<Progress> on_progress{};
  /// As in `PutOptions`.
  StopCondition stop{};
  /// The limit of the average rate in bytes per second; 0: none.
  std::int64_t max_rate = 0;
};

/// The result of `BlobStore::scrub`, or of the part that is done.
struct ScrubReport {
  std::int64_t blobs = 0;  ///< blobs read, damaged ones included
  std::int64_t bytes = 0;  ///< bytes of the blobs that are intact
  /// One error for each damaged or unreadable blob, with its id: `Errc::corrupt`, or what reading it threw.
  std::vector<Error> failures{};
  bool complete = false;  ///< false if the scrub was stopped before the last blob

  /// Whether all blobs were read and all are intact.
  [[nodiscard]] bool ok() const { return complete && failures.empty(); }
};

/// Options of `BlobStore::scrub`.
struct ScrubOptions {
  int parallelism = 1;  ///< number of blobs read at the same time; below 1: `Errc::invalid`
  /// Called on the caller's thread after each page of 100 blobs. Return false to stop.
  Observer<ScrubReport> on_progress{};
  /// Checked before and during each blob, on every thread that reads; it must be thread-safe if `parallelism` is above
  /// 1.
  StopCondition stop{};
};

}  // namespace reel
