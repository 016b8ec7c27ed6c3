#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/video/files.hpp>
#include <reel/video/move.hpp>
#include <reel/video/new_video.hpp>

namespace reel::video {

/// The part of `Catalog` that is about scenes.
template <class Backend>
class SceneCalls {
 public:
  /// Adds a scene to a video.
  ///
  /// Throws:
  /// - `invalid`: the video does not exist, or the number is below 1
  /// - `already_exists`: the video has a scene with the number
  StoredScene add_scene(const Id<Video>& video, NewScene scene) const {
    if (scene.number < 1)
      throw Error(Errc::invalid, "scenes are numbered from 1",
                  {.operation = "add_scene", .collection = "scenes", .attribute = "scene_number"});
    SceneRow row = detail::row_of(std::move(scene), video, now());
    Scene value{.video_id = video,
                .scene_plan = std::move(row.scene_plan),
                .storyboard = std::move(row.storyboard),
                .technical_plan = std::move(row.technical_plan),
                .scene_number = *row.scene_number,
                .duration = row.duration,
                .created_at = *row.created_at,
                .updated_at = *row.updated_at};
    StoredScene stored;
    static_cast<Record<Scene>&>(stored) = Repository<Scene, Backend>(events_.backend()).create(std::move(value));
    stored.status_text = enum_name(stored.value.status);
    detail::record_event(events_, event_of(video.str(), stored.id, {}, stored.status_text, stored.created_at), {});
    return stored;
  }

  /// All scenes of the video, by number. One request for each 100.
  [[nodiscard]] std::vector<StoredScene> scenes_of(const Id<Video>& video) const {
    return tolerantly([&]<class Row>(const Repository<Row, Backend>& rows) {
      std::vector<StoredScene> scenes;
      const auto query = Query<Row>{}
                             .where(field<&Row::video_id> == Id<Event>{video.str()})
                             .template order_by<&Row::scene_number>()
                             .limit(100);
      for (const Record<Row>& row : rows.all(query)) scenes.push_back(stored_scene(row));
      return scenes;
    });
  }
  /// The scene. Throws `not_found` if no scene has the id.
  [[nodiscard]] StoredScene scene(const Id<Scene>& id) const {
    return tolerantly([&](const auto& rows) { return stored_scene(rows.get(id_in(rows, id))); });
  }

  /// Sets the plan of the scene, whole. Not a move. One request; errors as `Repository::update`.
  StoredScene set_plan(const Id<Scene>& id, const std::string& plan) const {
    return set(id, [&]<class Row>(Patch<Row>& patch) { patch.set(field<&Row::scene_plan>, plan); });
  }
  /// Sets the vision storyboard plan. Otherwise as `set_plan`.
  StoredScene set_storyboard(const Id<Scene>& id, const std::string& storyboard) const {
    return set(id, [&]<class Row>(Patch<Row>& patch) { patch.set(field<&Row::storyboard>, storyboard); });
  }
  /// Sets the technical implementation plan. Otherwise as `set_plan`.
  StoredScene set_technical_plan(const Id<Scene>& id, const std::string& plan) const {
    return set(id, [&]<class Row>(Patch<Row>& patch) { patch.set(field<&Row::technical_plan>, plan); });
  }
  /// Sets the duration in seconds. Otherwise as `set_plan`.
  StoredScene set_duration(const Id<Scene>& id, double seconds) const {
    return set(id, [&]<class Row>(Patch<Row>& patch) { patch.set(field<&Row::duration>, seconds); });
  }

  /// Keeps `code` as the next version of the scene's code, sets `generated_code` to it and moves the scene to `coded`,
  /// unless it is `coded` already. The versions are artifacts of kind `source`, see `code_versions`. Throws `not_found`
  /// if no scene has the id, and `invalid` for code that is not UTF-8.
  StoredScene set_code(const Id<Scene>& id, const std::string& code, const Mover& mover = {}) const {
    check_code(id, code);
    const StoredScene seen = scene(id);
    keep_version(seen, code);
    const auto fill = [&]<class Row>(Patch<Row>& patch) { patch.set(field<&Row::generated_code>, code); };
    return seen.value.status == SceneStatus::coded ? set(id, fill) : move(id, SceneStatus::coded, mover, fill);
  }
  /// The versions of the scene's code, the oldest first. The bytes of each are the blob that the artifact names.
  [[nodiscard]] std::vector<Record<Artifact>> code_versions(const Id<Scene>& id) const {
    std::vector<Record<Artifact>> versions;
    for (const Record<Artifact>& version : files_.artifacts().all(versions_query(id).limit(100)))
      versions.push_back(version);
    std::reverse(versions.begin(), versions.end());
    return versions;
  }

  /// Moves the scene to another state. Errors as `Catalog::update_status`.
  StoredScene update_scene_status(const Id<Scene>& id, SceneStatus to, const Mover& mover = {}) const {
    return move(id, to, mover, [](auto&) {});
  }
  /// Moves the scene to `failed` and keeps the error as `Catalog::fail` does.
  StoredScene fail_scene(const Id<Scene>& id, std::string_view error, Mover mover = {}) const {
    const StoredScene seen = scene(id);
    if (!can_move(seen.value.status, SceneStatus::failed)) return update_scene_status(id, SceneStatus::failed);
    const std::string kept = files_.kept_error(seen.value.video_id, id, error);
    if (mover.message.empty()) mover.message = event_message(error);
    return move(id, SceneStatus::failed, mover,
                [&]<class Row>(Patch<Row>& patch) { patch.set(field<&Row::error_message>, kept); });
  }

  /// Stores the rendered video of the scene as the blob `scene_video_id(id)` and sets `video_url`. Otherwise as
  /// `Catalog::attach_final`.
  StoredScene attach_scene_video(const Id<Scene>& id, BlobSource& source, const PutOptions& options = {}) const {
    return files_.attach(
        scene_videos(), scene_video_id(id), source, options, [&] { return scene(id).value.video_url; },
        [&](const std::optional<std::string>& address) {
          return set(id, [&]<class Row>(Patch<Row>& patch) { patch.set(field<&Row::video_url>, address); });
        });
  }
  /// As above, for a temporary source.
  StoredScene attach_scene_video(const Id<Scene>& id, BlobSource&& source, const PutOptions& options = {}) const {
    return attach_scene_video(id, source, options);
  }
  /// Stores the source code of the scene as the blob `source_code_id(id)` and sets `code_url`. Otherwise as
  /// `Catalog::attach_final`.
  StoredScene attach_source(const Id<Scene>& id, BlobSource& source, const PutOptions& options = {}) const {
    return files_.attach(
        source_code(), source_code_id(id), source, options, [&] { return scene(id).value.code_url; },
        [&](const std::optional<std::string>& address) {
          return set(id, [&]<class Row>(Patch<Row>& patch) { patch.set(field<&Row::code_url>, address); });
        });
  }
  /// As above, for a temporary source.
  StoredScene attach_source(const Id<Scene>& id, BlobSource&& source, const PutOptions& options = {}) const {
    return attach_source(id, source, options);
  }

 protected:
  /// For `Catalog`.
  explicit SceneCalls(Backend& backend) : events_(backend), files_(backend), rows_(backend) {}

  /// Writes the scenes of a video that does not exist yet.
  std::vector<Id<SceneRow>> write_scenes(const Id<Video>& video, std::vector<NewScene> scenes, Timestamp at) const {
    std::vector<Id<SceneRow>> ids;
    std::vector<Draft<SceneRow>> drafts;
    for (NewScene& scene : scenes) {
      ids.push_back(Id<SceneRow>::make());
      drafts.push_back({.value = detail::row_of(std::move(scene), video, at), .options = {.id = ids.back()}});
    }
    if (drafts.empty()) return ids;
    try {
      rows_->create_many(std::move(drafts));
    } catch (const Error& error) {
      discard(video, ids, error);
      throw;
    }
    return ids;
  }

  /// Records that the video is created, under the id of the video, to which its scenes refer.
  void announce(const Id<Video>& video, VideoStatus status, Timestamp at) const {
    events_.create({.video_id = video.str(), .to = std::string(enum_name(status)), .at = at},
                   {.id = Id<Event>{video.str()}});
  }

  /// Removes scenes and the event of a video that could not be created. Keeps them if the failed write may have been
  /// applied: scenes without a video do no harm, a video without its scenes does.
  void discard(const Id<Video>& video, const std::vector<Id<SceneRow>>& scenes, const Error& error) const {
    if (detail::is_in_doubt(error)) return;
    try {
      for (const Id<SceneRow>& id : scenes) rows_->remove(id);
      events_.remove(Id<Event>{video.str()});
    } catch (const Error&) {  // the first error is the one to report
    }
  }

  /// Every blob of a video: those with derived ids, and those of its artifacts.
  [[nodiscard]] std::vector<std::pair<std::string, BlobId>> blobs_of(const Id<Video>& video) const {
    std::vector<std::pair<std::string, BlobId>> blobs{{final_videos().id, final_video_id(video)},
                                                      {subtitles().id, subtitles_id(video)}};
    for (const StoredScene& scene : scenes_of(video)) {
      blobs.emplace_back(scene_videos().id, scene_video_id(scene.id));
      blobs.emplace_back(source_code().id, source_code_id(scene.id));
    }
    const auto query = Query<Artifact>{}.where(field<&Artifact::video_id> == video).limit(100);
    for (const Record<Artifact>& artifact : files_.artifacts().all(query))
      blobs.emplace_back(artifact.value.bucket_id, BlobId{artifact.value.blob_id});
    return blobs;
  }

  /// Removes the records of a removed video that the store has not removed with it.
  void remove_remains(const Id<Video>& video) const {
    rows_->remove_where(Query<SceneRow>{}.where(field<&SceneRow::video_id> == Id<Event>{video.str()}));
    files_.artifacts().remove_where(Query<Artifact>{}.where(field<&Artifact::video_id> == video));
    events_.remove_where(Query<Event>{}.where(field<&Event::video_id> == video.str()));
  }

  Repository<Event, Backend> events_;  ///< of the videos and scenes
  detail::Files<Backend> files_;       ///< of the videos and scenes

 private:
  static Event event_of(std::string video, const Id<Scene>& scene, std::optional<std::string> from, std::string to,
                        Timestamp at) {
    return {
        .video_id = std::move(video), .scene_id = scene.str(), .from = std::move(from), .to = std::move(to), .at = at};
  }

  template <class Row>
  static Id<Row> id_in(const Repository<Row, Backend>&, const Id<Scene>& id) {
    return Id<Row>{id.str()};
  }
  /// See `detail::tolerantly`.
  template <class F>
  auto tolerantly(F&& call) const {
    return detail::tolerantly<SceneRow, SceneRowOf<std::string>>(rows_, call);
  }

  /// Changes the scene without a move. `fill(patch)` sets the attributes.
  template <class Fill>
  StoredScene set(const Id<Scene>& id, Fill&& fill) const {
    return tolerantly([&]<class Row>(const Repository<Row, Backend>& rows) {
      Patch<Row> patch;
      patch.set(field<&Row::updated_at>, now());
      fill(patch);
      return stored_scene(rows.update(id_in(rows, id), std::move(patch)));
    });
  }

  template <class Fill>
  StoredScene move(const Id<Scene>& id, SceneStatus to, const Mover& mover, Fill&& fill) const {
    return tolerantly([&]<class Row>(const Repository<Row, Backend>& rows) {
      auto moved = detail::move_row(
          rows, id_in(rows, id), to, [](const Record<Row>&) {},
          [&](Patch<Row>& patch, const Row&) {
            if (to != SceneStatus::failed) patch.clear(field<&Row::error_message>);
            fill(patch);
          });
      StoredScene stored = stored_scene(std::move(moved.row));
      detail::record_event(
          events_,
          event_of(stored.value.video_id.str(), id, std::move(moved.from), stored.status_text, stored.updated_at),
          mover);
      return stored;
    });
  }

  /// Throws `invalid` for code that `generated_code` cannot hold, before a version of it is kept.
  static void check_code(const Id<Scene>& id, std::string_view code) {
    if (text::is_valid_utf8(code) && text::code_points(code) <= static_cast<std::size_t>(long_text)) return;
    throw Error(Errc::invalid, "the code is not UTF-8 or has more than " + std::to_string(long_text) + " characters",
                {.operation = "set_code", .collection = "scenes", .id = id.str(), .attribute = "generated_code"});
  }

  static Query<Artifact> versions_query(const Id<Scene>& id) {
    return Query<Artifact>{}
        .where(field<&Artifact::scene_id> == id && field<&Artifact::kind> == std::string("source"))
        .template order_by<&Artifact::version>(descending);
  }

  /// Keeps the code as the version after the latest one. Its id is derived from the version, so that of two programs
  /// that add a version at the same time the second takes the next number.
  void keep_version(const StoredScene& scene, std::string_view code) const {
    const Id<Scene>& id = scene.id;
    const std::string digest = md5_hex(text::lower_ascii(id.str())).substr(0, 16);
    const std::optional<Record<Artifact>> latest = files_.artifacts().first(versions_query(id));
    for (std::int64_t version = latest ? latest->value.version.value_or(-1) + 1 : 0;; ++version) {
      const std::string number = std::to_string(version);
      Artifact artifact{
          .scene_id = id, .kind = "source", .version = version, .path = "code/" + id.str() + "_v" + number + ".py"};
      if (!scene.value.video_id.empty()) artifact.video_id = scene.value.video_id;
      try {
        files_.keep_version(std::move(artifact), code, Id<Artifact>{digest + "_v" + number});
        return;
      } catch (const Error& error) {
        if (error.code() != Errc::already_exists) throw;
      }
    }
  }

  detail::RowView<SceneRow, Backend> rows_;
};

}  // namespace reel::video
