#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/id.hpp>
#include <reel/schema.hpp>
#include <reel/video/event.hpp>
#include <reel/video/limits.hpp>
#include <reel/video/video.hpp>

namespace reel::video {

/// The state of a video in a queue.
enum class EntryState {
  announced,  ///< the video is about to be created, or to move to a state from which the queue takes it
  waiting,    ///< can be claimed from `QueueEntry::ready_at` on
  claimed,    ///< belongs to a worker until `QueueEntry::lease_until`
  settling,   ///< the claim has ended, and the video is about to move to `QueueEntry::target`
  done,       ///< is not in the queue
  dead,       ///< has failed too often; `Queue::redrive` queues it again
};

/// How a video is queued.
struct QueueVideo {
  std::int64_t priority = 0;          ///< higher ones are claimed first
  std::chrono::milliseconds delay{};  ///< it is not claimed before

  /// Compares both members.
  friend bool operator==(const QueueVideo&, const QueueVideo&) = default;
};

/// The entry of a video in a queue. Its id is that of the video, so that a video is in one queue at a time. `queue.hpp`
/// describes the writes.
struct QueueEntry {
  std::string queue{};                     ///< the name of the queue
  EntryState state = EntryState::waiting;  ///< the state
  std::int64_t priority = 0;               ///< higher ones are claimed first
  Timestamp queued_at{};                   ///< when it was queued; of equal priorities, the earliest is claimed first
  Timestamp ready_at{};                    ///< it is not claimed before; 1970 without a delay or backoff
  std::int64_t epoch = 0;                  ///< the number of all its claims
  std::int64_t attempts = 0;               ///< the number of its claims since it was queued
  std::optional<std::string> worker{};     ///< of the latest claim
  /// The end of the latest lease, by the clock of the store; while `announced`: when another program may complete it.
  Timestamp lease_until{};
  std::optional<EntryState> next{};        ///< while `settling`: the state after it
  std::optional<VideoStatus> target{};     ///< while `settling`: the state of the video after it
  std::optional<double> total_duration{};  ///< while `settling`: `Video::total_duration` of a completed video
  std::optional<std::string> reason{};     ///< why the latest attempt failed

  /// Compares all members.
  friend bool operator==(const QueueEntry&, const QueueEntry&) = default;
};

/// The stored state of a queue. Its id is the name of the queue.
struct QueueControl {
  bool is_paused = false;  ///< no video is claimed
  std::int64_t looks = 0;  ///< counts the times at which a program has read the clock of the store by this record

  /// Compares both members.
  friend bool operator==(const QueueControl&, const QueueControl&) = default;
};

/// The states of videos that a queue takes and sets.
struct Stage {
  std::vector<VideoStatus> sources{};  ///< videos in these states can be claimed; the first is that of new videos
  VideoStatus busy{};                  ///< the state of a claimed video
  VideoStatus done{};                  ///< the state of a completed video
  VideoStatus back{};                  ///< the state of a video that was given back
};

/// Rendering: `queued_for_render` and `ready_for_render` to `rendering` and `completed`.
[[nodiscard]] inline Stage render_stage() {
  using enum VideoStatus;
  return {.sources = {queued_for_render, ready_for_render},
          .busy = rendering,
          .done = completed,
          .back = queued_for_render};
}

/// Planning: `queued` to `planning` and `ready_for_render`.
[[nodiscard]] inline Stage plan_stage() {
  using enum VideoStatus;
  return {.sources = {queued}, .busy = planning, .done = ready_for_render, .back = queued};
}

/// Options of a `Queue`. A value out of range is `Errc::invalid` when the queue is created.
struct QueueOptions {
  std::string name = "render";    ///< a valid id
  Stage stage = render_stage();   ///< the states of its videos
  std::int64_t max_attempts = 5;  ///< a video that has failed so often is dead; at least 1
  std::chrono::milliseconds backoff = std::chrono::seconds{10};      ///< before the second attempt; doubles each time
  std::chrono::milliseconds max_backoff = std::chrono::minutes{10};  ///< the longest time between two attempts
  /// The shortest time between two looks for videos that older programs have queued. Also the time between two looks
  /// for work while a worker waits, unless the store signals changes.
  std::chrono::milliseconds poll = std::chrono::seconds{1};
  bool sends_heartbeats = true;  ///< each claim extends its lease on a separate thread
};

namespace detail {

/// Throws `invalid` for options out of range.
inline void check_options(const QueueOptions& options) {
  const auto refuse = [&](const char* reason) {
    throw Error(Errc::invalid, reason, {.operation = "queue", .id = options.name});
  };
  if (!is_valid_id(options.name)) refuse("the name of a queue is an id of 1 to 36 of A-Z a-z 0-9 . - _");
  if (options.stage.sources.empty()) refuse("a stage needs at least one source");
  if (options.max_attempts < 1) refuse("max_attempts is at least 1");
  if (options.backoff.count() < 0 || options.max_backoff.count() < 0) refuse("a backoff is not negative");
  if (options.poll.count() < 1) refuse("poll is at least 1 ms");
}

/// The time to wait after a failed attempt, from 1.
[[nodiscard]] inline std::chrono::milliseconds backoff_after(const QueueOptions& options, std::int64_t attempt) {
  std::chrono::milliseconds wait = options.backoff;
  for (std::int64_t i = 1; i < attempt && wait < options.max_backoff; ++i) wait *= 2;
  return std::min(wait, options.max_backoff);
}

/// `QueueEntry::ready_at` of a video that waits for `delay` from `now` on. Without a delay it is a time long ago,
/// because the clock of another program may be some milliseconds slow.
[[nodiscard]] inline Timestamp ready_after(Timestamp now, std::chrono::milliseconds delay) {
  return delay.count() > 0 ? now + delay : Timestamp{};
}

}  // namespace detail
}  // namespace reel::video

/// The stored names.
template <>
struct reel::EnumNames<reel::video::EntryState> {
  using enum reel::video::EntryState;
  /// See `reel::enum_names`.
  static constexpr auto names =
      reel::enum_names(std::pair{announced, "announced"}, std::pair{waiting, "waiting"}, std::pair{claimed, "claimed"},
                       std::pair{settling, "settling"}, std::pair{done, "done"}, std::pair{dead, "dead"});
};

/// Collection `video_queue`.
template <>
struct reel::Schema<reel::video::QueueEntry> {
  /// Short for the lines below.
  using Entry = reel::video::QueueEntry;
  // clang-format off
  /// Indexes: the order of claims, and the leases that end first.
  static constexpr auto collection = reel::collection("video_queue", "Video Queue",
      attribute("queue", &Entry::queue, max_length(36)),
      attribute("state", &Entry::state),
      attribute("priority", &Entry::priority),
      attribute("queued_at", &Entry::queued_at),
      attribute("ready_at", &Entry::ready_at),
      attribute("epoch", &Entry::epoch),
      attribute("attempts", &Entry::attempts),
      attribute("worker", &Entry::worker, max_length(video::worker_length)),
      attribute("lease_until", &Entry::lease_until),
      attribute("next", &Entry::next),
      attribute("target", &Entry::target),
      attribute("total_duration", &Entry::total_duration),
      attribute("reason", &Entry::reason, max_length(video::event_message_length)),
      index("by_order", &Entry::queue, &Entry::state, descending(&Entry::priority), &Entry::queued_at),
      index("by_lease", &Entry::queue, &Entry::state, &Entry::lease_until));
  // clang-format on
};

/// Collection `video_queues`.
template <>
struct reel::Schema<reel::video::QueueControl> {
  /// Short for the lines below.
  using Control = reel::video::QueueControl;
  // clang-format off
  /// No index.
  static constexpr auto collection = reel::collection("video_queues", "Video Queues",
      attribute("is_paused", &Control::is_paused),
      attribute("looks", &Control::looks));
  // clang-format on
};
