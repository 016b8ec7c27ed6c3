#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/legacy/disk.hpp>
#include <reel/backends/legacy/settle.hpp>
#include <reel/blob.hpp>
#include <reel/driver/content_type.hpp>
#include <reel/driver/hashed_source.hpp>

namespace reel::legacy {

/// Where the bytes of a blob go, and the properties of their file.
struct BlobTarget {
  std::string path{};
  std::optional<Timestamp> modified{};
  std::optional<std::string> video{};  ///< whose records must not change when the file is written
};

/// A blob whose bytes are being received into a temporary file. Destroying it removes the file, unless `finish` gave it
/// its name. `Disk` must outlive it.
struct IncomingBlob {
  IncomingBlob(Disk& disk, BlobTarget wanted) : target(std::move(wanted)), file(disk, target.path) {}

  BlobTarget target;
  Disk::Incoming file;
};

/// Writes and removes the blobs of the pipeline's buckets. The path of a blob is the first of these that exists:
///
///     1. the path of the artifact in the log whose `bucket_id` and `blob_id` name the blob; of several, of the one
///        that was given the blob last (`overlay_key::precedence`)
///     2. the path of the present file of the blob
///     3. the path that the pipeline uses for the record from whose id the blob's id is derived
///
/// A put has three steps, so that the bytes are received without a lock: `begin`, `Disk::Incoming::receive`, `finish`.
/// Everything except `receive` and the destructor of `IncomingBlob` needs the exclusive lock of the store. The tree may
/// change in between, therefore `finish` checks again.
class BlobWriter {
 public:
  BlobWriter(WriteState& state, RecordWriter& records) : state_(state), records_(records) {}

  /// Determines the path of a blob and creates a temporary file, with the folders above it.
  ///
  /// Settles the tree first if the blob belongs to a record that waits for its files: the path of a scene's video
  /// depends on the versions of its code. Reads the tree again if its blobs are stale.
  ///
  /// Throws `invalid` if no path can be determined or `check_path` refuses it, `already_exists` if the file exists and
  /// `overwrite` is false, and `unsupported` for permissions.
  std::unique_ptr<IncomingBlob> begin(const Bucket& bucket, const BlobInfo& info, bool overwrite) {
    if (!info.permissions.empty()) throw Error(Errc::unsupported, "the files of a legacy tree have no permissions");
    if (state_.has_stale_blobs()) state_.refresh();
    if (is_waited_for(bucket.id, info.id.str())) settle(state_, records_, Waiting::write);
    BlobTarget target = target_of(bucket.id, info);
    check_path(target.path);
    check_free(target.path, overwrite);
    return std::make_unique<IncomingBlob>(state_.disk, std::move(target));
  }

  /// Renames the temporary file and returns the blob. The time of the file is that of the artifact by rule 1, that of
  /// `info` by rule 3, if they have one. The content type is that of the file's extension, otherwise that of `info`.
  ///
  /// - `source`: the source that `incoming` has received completely; its md5 becomes that of the blob
  ///
  /// Throws `already_exists` as `begin`, because another writer may have created the file meanwhile, and the error of
  /// the file system, in which case the blob is as before.
  BlobInfo finish(const Bucket& bucket, const BlobInfo& info, const driver::HashedSource& source,
                  IncomingBlob& incoming, bool overwrite) {
    const std::string& path = incoming.target.path;
    check_free(path, overwrite);
    if (incoming.target.video) touch(*incoming.target.video);
    if (!state_.artifacts().path(bucket.id, info.id.str())) state_.artifacts_changed();
    state_.finish_removal();
    const bool replaces = blobs().file(bucket.id, info.id.str());
    const driver::FileStatus written = incoming.file.commit(incoming.target.modified);
    const std::string_view named = driver::content_type_of_name(path);
    BlobInfo stored = blobs().put(bucket, info.id,
                                  {.path = path,
                                   .size = static_cast<std::uint64_t>(source.bytes_read()),
                                   .modified_ns = written.modified,
                                   .inode = written.inode},
                                  {source.md5(), named.empty() ? info.content_type : std::string(named)});
    state_.unsettle();
    if (replaces) state_.files_changed();
    return stored;
  }

  /// Removes the file of a blob and returns whether it existed. The artifact of the file stays and is logged with all
  /// its values, since its file no longer provides them.
  bool remove(const Bucket& bucket, std::string_view id) {
    if (state_.has_stale_blobs() || state_.has_stale_artifacts()) state_.refresh();
    const TreeFile* const file = blobs().file(bucket.id, id);
    if (!file) return false;
    if (const Topic* topic = topic_of(file->path)) touch(topic->id);
    keep_artifact(file->path);
    state_.disk.remove(file->path);
    blobs().forget(bucket.id, id);
    state_.unsettle();
    state_.artifacts_changed();
    return true;
  }

 private:
  TreeBlobs& blobs() { return state_.collections.snapshot().blobs; }

  /// Throws `already_exists` if the path is a file that may not be replaced.
  void check_free(const std::string& path, bool overwrite) const {
    if (!overwrite && state_.disk.look(path) == Disk::Entry::file)
      throw Error(Errc::already_exists, "the file '" + path + "' already exists");
  }

  /// Pins the records of a video before one of its files changes, and marks all records as stale.
  void touch(const std::string& video) {
    if (!state_.location_of(video)) return;
    state_.pin(video);
    state_.records_changed();
  }

  /// The innermost topic whose folder contains the path, or null. The topic of the root counts only if no other does.
  [[nodiscard]] const Topic* topic_of(const std::string& path) const {
    const Topic* found = nullptr;
    for (const Topic& topic : state_.collections.snapshot().tree.topics)
      if ((topic.folder == "." || path.starts_with(topic.folder + "/")) &&
          (!found || found->folder == "." || topic.folder.size() > found->folder.size()))
        found = &topic;
    return found;
  }

  /// Logs all values of the record of a file that is about to be removed. Reads the file if its checksum is not known.
  void keep_artifact(const std::string& path) {
    const driver::CollectionSchema& schema = tree_collection("artifacts").schema();
    const ArtifactIndex::Owner* owner = state_.artifacts().owner(path);
    const driver::DocumentPtr record = owner ? state_.collections.table(schema).share(owner->id) : nullptr;
    if (!record) return;
    Overlay complete = overlay_of(schema, *record);
    if (const OverlayPtr present = state_.collections.overlay(schema.id, owner->id))
      if (const Override* precedence = present->find(overlay_key::precedence))
        complete.values[std::string(overlay_key::precedence)] = *precedence;
    const auto kept = std::make_shared<const Overlay>(std::move(complete));
    state_.log({{schema.id, kept}});
    state_.artifacts().add(*kept);
  }

  /// Whether a blob belongs to a video or scene in the log that has no folder yet, and no artifact names the blob.
  [[nodiscard]] bool is_waited_for(const std::string& bucket, const std::string& id) const {
    if (state_.artifacts().path(bucket, id)) return false;
    const auto is_of = [&](const std::string& record) {
      return std::ranges::any_of(role_buckets,
                                 [&](const RoleBucket& one) { return id == blob_id(one.prefix, record); });
    };
    for (const char* collection : {"videos", "scenes"})
      for (const auto& [id_of_record, record] : state_.collections.log().in(collection)) {
        const auto video = RecordChecks::video_of(collection, *record);
        if (video && !state_.location_of(*video) && is_of(record->id)) return true;
      }
    return false;
  }

  /// The path of a blob by the three rules above. Throws `invalid` if none applies.
  BlobTarget target_of(const std::string& bucket, const BlobInfo& info) const {
    const std::string& id = info.id.str();
    const LoadedTree& loaded = state_.collections.snapshot();
    if (const std::string* path = state_.artifacts().path(bucket, id)) return target_of_artifact(*path);
    if (const TreeFile* file = loaded.blobs.file(bucket, id))
      return {.path = file->path,
              .video = file->topic ? std::optional{loaded.tree.topics[*file->topic].id} : std::nullopt};
    std::optional<BlobTarget> target = target_of_record(bucket, id, driver::extension_of(info.name));
    if (!target)
      throw Error(Errc::invalid, "cannot determine the path of the blob '" + id + "' in bucket '" + bucket +
                                     "': create the artifact first whose bucket_id and blob_id name it");
    if (info.updated_at != Timestamp{}) target->modified = info.updated_at;
    return *std::move(target);
  }

  /// The file of an artifact, with the time and the video that its record has.
  BlobTarget target_of_artifact(const std::string& path) const {
    BlobTarget target{.path = path};
    const ArtifactIndex::Owner* owner = state_.artifacts().owner(path);
    const OverlayPtr artifact = owner ? state_.collections.overlay("artifacts", owner->id) : nullptr;
    if (!artifact) return target;
    target.modified = artifact->time("modified_at");
    target.video = artifact->text("video_id");
    return target;
  }

  /// The file that the pipeline uses for a blob of a video or scene: rule 3. Nothing if the bucket is `artifacts`, no
  /// record has the id, or its video has no folder. O(videos + scenes).
  ///
  /// - `extension`: that of the new file, without the dot
  std::optional<BlobTarget> target_of_record(const std::string& bucket, const std::string& id,
                                             const std::string& extension) const {
    const RoleBucket* const known = role_bucket(bucket);
    if (!known) return std::nullopt;
    if (known->role == Role::final_video || known->role == Role::subtitles) {
      for (const LegacyRow& row : state_.collections.rows("videos")) {
        const auto location = state_.location_of(row.id);
        if (location && id == blob_id(known->prefix, row.id))
          return BlobTarget{.path = PipelineFiles::combined(*location, extension), .video = row.id};
      }
    }
    if (known->role == Role::final_video) return std::nullopt;
    for (const LegacyRow& row : state_.collections.rows("scenes")) {
      if (id != blob_id(known->prefix, row.id)) continue;
      const std::string video = row.topic ? row.topic->id : row.overlay->text("video_id").value_or("");
      const int number = row.scene ? row.scene->number : RecordChecks::number_of(*row.overlay);
      const auto location = state_.location_of(video);
      if (!location) return std::nullopt;
      const bool is_source = known->role == Role::source_code;
      return BlobTarget{.path = is_source ? state_.files.next_source(*location, number)
                                          : state_.files.scene_media(*location, number, extension),
                        .video = video};
    }
    return std::nullopt;
  }

  WriteState& state_;
  RecordWriter& records_;
};

}  // namespace reel::legacy
