#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/video/catalog.hpp>
#include <reel/video/queue_entry.hpp>
#include <reel/video/store_clock.hpp>

namespace reel::video::detail {

/// A claim as its worker knows it.
struct Held {
  Id<QueueEntry> id{};                ///< of the entry and the video
  std::int64_t sequence = 0;          ///< of the entry; differs if the video was removed and created again
  std::int64_t epoch = 0;             ///< of the claim
  std::int64_t attempt = 0;           ///< from 1
  std::string worker{};               ///< the name of the worker
  std::chrono::milliseconds lease{};  ///< the length of the lease
  Timestamp version{};                ///< `updated_at` of the entry as last seen
  Timestamp lease_until{};            ///< the end of the lease as last seen, by the clock of the store
  bool is_in_doubt = false;           ///< the write that ends the claim may have been applied
};

/// How a claim ends.
struct ClaimEnd {
  EntryState next = EntryState::done;      ///< of the entry
  VideoStatus target{};                    ///< of the video
  std::chrono::milliseconds wait{};        ///< before it can be claimed again
  bool is_counted = true;                  ///< whether the attempt counts
  std::string reason{};                    ///< why it failed, at most `error_message_length` characters
  std::optional<double> total_duration{};  ///< of a completed video
};

/// Whether a conditional write failed because another program has changed or removed the record.
[[nodiscard]] inline bool is_stale(const Error& error) {
  return error.code() == Errc::conflict || error.code() == Errc::not_found;
}

/// The conditional writes of a queue. Each names the version of the entry that it replaces, so that of several programs
/// one succeeds:
///
///     claim     waiting            -> claimed, epoch + 1     then the video moves to `busy`
///     extend    claimed, my epoch  -> claimed, later lease
///     settle    claimed, my epoch  -> settling               then `finish`
///     finish    settling           -> next                   after the video has moved to `target`
///
/// A move of the video is conditional on the version of the video that was read while the entry was as required. So a
/// program that was stopped in between cannot move a video whose entry has changed: another program that continues
/// changes the video too. If it has nothing to move, because the claim has not moved the video yet, it only changes the
/// version.
///
/// Thread-safe.
template <class Backend>
class QueueCore {
 public:
  QueueCore(Backend& backend, QueueOptions options)
      : options_(std::move(options)), catalog_(backend), entries_(backend), controls_(backend) {
    check_options(options_);
  }

  [[nodiscard]] const QueueOptions& options() const { return options_; }
  [[nodiscard]] const Catalog<Backend>& catalog() const { return catalog_; }
  [[nodiscard]] const Repository<QueueEntry, Backend>& entries() const { return entries_; }
  [[nodiscard]] const Repository<QueueControl, Backend>& controls() const { return controls_; }
  [[nodiscard]] Id<QueueControl> control_id() const { return Id<QueueControl>{options_.name}; }
  /// Whether a video in this state can be claimed.
  [[nodiscard]] bool is_source(VideoStatus status) const {
    const std::vector<VideoStatus>& sources = options_.stage.sources;
    return std::find(sources.begin(), sources.end(), status) != sources.end();
  }
  /// Throws `not_found` if the queue was not set up.
  [[nodiscard]] bool is_paused() const { return controls_.get(control_id()).value.is_paused; }

  /// The present time of the store. Writes to the record of the queue if no other write of the last minute is known.
  [[nodiscard]] Timestamp now() {
    if (const auto known = clock_.now()) return *known;
    const auto look = controls_.template increment<&QueueControl::looks>(control_id(), 1);
    clock_.learn(look.updated_at);
    return look.updated_at;
  }

  /// The change that claims a waiting entry.
  [[nodiscard]] Patch<QueueEntry> claiming(const QueueEntry& entry, const std::string& worker,
                                           std::chrono::milliseconds lease) {
    Patch<QueueEntry> patch;
    patch.set(field<&QueueEntry::state>, EntryState::claimed)
        .set(field<&QueueEntry::epoch>, entry.epoch + 1)
        .set(field<&QueueEntry::attempts>, entry.attempts + 1)
        .set(field<&QueueEntry::worker>, worker)
        .set(field<&QueueEntry::lease_until>, now() + lease)
        .clear(field<&QueueEntry::reason>);
    return patch;
  }
  /// The claim of an entry that was just claimed.
  [[nodiscard]] Held held(const Record<QueueEntry>& entry, std::chrono::milliseconds lease) {
    clock_.learn(entry.updated_at);
    return {.id = entry.id,
            .sequence = entry.sequence,
            .epoch = entry.value.epoch,
            .attempt = entry.value.attempts,
            .worker = entry.value.worker.value_or(""),
            .lease = lease,
            .version = entry.updated_at,
            .lease_until = entry.value.lease_until};
  }
  /// Moves a claimed video to `busy`, whatever its version. Nothing if it cannot be claimed: its entry has then left
  /// the queue, or another program has continued.
  [[nodiscard]] std::optional<StoredVideo> begin_work(const Held& held) {
    const Id<Video> id{held.id.str()};
    const auto is_mine = [&](const auto&) { require(held.id, held.epoch, EntryState::claimed); };
    const Mover mover{.worker = held.worker, .attempt = held.attempt, .message = {}};
    try {
      return catalog_.move(id, options_.stage.busy, mover, is_mine, [](auto&) {});
    } catch (const Superseded&) {
    } catch (const Error& error) {
      if (!is_stale(error)) throw;
      leave(held, error);
    }
    return std::nullopt;
  }

  /// Extends the lease from now on. Throws `conflict` if the claim was lost or the lease has ended.
  void extend(Held& held) {
    update_held(held, Patch<QueueEntry>{}.set(field<&QueueEntry::lease_until>, now() + held.lease));
  }

  /// Ends the claim, and moves the video. Throws `conflict` if the claim was lost, if the lease has ended, or if
  /// another program has moved the video meanwhile; the latter has ended the claim. May be repeated if the response was
  /// lost.
  void settle(Held& held, const ClaimEnd& outcome) {
    Patch<QueueEntry> patch = settling(outcome);
    if (!outcome.is_counted) patch.set(field<&QueueEntry::attempts>, held.attempt - 1);
    const Record<QueueEntry> entry = settled(held, outcome, std::move(patch));
    held.is_in_doubt = true;  // from here on the claim has ended, though `finish` may fail
    if (const std::optional<Error> refused = finish(entry)) throw *refused;
  }

  /// Takes a claim whose lease has ended from its worker, in whatever way the worker may have ended it since.
  void expire(const Record<QueueEntry>& seen) {
    const bool is_last = seen.value.attempts >= options_.max_attempts;
    const std::string reason = "the lease of worker '" + seen.value.worker.value_or("") + "' has ended";
    const auto entry = update(seen, settling(is_last ? dead(reason) : again(reason, {})));
    if (entry) finish(*entry);
  }

  /// Moves the video of a settling entry, and then the entry. May be repeated by any program. Returns the error if the
  /// video was in another state than the queue has left it.
  std::optional<Error> finish(const Record<QueueEntry>& entry) {
    if (entry.value.state != EntryState::settling) return std::nullopt;
    if (entry.value.next == EntryState::done && entry.updated_at > entry.value.lease_until) {
      expire(entry);  // its worker was stopped before it could take the late write back, see `update_held`
      return std::nullopt;
    }
    std::optional<Error> refused;
    try {
      refused = move_to_target(entry);
    } catch (const Superseded&) {
      return std::nullopt;
    }
    Patch<QueueEntry> patch;
    patch.set(field<&QueueEntry::state>, refused ? EntryState::done : entry.value.next.value_or(EntryState::done))
        .clear(field<&QueueEntry::next>)
        .clear(field<&QueueEntry::target>)
        .clear(field<&QueueEntry::total_duration>);
    update(entry, std::move(patch));
    return refused;
  }

  /// The outcome of a failed attempt.
  [[nodiscard]] ClaimEnd failed(std::int64_t attempt, std::string reason) const {
    if (attempt >= options_.max_attempts) return dead(std::move(reason));
    return again(std::move(reason), backoff_after(options_, attempt));
  }
  /// The outcome of a video that is given back.
  [[nodiscard]] ClaimEnd again(std::string reason, std::chrono::milliseconds wait) const {
    return {.next = EntryState::waiting, .target = options_.stage.back, .wait = wait, .reason = std::move(reason)};
  }
  /// The outcome of a video that is given back at once; the attempt does not count.
  [[nodiscard]] ClaimEnd released() const {
    ClaimEnd outcome = again({}, {});
    outcome.is_counted = false;
    return outcome;
  }
  /// The outcome of the last attempt.
  [[nodiscard]] ClaimEnd dead(std::string reason) const {
    return {.next = EntryState::dead, .target = VideoStatus::failed, .reason = std::move(reason)};
  }

  /// Changes the entry if it is still the version that was seen. Nothing if it is not, or was removed.
  std::optional<Record<QueueEntry>> update(const Record<QueueEntry>& seen, Patch<QueueEntry> patch) {
    return update(seen.id, seen.updated_at, std::move(patch));
  }
  /// As above; `version` is `updated_at` of the entry.
  std::optional<Record<QueueEntry>> update(const Id<QueueEntry>& id, Timestamp version, Patch<QueueEntry> patch) {
    try {
      Record<QueueEntry> stored = entries_.update(id, std::move(patch), {.if_unchanged_since = version});
      if (stored.updated_at != version) clock_.learn(stored.updated_at);
      return stored;
    } catch (const Error& error) {
      if (!is_stale(error)) throw;
      return std::nullopt;
    }
  }

 private:
  /// The entry has changed, so another program has continued.
  struct Superseded {};
  /// The video is in the target state.
  struct InPlace {};
  /// The claim has not moved the video.
  struct Unmoved {
    Timestamp version{};  ///< of the video
  };

  /// The write that ends a claim.
  [[nodiscard]] Patch<QueueEntry> settling(const ClaimEnd& outcome) {
    Patch<QueueEntry> patch;
    patch.set(field<&QueueEntry::state>, EntryState::settling)
        .set(field<&QueueEntry::next>, std::optional(outcome.next))
        .set(field<&QueueEntry::target>, std::optional(outcome.target))
        .set(field<&QueueEntry::total_duration>, outcome.total_duration)
        .set(field<&QueueEntry::ready_at>, ready_after(now(), outcome.wait))
        .clear(field<&QueueEntry::reason>);
    if (!outcome.reason.empty()) patch.set(field<&QueueEntry::reason>, event_message(outcome.reason));
    return patch;
  }

  /// Changes the entry if the claim still holds it. A change by another program that has left the claim as it is, such
  /// as one of the priority, does not prevent the write. This program may be stopped before the write although the
  /// lease had not ended; the time of the write by the clock of the store decides, and a late write is taken back.
  Record<QueueEntry> update_held(Held& held, Patch<QueueEntry> patch) {
    const auto update_once = [&](int) {
      if (now() > held.lease_until) check_lease(held);
      std::optional<Record<QueueEntry>> stored = update(held.id, held.version, patch);
      if (stored) {
        check_in_time(held, *stored);
        see(held, *stored);
      } else {
        const std::optional<Record<QueueEntry>> entry = entries_.find(held.id);
        check_held(held, entry);
        see(held, *entry);
      }
      return stored;
    };
    return retry_conflicts(update_once, [&] { return context_of(held); });
  }
  /// Takes a write back that the store has applied after the end of the lease, and throws `conflict`.
  void check_in_time(const Held& held, const Record<QueueEntry>& stored) {
    const bool has_changed = stored.updated_at != held.version;  // a heartbeat within a millisecond changes nothing
    if ((has_changed ? stored.updated_at : now()) <= held.lease_until) return;
    expire(stored);
    throw lost(held, "its lease has ended");
  }
  static void see(Held& held, const Record<QueueEntry>& entry) {
    held.version = entry.updated_at;
    held.lease_until = entry.value.lease_until;
  }

  /// Throws `conflict` if the stored lease has ended, and returns the video to the queue: the entry would refuse no
  /// write of this worker before another program has noticed the end.
  void check_lease(Held& held) {
    const std::optional<Record<QueueEntry>> entry = entries_.find(held.id);
    check_held(held, entry);
    see(held, *entry);
    if (now() <= held.lease_until) return;
    expire(*entry);
    throw lost(held, "its lease has ended");
  }

  /// The entry after the write that ends the claim. If the response of an earlier attempt was lost, the write may have
  /// been applied.
  Record<QueueEntry> settled(Held& held, const ClaimEnd& outcome, Patch<QueueEntry> patch) {
    try {
      return update_held(held, std::move(patch));
    } catch (const Error& error) {
      held.is_in_doubt |= is_in_doubt(error);
      if (error.code() != Errc::conflict || !held.is_in_doubt) throw;
      const std::optional<Record<QueueEntry>> entry = entries_.find(held.id);
      if (!entry || entry->value.epoch != held.epoch || entry->sequence != held.sequence) throw;
      if (!has_ended_as(*entry, outcome)) throw;
      return *entry;
    }
  }

  /// Whether the entry of a claim and its video are as `outcome` leaves them, or about to be. The end of the lease and
  /// a refused move leave other states.
  [[nodiscard]] bool has_ended_as(const Record<QueueEntry>& entry, const ClaimEnd& outcome) const {
    const QueueEntry& value = entry.value;
    if (value.state == EntryState::settling) return value.next == outcome.next && value.target == outcome.target;
    if (value.state != outcome.next) return false;
    if (value.state != EntryState::done) return true;
    const std::optional<StoredVideo> video = catalog_.find(Id<Video>{entry.id.str()});
    return video && video->value.status == outcome.target;
  }

  /// Throws `conflict` unless the entry belongs to the claim.
  void check_held(const Held& held, const std::optional<Record<QueueEntry>>& entry) const {
    if (!entry || entry->sequence != held.sequence) throw lost(held, "the video was removed");
    const QueueEntry& now = entry->value;
    if (now.queue != options_.name) throw lost(held, "the video is in queue '" + now.queue + "'");
    if (now.epoch == held.epoch && now.state == EntryState::claimed) return;
    if (now.epoch == held.epoch) throw lost(held, "the claim has ended");
    throw lost(held, "worker '" + now.worker.value_or("") + "' has taken it with epoch " + std::to_string(now.epoch));
  }

  [[nodiscard]] Error lost(const Held& held, const std::string& why) const {
    return Error(Errc::conflict,
                 "the claim of worker '" + held.worker + "' with epoch " + std::to_string(held.epoch) +
                     " does not hold any more: " + why,
                 context_of(held));
  }
  [[nodiscard]] static ErrorContext context_of(const Held& held) {
    return {.operation = "claim", .collection = "video_queue", .id = held.id.str()};
  }

  /// Takes a video out of the queue that another program has moved or removed.
  void leave(const Held& held, const Error& error) {
    if (error.code() == Errc::not_found) {
      entries_.remove(held.id);
      return;
    }
    const std::optional<Record<QueueEntry>> entry = entries_.find(held.id);
    if (!entry || entry->value.epoch != held.epoch || entry->value.state != EntryState::claimed) return;
    update(*entry, Patch<QueueEntry>{}
                       .set(field<&QueueEntry::state>, EntryState::done)
                       .set(field<&QueueEntry::reason>, event_message(error.reason())));
  }

  /// Throws `Superseded` unless the entry has this epoch and state.
  void require(const Id<QueueEntry>& id, std::int64_t epoch, EntryState state) const {
    const std::optional<Record<QueueEntry>> entry = entries_.find(id);
    if (!entry || entry->value.epoch != epoch || entry->value.state != state) throw Superseded{};
  }

  /// Moves the video to the target of its entry, unless it is there. Returns the error if the video is in a state in
  /// which the queue has not left it.
  [[nodiscard]] std::optional<Error> move_to_target(const Record<QueueEntry>& entry) {
    const Id<Video> id{entry.id.str()};
    for (;;) {
      try {
        move_once(entry);
        return std::nullopt;
      } catch (const InPlace&) {
        return std::nullopt;
      } catch (const Unmoved& seen) {
        if (catalog_.renew(id, seen.version)) return std::nullopt;
      } catch (const Error& error) {
        if (!is_stale(error)) throw;
        return error.within({.operation = "settle", .collection = "videos", .id = id.str()});
      }
    }
  }

  /// Throws `InPlace` or `Unmoved` if there is nothing to move.
  void move_once(const Record<QueueEntry>& entry) {
    const Stage& stage = options_.stage;
    const VideoStatus target = entry.value.target.value_or(stage.back);
    const Mover mover{.worker = entry.value.worker.value_or(""),
                      .attempt = entry.value.attempts,
                      .message = entry.value.reason.value_or("")};
    const auto is_due = [&](const auto& row) {
      require(entry.id, entry.value.epoch, EntryState::settling);
      const VideoStatus present = status_in(row.value);
      const bool was_not_moved = is_source(present) && target != stage.done;
      if (was_not_moved && target == stage.back) throw Unmoved{row.updated_at};
      if (present == target) throw InPlace{};
      if (present != stage.busy && !was_not_moved) throw illegal_move(name_in(row.value.status), present, target);
    };
    catalog_.move(Id<Video>{entry.id.str()}, target, mover, is_due, [&]<class Row>(Patch<Row>& patch) {
      if (target == VideoStatus::failed) patch.set(field<&Row::error_message>, entry.value.reason);
      if (entry.value.total_duration) patch.set(field<&Row::total_duration>, entry.value.total_duration);
    });
  }

  const QueueOptions options_;
  const Catalog<Backend> catalog_;
  const Repository<QueueEntry, Backend> entries_;
  const Repository<QueueControl, Backend> controls_;
  StoreClock clock_{};
};

}  // namespace reel::video::detail
