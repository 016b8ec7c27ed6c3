#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/video/queue_core.hpp>

namespace reel::video::detail {

/// Puts videos into the queue. A scan queues a video that it finds by its state, so an entry with a priority or a delay
/// is written before the video is in such a state:
///
///     announce    no entry, done, dead   -> announced     not claimed by any program
///     admit       the video is created, or moves to a source
///                 announced              -> waiting
///
/// Any program may admit an announced entry: a scan that finds its video in a source does, and also one that finds the
/// entry after `patience`, because the program that announced it has ended. Without a video, it removes the entry.
///
/// Thread-safe.
template <class Backend>
class QueueIntake {
 public:
  explicit QueueIntake(std::shared_ptr<QueueCore<Backend>> core) : core_(std::move(core)) {}

  /// Creates a video and its entry.
  StoredVideo add(NewVideo video, const QueueVideo& how, std::vector<NewScene> scenes) {
    if (how == QueueVideo{}) {  // a scan that finds the video first queues it in the same way
      StoredVideo made = core_->catalog().create_video(std::move(video), std::move(scenes));
      create(made.id, fresh(EntryState::waiting, how, made.created_at));
      return made;
    }
    check_new(video, scenes);
    if (!video.id) video.id = Id<Video>::make();
    const auto entry =
        core_->entries().create(fresh(EntryState::announced, how, core_->now()), {.id = entry_id(*video.id)});
    StoredVideo made = created(std::move(video), std::move(scenes), entry);
    open(entry);
    return made;
  }

  /// Queues an existing video, or changes priority and delay of one that waits. Throws `not_found` without a video, and
  /// `conflict` if it is claimed or cannot move to a source.
  void enqueue(const Id<Video>& id, const QueueVideo& how) {
    bool is_source = false;
    std::optional<Record<QueueEntry>> seen;
    const auto put_once = [&](int) {
      const StoredVideo video = core_->catalog().get(id);
      seen = core_->entries().find(entry_id(id));
      refuse_claimed(seen);
      is_source = core_->is_source(video.value.status);
      if (!is_source && !source_after(video.value.status)) throw refusal(video);
      return put(id, seen, is_source ? EntryState::waiting : EntryState::announced, how);
    };
    const Record<QueueEntry> entry = retry_conflicts(put_once);
    const std::optional<Error> refused = is_source ? std::nullopt : admit(entry);
    if (!refused) return;
    restore(entry, seen);
    throw *refused;
  }

  /// Moves the video of an announced entry to a source, unless it is in one, and the entry to `waiting`. Returns the
  /// error if the video does not exist or cannot move. Does nothing if another program has changed the entry.
  std::optional<Error> admit(const Record<QueueEntry>& entry) {
    const Id<Video> id{entry.id.str()};
    const auto is_announced = [&](const auto&) {
      const std::optional<Record<QueueEntry>> now = core_->entries().find(entry.id);
      if (!now || now->sequence != entry.sequence || now->updated_at != entry.updated_at) throw Superseded{};
    };
    for (;;) {
      const std::optional<StoredVideo> video = core_->catalog().find(id);
      if (!video) return Error(Errc::not_found, "no video has the id", {.operation = "enqueue", .id = id.str()});
      if (core_->is_source(video->value.status)) break;
      const std::optional<VideoStatus> source = source_after(video->value.status);
      if (!source) return refusal(*video);
      try {
        core_->catalog().move(id, *source, {.worker = {}, .attempt = {}, .message = "queued"}, is_announced,
                              [](auto&) {});
        break;
      } catch (const Superseded&) {
        return std::nullopt;
      } catch (const Error& error) {
        if (!is_stale(error)) throw;  // the video has changed
      }
    }
    open(entry);
    return std::nullopt;
  }

  /// Admits an entry whose program has ended, or takes it out of the queue.
  void conclude(const Record<QueueEntry>& entry) {
    const std::optional<Error> refused = admit(entry);
    if (!refused) return;
    if (refused->code() == Errc::not_found) {
      withdraw(entry);
    } else {
      core_->update(entry, Patch<QueueEntry>{}.set(field<&QueueEntry::state>, EntryState::done));
    }
  }

  /// Queues a video that was found by its state and has no entry. False if another program has created one.
  bool adopt(const Record<VideoRow>& video) {
    return create(Id<Video>{video.id.str()}, fresh(EntryState::waiting, {}, video.updated_at)).has_value();
  }
  /// Queues a video again whose entry is not in the queue. The video is read after the entry, and the entry is changed
  /// only if it is still the same: the video was queued after the entry had left the queue.
  bool readopt(const Record<QueueEntry>& entry) {
    const std::optional<StoredVideo> video = core_->catalog().find(Id<Video>{entry.id.str()});
    if (!video || !core_->is_source(video->value.status)) return false;
    return core_->update(entry, again(EntryState::waiting, {}, video->updated_at)).has_value();
  }

 private:
  /// The entry is not as it was announced, so another program has continued.
  struct Superseded {};

  /// How long a program may take from the announcement to the video.
  static constexpr std::chrono::minutes patience{1};

  static Id<QueueEntry> entry_id(const Id<Video>& id) { return Id<QueueEntry>{id.str()}; }

  /// A new entry.
  [[nodiscard]] QueueEntry fresh(EntryState state, const QueueVideo& how, Timestamp queued_at) const {
    return {.queue = core_->options().name,
            .state = state,
            .priority = how.priority,
            .queued_at = queued_at,
            .ready_at = ready_after(queued_at, how.delay),
            .lease_until = state == EntryState::announced ? queued_at + patience : Timestamp{}};
  }
  /// The change that makes an entry as a new one, but for its epoch.
  [[nodiscard]] Patch<QueueEntry> again(EntryState state, const QueueVideo& how, Timestamp queued_at) const {
    const QueueEntry entry = fresh(state, how, queued_at);
    Patch<QueueEntry> patch;
    patch.set(field<&QueueEntry::queue>, entry.queue)
        .set(field<&QueueEntry::state>, entry.state)
        .set(field<&QueueEntry::priority>, entry.priority)
        .set(field<&QueueEntry::queued_at>, entry.queued_at)
        .set(field<&QueueEntry::ready_at>, entry.ready_at)
        .set(field<&QueueEntry::lease_until>, entry.lease_until)
        .set(field<&QueueEntry::attempts>, 0)
        .clear(field<&QueueEntry::reason>);
    return patch;
  }

  /// Nothing if another program has created the entry.
  std::optional<Record<QueueEntry>> create(const Id<Video>& id, QueueEntry entry) {
    try {
      return core_->entries().create(std::move(entry), {.id = entry_id(id)});
    } catch (const Error& error) {
      if (error.code() != Errc::already_exists) throw;
      return std::nullopt;
    }
  }
  /// Writes the entry as it is to be, or nothing if it is not as it was seen. One that waits keeps its position.
  std::optional<Record<QueueEntry>> put(const Id<Video>& id, const std::optional<Record<QueueEntry>>& seen,
                                        EntryState state, const QueueVideo& how) {
    const Timestamp now = core_->now();
    if (!seen) return create(id, fresh(state, how, now));
    const bool is_queued = seen->value.state == EntryState::waiting && seen->value.queue == core_->options().name;
    if (!is_queued || state != EntryState::waiting) return core_->update(*seen, again(state, how, now));
    Patch<QueueEntry> patch;
    patch.set(field<&QueueEntry::priority>, how.priority)
        .set(field<&QueueEntry::ready_at>, ready_after(now, how.delay));
    return core_->update(*seen, std::move(patch));
  }

  /// Creates the video of an announced entry, or removes the entry.
  StoredVideo created(NewVideo video, std::vector<NewScene> scenes, const Record<QueueEntry>& entry) {
    try {
      return core_->catalog().create_video(std::move(video), std::move(scenes));
    } catch (const Error& error) {
      if (!is_in_doubt(error)) withdraw(entry);
      throw;
    }
  }
  void open(const Record<QueueEntry>& entry) {
    core_->update(entry, Patch<QueueEntry>{}.set(field<&QueueEntry::state>, EntryState::waiting));
  }
  /// Removes an announced entry that no program has changed.
  void withdraw(const Record<QueueEntry>& entry) {
    unless_stale([&] { core_->entries().remove(entry.id, {.if_unchanged_since = entry.updated_at}); });
  }
  /// Makes an announced entry as it was before.
  void restore(const Record<QueueEntry>& entry, const std::optional<Record<QueueEntry>>& before) {
    if (!before) return withdraw(entry);
    unless_stale([&] { core_->entries().replace(entry.id, before->value, {.if_unchanged_since = entry.updated_at}); });
  }
  template <class F>
  static void unless_stale(F&& write) {
    try {
      write();
    } catch (const Error& error) {
      if (!is_stale(error)) throw;
    }
  }

  /// The state in which the queue takes a video that is in this one: the first to which it can move.
  [[nodiscard]] std::optional<VideoStatus> source_after(VideoStatus present) const {
    const Stage& stage = core_->options().stage;
    if (can_move(present, stage.back)) return stage.back;
    const auto source = std::find_if(stage.sources.begin(), stage.sources.end(),
                                     [&](VideoStatus state) { return can_move(present, state); });
    return source == stage.sources.end() ? std::nullopt : std::optional{*source};
  }
  [[nodiscard]] Error refusal(const StoredVideo& video) const {
    return illegal_move(video.status_text, video.value.status, core_->options().stage.back)
        .within({.operation = "enqueue", .collection = "videos", .id = video.id.str()});
  }
  /// Throws `conflict` if the video is claimed.
  static void refuse_claimed(const std::optional<Record<QueueEntry>>& entry) {
    if (!entry || (entry->value.state != EntryState::claimed && entry->value.state != EntryState::settling)) return;
    throw Error(Errc::conflict, "worker '" + entry->value.worker.value_or("") + "' has claimed the video",
                {.operation = "enqueue", .collection = "video_queue", .id = entry->id.str()});
  }

  const std::shared_ptr<QueueCore<Backend>> core_;
};

}  // namespace reel::video::detail
