#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/video/files.hpp>
#include <reel/video/filter.hpp>
#include <reel/video/history.hpp>
#include <reel/video/location.hpp>
#include <reel/video/move.hpp>
#include <reel/video/new_video.hpp>
#include <reel/video/queue_entry.hpp>
#include <reel/video/scene_calls.hpp>

namespace reel::video {

/// The changes of a video that come with a move.
struct StatusDetails {
  std::optional<std::int64_t> scene_count{};  ///< planned scenes
  std::optional<double> total_duration{};     ///< seconds
  std::string error{};                        ///< why it failed; for `failed` only
  Mover mover{};                              ///< for the history
};

/// For `Queue`: a video to move in the version that was seen.
struct SeenVideo {
  Record<VideoRow> row{};  ///< the version
  Mover mover{};           ///< for the history
};
/// For `Queue`: the result of a move, a video or an error.
struct MovedVideo {
  std::optional<StoredVideo> video{};  ///< as stored
  std::optional<Error> error{};        ///< why it was not moved
};

/// The videos of a pipeline, with their scenes, files and history: the calls that planners, renderers and user
/// interfaces make all day.
///
///     Memory store;
///     const video::Catalog catalog(store);
///     catalog.setup();
///     const auto video = catalog.create_video({.topic = "Bayes' theorem"}, {{.number = 1}, {.number = 2}});
///     catalog.update_status(video.id, video::VideoStatus::planning);
///
/// The collections `videos` and `scenes` have the schema of existing deployments, so that older programs work on the
/// same store. States form the machine in `states.hpp`. A move is one conditional write: of several programs that move
/// a video at the same time, one succeeds, and the others get `conflict`. Each move is recorded in `video_events`.
///
/// Records of older programs are read tolerantly, see `rows.hpp`.
///
/// A `Catalog` is a cheap handle: copy it, and use it from several threads at once. The backend must outlive it. Errors
/// are those of `Repository` and `BlobStore`. A move costs three requests: a read, the write, and its event.
template <class Backend>
requires RecordBackend<Backend> && BlobBackend<Backend>
class Catalog : public SceneCalls<Backend> {
 public:
  /// A handle on the catalog in `backend`. Accesses nothing.
  explicit Catalog(Backend& backend) : SceneCalls<Backend>(backend), backend_(&backend), videos_(backend) {}

  /// The backend as passed to the constructor.
  [[nodiscard]] Backend& backend() const noexcept { return *backend_; }

  /// Creates the collections and buckets, see `Repository::setup`.
  void setup() const {
    records<Video>(*backend_).setup();
    records<Scene>(*backend_).setup();
    this->events_.setup();
    this->files_.setup();
  }

  /// Creates a video with its scenes. The video is written after its event and its scenes, so it is complete when it
  /// appears; a program that ends before leaves records without a video, which no call returns and `reel doctor` lists.
  ///
  /// Throws:
  /// - `invalid`: an empty topic, a scene number below 1, or a value that breaks a rule of the schema
  /// - `already_exists`: a scene number twice, or a given id that is taken or under which an interrupted call has left
  ///   records, which `remove` removes
  StoredVideo create_video(NewVideo video, std::vector<NewScene> scenes = {}) const {
    detail::check_new(video, scenes);
    const Id<Video> id = video.id.value_or(Id<Video>::make());
    if (video.id && videos_->exists(row_id(id)))
      throw Error(Errc::already_exists, "a video with this id already exists",
                  {.operation = "create_video", .collection = "videos", .id = id.str()});
    const Timestamp at = now();
    const Video value = detail::video_of(std::move(video), scenes.size(), at);
    this->announce(id, value.status, at);
    const std::vector<Id<SceneRow>> written = this->write_scenes(id, std::move(scenes), at);
    StoredVideo stored;
    try {
      static_cast<Record<Video>&>(stored) = records<Video>(*backend_).create(value, {.id = id});
    } catch (const Error& error) {
      this->discard(id, written, error);
      throw;
    }
    stored.status_text = name(stored.value.status);
    return stored;
  }

  /// The video, or nothing if no video has the id. One request.
  [[nodiscard]] std::optional<StoredVideo> find(const Id<Video>& id) const {
    return tolerantly([&](const auto& rows) -> std::optional<StoredVideo> {
      auto row = rows.find(id_in(rows, id));
      if (!row) return std::nullopt;
      return stored_video(*std::move(row));
    });
  }
  /// As `find`, but throws `not_found` if no video has the id.
  [[nodiscard]] StoredVideo get(const Id<Video>& id) const {
    return tolerantly([&](const auto& rows) { return stored_video(rows.get(id_in(rows, id))); });
  }

  /// Moves the video to another state. `queued` and `queued_for_render` reset the progress, `completed` sets it to 100,
  /// and every state but `failed` clears `error_message`.
  ///
  /// Throws:
  /// - `conflict`: no such move is legal from the present state; the message names both
  /// - `not_found`: no video has the id
  /// - `invalid`: a value breaks a rule of the schema
  StoredVideo update_status(const Id<Video>& id, VideoStatus to, const StatusDetails& details = {}) const {
    std::optional<std::string> error;
    if (to == VideoStatus::failed && !details.error.empty()) {
      tolerantly([&](const auto& rows) {
        detail::check_move(rows.get(id_in(rows, id)), to);
        return true;
      });
      error = this->files_.kept_error(id, {}, details.error);
    }
    Mover mover = details.mover;
    if (mover.message.empty()) mover.message = details.error;
    return move(
        id, to, mover, [](const auto&) {},
        [&]<class Row>(Patch<Row>& patch) {
          if (error) patch.set(field<&Row::error_message>, *error);
          if (details.scene_count) patch.set(field<&Row::scene_count>, *details.scene_count);
          if (details.total_duration) patch.set(field<&Row::total_duration>, *details.total_duration);
        });
  }

  /// Moves the video to `completed`. Errors as `update_status`.
  StoredVideo complete(const Id<Video>& id, const StatusDetails& details = {}) const {
    return update_status(id, VideoStatus::completed, details);
  }
  /// Moves the video to `failed`. An error of more than `error_message_length` characters, or one that is not text, is
  /// kept whole as an artifact of kind `error_log`; `error_message` then has an excerpt that names it. If the artifact
  /// cannot be stored, the video fails all the same. Other errors as `update_status`.
  StoredVideo fail(const Id<Video>& id, std::string_view error, Mover mover = {}) const {
    return update_status(id, VideoStatus::failed, {.error = std::string(error), .mover = std::move(mover)});
  }

  /// Sets the progress in percent, and the number of the scene being processed if it is given. Not a move. One request.
  /// Throws `invalid` for a percentage beyond 0 to 100 or a negative number.
  StoredVideo set_progress(const Id<Video>& id, std::int64_t percent, std::optional<std::int64_t> scene = {}) const {
    return set(id, [&]<class Row>(Patch<Row>& patch) {
      patch.set(field<&Row::progress>, percent);
      if (scene) patch.set(field<&Row::current_scene>, *scene);
    });
  }

  /// One page of the videos that the filter selects, the newest first. One request. Errors as `Repository::list`.
  [[nodiscard]] VideoPage list(const VideoFilter& filter = {}) const {
    return tolerantly([&]<class Row>(const Repository<Row, Backend>& rows) {
      return detail::page_of(rows.list(detail::query_of<Row>(filter)));
    });
  }
  /// One page of the videos whose topic contains one of the words, see `field<…>.search`.
  [[nodiscard]] VideoPage search(std::string_view words, const VideoFilter& filter = {}) const {
    return tolerantly([&]<class Row>(const Repository<Row, Backend>& rows) {
      return detail::page_of(rows.list(detail::query_of<Row>(filter).where(field<&Row::topic>.search(words))));
    });
  }

  /// The moves of the video and of its scenes, in order, from its creation to its present state. Moves without an event
  /// are inferred, see `HistoryEntry`. Throws `not_found` if no video has the id.
  [[nodiscard]] std::vector<HistoryEntry> history(const Id<Video>& id) const {
    const StoredVideo video = get(id);
    std::vector<Event> events;
    const auto query = Query<Event>{}.where(field<&Event::video_id> == id.str()).limit(100);
    for (const Record<Event>& event : this->events_.all(query)) events.push_back(event.value);
    order_by_record(events);
    return without_gaps(std::move(events), video.status_text, video.updated_at);
  }

  /// Removes the video with its scenes, artifacts, events, queue entry and files. False if no video has the id. The
  /// records are removed first; a program that ends before the files are gone leaves blobs that `reel doctor` lists.
  bool remove(const Id<Video>& id) const {
    const auto blobs = this->blobs_of(id);
    const bool existed = records<Video>(*backend_).remove(id);
    this->remove_remains(id);
    remove_entry(id);
    this->files_.remove(blobs);
    return existed;
  }

  /// Stores the combined video as the blob `final_video_id(id)`, replacing an earlier one, and sets
  /// `combined_video_url` to its id. While the bytes travel, the record has no address, or that of another file if it
  /// had one. Errors as `BlobStore::put`; then the record has its earlier address if the earlier file still exists.
  StoredVideo attach_final(const Id<Video>& id, BlobSource& source, const PutOptions& options = {}) const {
    return this->files_.attach(
        final_videos(), final_video_id(id), source, options, [&] { return get(id).value.combined_video_url; },
        [&](const std::optional<std::string>& address) {
          return set(id, [&]<class Row>(Patch<Row>& patch) { patch.set(field<&Row::combined_video_url>, address); });
        });
  }
  /// As above, for a temporary source: `attach_final(id, from_file("out.mp4"))`.
  StoredVideo attach_final(const Id<Video>& id, BlobSource&& source, const PutOptions& options = {}) const {
    return attach_final(id, source, options);
  }
  /// Stores the subtitles as the blob `subtitles_id(id)` and sets `subtitles_url`. Otherwise as `attach_final`.
  StoredVideo attach_subtitles(const Id<Video>& id, BlobSource& source, const PutOptions& options = {}) const {
    return this->files_.attach(
        subtitles(), subtitles_id(id), source, options, [&] { return get(id).value.subtitles_url; },
        [&](const std::optional<std::string>& address) {
          return set(id, [&]<class Row>(Patch<Row>& patch) { patch.set(field<&Row::subtitles_url>, address); });
        });
  }
  /// As above, for a temporary source.
  StoredVideo attach_subtitles(const Id<Video>& id, BlobSource&& source, const PutOptions& options = {}) const {
    return attach_subtitles(id, source, options);
  }

  /// Keeps `bytes` as a file of the video or scene that `artifact` names: a blob in the bucket `artifacts`, and an
  /// artifact with its size, checksum and id. `name` becomes the last part of the path.
  Record<Artifact> keep_file(Artifact artifact, std::string_view name, std::string_view bytes) const {
    const Id<Artifact> id = Id<Artifact>::make();
    artifact.path = artifact.kind + "/" + id.str() + "/" + std::string(name);
    return this->files_.keep(std::move(artifact), bytes, id);
  }

  /// For `Queue`: `error` as `fail` stores it in `error_message`; a long one becomes an artifact.
  [[nodiscard]] std::string kept_error(const Id<Video>& id, std::string_view error) const {
    return this->files_.kept_error(id, {}, error);
  }
  /// For `Queue`: moves the video if `allows` does not throw for the version that is moved; `fill` adds attributes.
  template <class Allows, class Fill>
  StoredVideo move(const Id<Video>& id, VideoStatus to, const Mover& mover, Allows&& allows, Fill&& fill) const {
    return tolerantly([&]<class Row>(const Repository<Row, Backend>& rows) {
      auto moved = detail::move_row(rows, id_in(rows, id), to, allows, [&](Patch<Row>& patch, const Row&) {
        fill_move(patch, to);
        fill(patch);
      });
      detail::record_event(this->events_, event_of(moved, to), mover);
      return stored_video(std::move(moved.row));
    });
  }
  /// For `Queue`: moves each video that is as it was seen, with one write for all, and records the moves with another.
  /// Each move must be legal. A video that another program has changed meanwhile has `conflict` or `not_found`.
  std::vector<MovedVideo> move_seen(std::vector<SeenVideo> seen, VideoStatus to) const {
    std::vector<Update<VideoRow>> updates;
    updates.reserve(seen.size());
    for (const SeenVideo& one : seen) {
      Patch<VideoRow> patch;
      patch.set(field<&VideoRow::status>, to).set(field<&VideoRow::updated_at>, now());
      fill_move(patch, to);
      updates.push_back({one.row.id, std::move(patch), one.row.updated_at});
    }
    std::vector<MovedVideo> moved(seen.size());
    std::vector<Event> events;
    BulkResult<VideoRow> results = videos_->update_many(std::move(updates), {.partial = true});
    for (std::size_t i = 0; i < seen.size(); ++i) {
      BulkItem<VideoRow>& item = results.items[i];
      moved[i].error = std::move(item.error);
      if (!item.record) continue;
      const detail::Moved<VideoRow> one{*std::move(item.record), detail::name_in(seen[i].row.value.status)};
      events.push_back(detail::event_by(event_of(one, to), seen[i].mover));
      moved[i].video = stored_video(one.row);
    }
    if (!events.empty()) this->events_.create_many(std::move(events));
    return moved;
  }
  /// For `Queue`: the videos with these ids. Nothing if one of them can only be read tolerantly. Requests as
  /// `Repository::find_many`.
  [[nodiscard]] std::vector<Record<VideoRow>> find_many(const std::vector<Id<VideoRow>>& ids) const {
    try {
      return videos_->find_many(ids);
    } catch (const Error& error) {
      if (error.code() != Errc::corrupt) throw;
      return {};
    }
  }
  /// For `Queue`: changes the version of the video and nothing else, so that no program can move the version that it
  /// has read. False if the video is not the version `seen` any more.
  bool renew(const Id<Video>& id, Timestamp seen) const {
    return tolerantly([&]<class Row>(const Repository<Row, Backend>& rows) {
      const Record<Row> row = rows.get(id_in(rows, id));
      if (row.updated_at != seen) return false;
      const Timestamp next = row.value.updated_at.value_or(Timestamp{}) + std::chrono::milliseconds{1};
      const auto patch = Patch<Row>{}.set(field<&Row::updated_at>, std::max(next, now()));
      return unless_conflict([&] { return rows.update(row.id, patch, {.if_unchanged_since = seen}); }).has_value();
    });
  }

 private:
  static Id<VideoRow> row_id(const Id<Video>& id) { return Id<VideoRow>{id.str()}; }
  template <class Row>
  static Id<Row> id_in(const Repository<Row, Backend>&, const Id<Video>& id) {
    return Id<Row>{id.str()};
  }
  /// See `detail::tolerantly`.
  template <class F>
  auto tolerantly(F&& call) const {
    return detail::tolerantly<VideoRow, VideoRowOf<std::string>>(videos_, call);
  }
  /// Changes the video without a move. `fill(patch)` sets the attributes.
  template <class Fill>
  StoredVideo set(const Id<Video>& id, Fill&& fill) const {
    return tolerantly([&]<class Row>(const Repository<Row, Backend>& rows) {
      Patch<Row> patch;
      patch.set(field<&Row::updated_at>, now());
      fill(patch);
      return stored_video(rows.update(id_in(rows, id), std::move(patch)));
    });
  }
  static std::string name(VideoStatus status) { return std::string(enum_name(status)); }

  /// The attributes that a move changes besides the status.
  template <class Row>
  static void fill_move(Patch<Row>& patch, VideoStatus to) {
    const bool is_waiting = to == VideoStatus::queued || to == VideoStatus::queued_for_render;
    if (is_waiting) patch.set(field<&Row::progress>, 0).clear(field<&Row::current_scene>);
    if (to == VideoStatus::completed) patch.set(field<&Row::progress>, 100);
    if (to != VideoStatus::failed) patch.clear(field<&Row::error_message>);
  }
  template <class Row>
  static Event event_of(const detail::Moved<Row>& moved, VideoStatus to) {
    return {.video_id = moved.row.id.str(), .from = moved.from, .to = name(to), .at = moved.row.updated_at};
  }

  /// Removes the video from its queue, if there are queues.
  void remove_entry(const Id<Video>& id) const {
    try {
      records<QueueEntry>(*backend_).remove(Id<QueueEntry>{id.str()});
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) throw;
    }
  }

  Backend* backend_;
  detail::RowView<VideoRow, Backend> videos_;
};

}  // namespace reel::video
