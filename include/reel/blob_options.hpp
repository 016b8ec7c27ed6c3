#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <reel/error.hpp>
#include <reel/permission.hpp>
#include <reel/progress.hpp>

namespace reel {

struct PutOptions {
  std::string name{};          ///< the source's name if empty, and the id if that is empty too
  std::string content_type{};  ///< by the name's extension if empty, or by what the content looks like
  std::vector<Permission> permissions{};
  bool overwrite = false;            ///< replace the blob of this id, should there be one
  Observer<Progress> on_progress{};  ///< called on the caller's thread; false cancels
  StopCondition stop{};              ///< a `std::stop_token` or any predicate
  std::int64_t max_rate = 0;         ///< bytes a second; 0: as fast as it goes
  /// Path of a file. On a `ResumableBackend`, an interrupted put of a file records its progress there, and a put with
  /// the same ledger resumes it; `conflict` if the source has changed since. Other backends do not use the ledger: an
  /// interrupted put stores nothing.
  std::string ledger{};
};

struct GetOptions {
  Observer<Progress> on_progress{};  ///< knowing the total costs one request more
  StopCondition stop{};
  std::int64_t max_rate = 0;  ///< bytes a second; 0: as fast as it goes
};

/// Result of reading every blob of a bucket, so far.
struct ScrubReport {
  std::int64_t blobs = 0;         ///< looked at, the damaged ones included
  std::int64_t bytes = 0;         ///< of the sound ones
  std::vector<Error> failures{};  ///< each names its blob; `corrupt`, or what reading it threw
  bool complete = false;          ///< false if it was stopped before the end

  [[nodiscard]] bool ok() const { return complete && failures.empty(); }
};

struct ScrubOptions {
  int parallelism = 1;                  ///< blobs read at the same time
  Observer<ScrubReport> on_progress{};  ///< after each page of a hundred blobs; false stops
  StopCondition stop{};                 ///< asked all the time
};

}  // namespace reel
