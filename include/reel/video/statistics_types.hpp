#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <reel/timestamp.hpp>

namespace reel::video {

/// Which part of a pipeline `statistics` describes, and how much it reads.
struct StatisticsOptions {
  /// Moves at or after this time; none: `length` before the end of the range.
  std::optional<Timestamp> since{};
  /// The length of the range if `since` is not set.
  std::chrono::milliseconds length = std::chrono::hours{24};
  /// Moves before this time. None: all later ones, and ages are up to the present time.
  std::optional<Timestamp> until{};
  /// Only videos of this user.
  std::optional<std::string> owner_id{};
  /// Only videos with exactly this topic.
  std::optional<std::string> topic{};
  /// The most topics, owners and errors that are listed; at least 1. The others are added up.
  std::int64_t top = 10;
  /// The most events, fixes and files of a bucket that are read; at least 1. A member that would need more is partial.
  /// A store without indexes, such as a server, cannot count, so that this is also the most videos, scenes and entries
  /// of queues; and at most 499 files of a bucket are read.
  std::int64_t most_read = 5'000;
  /// Reads everything, whatever it costs. Nothing is partial.
  bool is_complete = false;
};

/// The first questions of an operator. Videos wait in `queued`, `ready_for_render` and `queued_for_render`, and are in
/// progress in `planning` and `rendering`.
struct PipelineSummary {
  std::int64_t waiting = 0;                                 ///< videos that wait now
  std::int64_t in_progress = 0;                             ///< videos in progress now
  std::optional<Timestamp> oldest_waiting{};                ///< `Video::created_at` of the oldest video that waits
  std::optional<std::chrono::milliseconds> longest_wait{};  ///< its age; 0 if another clock is ahead
  std::int64_t completed_last_hour = 0;   ///< moves to `completed` in the hour before `Statistics::at`
  std::int64_t failed_last_hour = 0;      ///< moves to `failed`
  std::int64_t completed_last_day = 0;    ///< in the 24 hours before
  std::int64_t failed_last_day = 0;       ///< likewise
  std::int64_t completed = 0;             ///< in the range
  std::int64_t failed = 0;                ///< in the range
  double completed_per_hour = 0;          ///< in the range
  double failed_per_hour = 0;             ///< in the range
  std::optional<double> success_share{};  ///< of the completed and failed in the range, from 0 to 1
  /// Waiting videos divided by the rate of completed and failed ones: of the last hour, or of the last day if none
  /// finished in the last hour. None if none finished at all.
  std::optional<std::chrono::milliseconds> time_to_empty{};
  /// Some of the numbers are lower bounds, and the oldest video may be another one: not all videos that wait or are in
  /// progress were read, or `EventCounts::counts_are_partial`.
  bool is_partial = false;

  /// Compares all members.
  friend bool operator==(const PipelineSummary&, const PipelineSummary&) = default;
};

/// The number of records with a status.
struct StatusCount {
  std::string status{};     ///< the stored name; empty: the record has none
  std::int64_t count = 0;   ///< records with it
  bool is_partial = false;  ///< not all records were read: the number is a lower bound

  /// Compares all members.
  friend bool operator==(const StatusCount&, const StatusCount&) = default;
};

/// The records of a collection by status: all statuses of the enum in the order of declaration, then other stored names
/// in the order of their bytes.
struct StatusCounts {
  std::int64_t total = 0;                ///< all records
  std::vector<StatusCount> by_status{};  ///< they add up to `total`
  bool is_partial = false;  ///< not all records were read: `total` is a lower bound, and so are some others

  /// The number of records with the name.
  [[nodiscard]] std::int64_t of(const std::string& status) const {
    for (const StatusCount& one : by_status) {
      if (one.status == status) return one.count;
    }
    return 0;
  }
  /// Compares all members.
  friend bool operator==(const StatusCounts&, const StatusCounts&) = default;
};

/// How long videos or scenes stayed in a stage. Counts those that ended in the range; quantiles are by nearest rank, so
/// each is the time of one of them.
///
/// | stage | from | to |
/// |---|---|---|
/// | `wait` | a video enters a state in which it waits | it leaves the state |
/// | `plan` | a video enters `planning` | it leaves the state |
/// | `code` | the planning of the video begins, or the scene is `planned` if that is later | the scene has code |
/// | `render` | a video enters `rendering` | it leaves the state |
/// | `total` | a video is created | it is first completed |
struct StageDurations {
  std::string stage{};                  ///< its name in the table
  std::int64_t count = 0;               ///< times that are known; all zero: the others are zero too
  std::chrono::milliseconds minimum{};  ///< the shortest
  std::chrono::milliseconds median{};   ///< half are no longer
  std::chrono::milliseconds p90{};      ///< 90 % are no longer
  std::chrono::milliseconds p99{};      ///< 99 % are no longer
  std::chrono::milliseconds maximum{};  ///< the longest
  /// Stays that ended in the range and whose time is unknown: their beginning is before the range and the last day, was
  /// not recorded, or is later than their end by another clock. A longer range knows more.
  std::int64_t unknown = 0;

  /// Compares all members.
  friend bool operator==(const StageDurations&, const StageDurations&) = default;
};

/// The videos that were completed and failed in a period.
struct PeriodCount {
  Timestamp start{};           ///< a full hour or day of UTC
  std::int64_t completed = 0;  ///< moves to `completed`
  std::int64_t failed = 0;     ///< moves to `failed`

  /// Compares all members.
  friend bool operator==(const PeriodCount&, const PeriodCount&) = default;
};

/// The videos of a topic or owner that were completed and failed in the range.
struct GroupCount {
  std::optional<std::string> name{};  ///< none: videos without one, and removed videos
  std::int64_t completed = 0;         ///< moves to `completed`
  std::int64_t failed = 0;            ///< moves to `failed`

  /// Compares all members.
  friend bool operator==(const GroupCount&, const GroupCount&) = default;
};

/// Topics or owners: those with the most finished videos, and the sum of the others.
struct GroupCounts {
  std::vector<GroupCount> top{};      ///< by completed and failed together, the most first, then by name
  std::int64_t others = 0;            ///< how many are not listed
  std::int64_t others_completed = 0;  ///< of all of these
  std::int64_t others_failed = 0;     ///< of all of these
  /// Not all moves were read, or not all videos that finished: these count as videos without a name.
  bool is_partial = false;

  /// Compares all members.
  friend bool operator==(const GroupCounts&, const GroupCounts&) = default;
};

/// An error and how often it occurred.
struct ErrorCount {
  std::string fingerprint{};  ///< `Fingerprints::exact`, or empty for messages without an error
  std::int64_t count = 0;     ///< events with it in the range
  std::string example{};      ///< the message of the latest
  std::string video_id{};     ///< its video
  Timestamp latest{};         ///< its time

  /// Compares all members.
  friend bool operator==(const ErrorCount&, const ErrorCount&) = default;
};

/// The commonest errors of the range: messages of moves of videos and scenes to `failed`, and of moves back from
/// `planning` or `rendering` to a state in which the video waits.
struct ErrorCounts {
  std::int64_t total = 0;         ///< all errors
  std::vector<ErrorCount> top{};  ///< the most frequent first, then the latest
  std::int64_t others = 0;        ///< different errors that are not listed
  std::int64_t others_total = 0;  ///< how often they occurred

  /// Compares all members.
  friend bool operator==(const ErrorCounts&, const ErrorCounts&) = default;
};

/// The recorded moves of the range.
struct EventCounts {
  std::int64_t read = 0;  ///< events of the range that were read
  /// Whether the range has more events than `most_read`. Then durations, attempts, topics, owners and errors are those
  /// of the newest ones.
  bool is_partial = false;
  /// Whether the numbers of completed and failed videos are those of the newest events, too: on a store without
  /// indexes, or with an owner or topic.
  bool counts_are_partial = false;
  std::optional<Timestamp> read_since{};  ///< the time of the oldest event that was read, if it is partial
  std::int64_t attempts = 0;              ///< moves of videos to `planning` or `rendering`
  std::int64_t retries = 0;               ///< those with an `Event::attempt` above 1

  /// Compares all members.
  friend bool operator==(const EventCounts&, const EventCounts&) = default;
};

/// The fixes of the agent memory by their author. Of the whole store.
struct FixCount {
  std::string method{};        ///< a name of `FixMethod`
  std::int64_t fixes = 0;      ///< records
  std::int64_t successes = 0;  ///< the sum of `Fix::success_count`
  std::int64_t failures = 0;   ///< the sum of `Fix::failure_count`

  /// Compares all members.
  friend bool operator==(const FixCount&, const FixCount&) = default;
};

/// The content of a bucket. Of the whole store.
struct BucketUsage {
  std::string bucket{};        ///< its id
  std::int64_t files = 0;      ///< the number of blobs
  std::int64_t bytes = 0;      ///< the size of all blobs
  std::int64_t new_files = 0;  ///< those that were created in the range
  std::int64_t new_bytes = 0;  ///< their size: the growth, unless blobs were removed or replaced
  bool is_partial = false;     ///< the bucket has more blobs than were read; the numbers are lower bounds

  /// Compares all members.
  friend bool operator==(const BucketUsage&, const BucketUsage&) = default;
};

/// The videos in a queue, see `Queue`. Of the whole store.
struct QueueDepth {
  std::string queue{};         ///< its name
  bool is_paused = false;      ///< no video is claimed
  std::int64_t announced = 0;  ///< entries of videos that are about to be created or queued
  std::int64_t waiting = 0;    ///< entries that can be claimed now or later
  std::int64_t claimed = 0;    ///< entries of workers, including those whose claim has just ended
  std::int64_t dead = 0;       ///< entries that have failed too often
  bool is_partial = false;     ///< not all entries were read; the numbers are lower bounds

  /// Compares all members.
  friend bool operator==(const QueueDepth&, const QueueDepth&) = default;
};

/// The state of a pipeline: the result of `statistics`. `summary`, `videos`, `scenes` and all numbers of moves are
/// those of the chosen owner and topic.
struct Statistics {
  Timestamp at{};                           ///< the end of the range, or the time of the call
  Timestamp since{};                        ///< the beginning of the range
  std::optional<std::string> owner_id{};    ///< as chosen
  std::optional<std::string> topic{};       ///< as chosen
  PipelineSummary summary{};                ///< the first questions of an operator
  StatusCounts videos{};                    ///< now, regardless of the range
  StatusCounts scenes{};                    ///< likewise
  EventCounts events{};                     ///< what the numbers of moves are computed from
  std::vector<StageDurations> durations{};  ///< `wait`, `plan`, `code`, `render`, `total`
  std::vector<PeriodCount> hours{};         ///< the last 48 hours of the range at most, the first and last may be cut
  std::vector<PeriodCount> days{};          ///< the last 31 days of the range at most, likewise
  GroupCounts topics{};                     ///< by `Video::topic`
  GroupCounts owners{};                     ///< by `Video::owner_id`
  ErrorCounts errors{};                     ///< the commonest
  std::vector<FixCount> fixes{};            ///< every `FixMethod`, in the order of declaration
  bool fixes_are_partial = false;           ///< the memory has more fixes than were read; the numbers are lower bounds
  std::vector<BucketUsage> buckets{};       ///< those of `buckets()`; a bucket that the store does not have is empty
  std::vector<QueueDepth> queues{};         ///< by name

  /// Whether a number is that of a part, see `StatisticsOptions::most_read`.
  [[nodiscard]] bool is_partial() const {
    bool partial = events.is_partial || fixes_are_partial || videos.is_partial || scenes.is_partial;
    for (const BucketUsage& bucket : buckets) partial = partial || bucket.is_partial;
    for (const QueueDepth& queue : queues) partial = partial || queue.is_partial;
    return partial;
  }
  /// The share of completed videos of all, from 0 to 1; 0 without videos, and none if not all videos were read.
  [[nodiscard]] std::optional<double> completed_share() const {
    if (videos.is_partial) return std::nullopt;
    return videos.total > 0 ? static_cast<double>(videos.of("completed")) / static_cast<double>(videos.total) : 0;
  }

  /// Compares all members.
  friend bool operator==(const Statistics&, const Statistics&) = default;
};

}  // namespace reel::video
