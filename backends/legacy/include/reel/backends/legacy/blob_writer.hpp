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

/// Where a blob's bytes go, and the time their file gets.
struct BlobTarget {
  std::string path{};
  std::optional<Timestamp> modified{};
  std::optional<std::string> video{};  ///< whose records must not change when the file is written
};

/// A blob on its way into a tree.
struct IncomingBlob {
  IncomingBlob(Disk& disk, BlobTarget wanted) : target(std::move(wanted)), file(disk, target.path) {}

  BlobTarget target;
  Disk::Incoming file;
};

/// Writes and removes the blobs of the pipeline's buckets. The path of a blob is that of the artifact that names the
/// blob, or that of the pipeline's file for the record whose id the blob's id contains. Not synchronised, but for
/// `Disk::Incoming::receive`.
class BlobWriter {
 public:
  BlobWriter(WriteState& state, RecordWriter& records) : state_(state), records_(records) {}

  /// `invalid` if neither an artifact nor a record determines the path.
  std::unique_ptr<IncomingBlob> begin(const Bucket& bucket, const BlobInfo& info, bool overwrite) {
    if (!info.permissions.empty()) throw Error(Errc::unsupported, "the files of a legacy tree have no permissions");
    if (state_.has_stale_blobs()) state_.refresh();
    if (is_waited_for(bucket.id, info.id.str())) settle(state_, records_, Waiting::write);
    BlobTarget target = target_of(bucket.id, info);
    check_path(target.path);
    check_free(target.path, overwrite);
    return std::make_unique<IncomingBlob>(state_.disk, std::move(target));
  }

  BlobInfo finish(const Bucket& bucket, const BlobInfo& info, const driver::HashedSource& source,
                  IncomingBlob& incoming, bool overwrite) {
    const std::string& path = incoming.target.path;
    check_free(path, overwrite);
    if (incoming.target.video) touch(*incoming.target.video);
    if (!state_.artifacts().path(bucket.id, info.id.str())) state_.artifacts_changed();
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

  /// The record of the file, if there is one, stays.
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

  void check_free(const std::string& path, bool overwrite) const {
    if (!overwrite && state_.disk.look(path) == Disk::Entry::file)
      throw Error(Errc::already_exists, "there is a file '" + path + "' already");
  }

  /// The files of a video are about to change.
  void touch(const std::string& video) {
    if (!state_.place_of(video)) return;
    state_.pin(video);
    state_.records_changed();
  }

  [[nodiscard]] const Topic* topic_of(const std::string& path) const {
    const Topic* found = nullptr;
    for (const Topic& topic : state_.collections.snapshot().tree.topics)
      if ((topic.folder == "." || path.starts_with(topic.folder + "/")) &&
          (!found || found->folder == "." || topic.folder.size() > found->folder.size()))
        found = &topic;
    return found;
  }

  /// Logs all that the record of a file contains, because the file is about to be removed.
  void keep_artifact(const std::string& path) {
    const driver::CollectionSchema& schema = pipeline_schema("artifacts");
    const ArtifactIndex::Owner* owner = state_.artifacts().owner(path);
    const driver::DocumentPtr record = owner ? state_.collections.table(schema).share(owner->id) : nullptr;
    if (!record) return;
    const auto kept = std::make_shared<const Overlay>(overlay_of(schema, *record));
    state_.log({{schema.id, kept}});
    state_.artifacts().add(*kept);
  }

  /// Whether `id` is that of a blob of a record that waits for its files.
  [[nodiscard]] bool is_waited_for(const std::string& bucket, const std::string& id) const {
    if (state_.artifacts().path(bucket, id)) return false;
    const auto is_of = [&](const std::string& record) {
      return std::ranges::any_of(role_buckets,
                                 [&](const RoleBucket& one) { return id == blob_id(one.prefix, record); });
    };
    const OverlayMap& log = state_.collections.log();
    return std::ranges::any_of(
               log.in("videos"),
               [&](const auto& one) { return !state_.place_of(one.second->id) && is_of(one.second->id); }) ||
           std::ranges::any_of(log.in("scenes"), [&](const auto& one) {
             const auto video = one.second->text("video_id");
             return video && !state_.place_of(*video) && is_of(one.second->id);
           });
  }

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

  BlobTarget target_of_artifact(const std::string& path) const {
    BlobTarget target{.path = path};
    const ArtifactIndex::Owner* owner = state_.artifacts().owner(path);
    const OverlayPtr artifact = owner ? state_.collections.overlay("artifacts", owner->id) : nullptr;
    if (!artifact) return target;
    target.modified = artifact->time("modified_at");
    target.video = artifact->text("video_id");
    return target;
  }

  /// The file that the pipeline has for a blob of a video or scene.
  std::optional<BlobTarget> target_of_record(const std::string& bucket, const std::string& id,
                                             const std::string& extension) const {
    const RoleBucket* const known = role_bucket(bucket);
    if (!known) return std::nullopt;
    if (known->role == Role::final_video || known->role == Role::subtitles) {
      for (const LegacyRow& row : state_.collections.rows("videos")) {
        const auto place = state_.place_of(row.id);
        if (place && id == blob_id(known->prefix, row.id))
          return BlobTarget{.path = PipelineFiles::combined(*place, extension), .video = row.id};
      }
    }
    if (known->role == Role::final_video) return std::nullopt;
    for (const LegacyRow& row : state_.collections.rows("scenes")) {
      if (id != blob_id(known->prefix, row.id)) continue;
      const std::string video = row.topic ? row.topic->id : row.overlay->text("video_id").value_or("");
      const int number = row.scene ? row.scene->number : RecordWriter::number_of(*row.overlay);
      const auto place = state_.place_of(video);
      if (!place) return std::nullopt;
      const bool is_source = known->role == Role::source_code;
      return BlobTarget{.path = is_source ? state_.files.next_source(*place, number)
                                          : state_.files.scene_media(*place, number, extension),
                        .video = video};
    }
    return std::nullopt;
  }

  WriteState& state_;
  RecordWriter& records_;
};

}  // namespace reel::legacy
