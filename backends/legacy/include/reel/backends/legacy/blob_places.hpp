#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/disk.hpp>
#include <reel/backends/legacy/record_writer.hpp>
#include <reel/blob.hpp>
#include <reel/driver/content_type.hpp>

namespace reel::legacy {

/// Where a blob's bytes go, and the time their file gets.
struct BlobTarget {
  std::string path{};
  std::optional<Timestamp> modified{};
  std::optional<std::string> video{};  ///< whose records must not change when the file comes
};

/// A blob on its way into a tree. Without `commit`, its destructor removes all that it wrote.
class IncomingBlob {
 public:
  IncomingBlob(Disk& disk, BlobTarget wanted) : target(std::move(wanted)), file_(disk, target.path) {}

  /// All of it. Exceptions of the source pass through.
  void receive(driver::HashedSource& source) {
    std::vector<std::byte> piece(static_cast<std::size_t>(256 * KiB));
    while (const std::size_t n = source.read(piece)) file_.write(std::span(piece).first(n));
  }
  /// Returns the file's state.
  driver::FileStatus commit() { return file_.commit(target.modified); }

  const BlobTarget target;

 private:
  Disk::Incoming file_;
};

/// Finds the file of a blob: that of the artifact that names the blob, or that which the pipeline has for the record
/// that the blob's id is made of.
class BlobPlaces {
 public:
  explicit BlobPlaces(WriteState& state) : state_(state) {}

  /// `invalid` if nothing tells.
  BlobTarget find(const std::string& bucket, const BlobInfo& info) {
    const std::string& id = info.id.str();
    if (const std::string* path = state_.artifacts().path(bucket, id)) return by_artifact(*path);
    if (const TreeFile* there = state_.collections.snapshot().blobs.file(bucket, id)) return by_file(*there);
    if (auto target = canonical(bucket, id, driver::extension_of(info.name))) {
      if (info.updated_at != Timestamp{}) target->modified = info.updated_at;
      return *target;
    }
    throw Error(Errc::invalid, "nothing tells the path of the blob '" + id + "' in bucket '" + bucket +
                                   "': create the artifact first whose bucket_id and blob_id name it");
  }

  /// Whether `id` is that of a record's blob, of a record that waits for its files.
  [[nodiscard]] bool is_waited_for(const std::string& bucket, const std::string& id) const {
    if (state_.artifacts().path(bucket, id)) return false;
    for (const auto& [own, overlay] : state_.collections.log().in("videos"))
      if (!state_.place_of(overlay->id) && is_of(id, overlay->id)) return true;
    for (const auto& [own, overlay] : state_.collections.log().in("scenes")) {
      const auto video = overlay->text("video_id");
      if (video && !state_.place_of(*video) && is_of(id, overlay->id)) return true;
    }
    return false;
  }

 private:
  static bool is_of(const std::string& blob, const std::string& record) {
    return std::ranges::any_of(role_buckets,
                               [&](const RoleBucket& one) { return blob == blob_id(one.prefix, record); });
  }

  BlobTarget by_file(const TreeFile& file) const {
    const std::vector<Topic>& topics = state_.collections.snapshot().tree.topics;
    return {.path = file.path, .video = file.topic ? std::optional{topics[*file.topic].id} : std::nullopt};
  }

  BlobTarget by_artifact(const std::string& path) const {
    BlobTarget target{.path = path};
    const ArtifactIndex::Owner* owner = state_.artifacts().owner(path);
    const OverlayPtr artifact = owner ? state_.collections.overlay("artifacts", owner->id) : nullptr;
    if (!artifact) return target;
    const Override* modified = artifact->find("modified_at");
    if (modified && !modified->value.is_null()) target.modified = time_of(modified->value);
    target.video = artifact->text("video_id");
    return target;
  }

  std::optional<BlobTarget> canonical(const std::string& bucket, const std::string& id, const std::string& extension) {
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
      const PipelineFiles& files = state_.files;
      return BlobTarget{.path = known->role == Role::source_code ? files.next_source(*place, number)
                                                                 : files.scene_media(*place, number, extension),
                        .video = video};
    }
    return std::nullopt;
  }

  WriteState& state_;
};

}  // namespace reel::legacy
