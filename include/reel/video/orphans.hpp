#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/video/artifact.hpp>
#include <reel/video/buckets.hpp>
#include <reel/video/event.hpp>
#include <reel/video/location.hpp>
#include <reel/video/move.hpp>
#include <reel/video/queue_entry.hpp>
#include <reel/video/rows.hpp>

namespace reel::video {

/// A record whose video does not exist, or a blob that no record refers to. A program that ends within a call of
/// `Catalog` leaves some, and a program within such a call is about to use some. An orphan does no harm.
struct Orphan {
  std::string container{};  ///< the collection or bucket
  std::string id{};         ///< of the record or blob
  std::string reason{};     ///< a sentence

  /// Compares all members.
  friend bool operator==(const Orphan&, const Orphan&) = default;
};

namespace detail {

/// The blobs that records refer to, as bucket and id in lower case.
class KnownBlobs {
 public:
  void add(const std::string& bucket, const std::string& blob) { known_.emplace(bucket, text::lower_ascii(blob)); }
  /// The blob of an address in a record. `bucket`: that of the attribute.
  void add(const Bucket& bucket, const std::optional<std::string>& address) {
    if (!address) return;
    const FileLocation location = file_location(*address);
    if (!location.blob.empty()) add(location.bucket.empty() ? bucket.id : location.bucket, location.blob);
  }
  [[nodiscard]] bool contains(const std::string& bucket, const std::string& blob) const {
    return known_.contains({bucket, text::lower_ascii(blob)});
  }

 private:
  std::set<std::pair<std::string, std::string>> known_{};
};

/// Calls `look` with each record or blob of a range. A collection or bucket that was not set up is empty.
template <class Container, class F>
void each_of(const Container& container, F&& look) {
  try {
    for (const auto& item : container.all()) look(item);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
  }
}

/// As above, for the collection of a row. Names of states that the enums lack are read too; `look` may see a record
/// twice.
template <class Row, class AnyRow, class Backend, class F>
void each_row(Backend& backend, F&& look) {
  try {
    tolerantly<Row, AnyRow>(RowView<Row, Backend>(backend), [&](const auto& rows) {
      for (const auto& row : rows.all()) look(row);
    });
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
  }
}

}  // namespace detail

/// The orphans of a store. A video or file that another program creates at the same time may be among them. Requests:
/// the pages of all records of the pipeline but `agent_memory`, and of all blobs. Memory: the ids of all videos,
/// scenes and blobs. Records of older programs are read as by `Catalog`; throws `corrupt` for one that cannot be read.
template <class Backend>
requires RecordBackend<Backend> && BlobBackend<Backend>
[[nodiscard]] std::vector<Orphan> orphans(Backend& backend) {
  std::vector<Orphan> found;
  std::set<Id<Video>> videos;
  detail::KnownBlobs blobs;
  const auto check = [&](const char* container, const std::string& id, const std::string& video) {
    if (!videos.contains(Id<Video>{video}))
      found.push_back({container, id, "its video '" + video + "' does not exist"});
  };
  detail::each_row<VideoRow, VideoRowOf<std::string>>(backend, [&](const auto& video) {
    videos.emplace(video.id.str());
    blobs.add(final_videos(), video.value.combined_video_url);
    blobs.add(subtitles(), video.value.subtitles_url);
  });
  std::map<std::string, std::string> scenes;  // and their videos
  detail::each_row<SceneRow, SceneRowOf<std::string>>(backend, [&](const auto& scene) {
    scenes.emplace(scene.id.str(), scene.value.video_id ? scene.value.video_id->str() : "");
    blobs.add(scene_videos(), scene.value.video_url);
    blobs.add(source_code(), scene.value.code_url);
  });
  for (const auto& [scene, video] : scenes) check("scenes", scene, video);
  detail::each_of(records<Artifact>(backend), [&](const Record<Artifact>& artifact) {
    if (artifact.value.video_id) check("artifacts", artifact.id.str(), artifact.value.video_id->str());
    blobs.add(artifact.value.bucket_id, artifact.value.blob_id);
  });
  detail::each_of(records<Event>(backend),
                  [&](const Record<Event>& event) { check("video_events", event.id.str(), event.value.video_id); });
  detail::each_of(records<QueueEntry>(backend),
                  [&](const Record<QueueEntry>& entry) { check("video_queue", entry.id.str(), entry.id.str()); });
  for (const Bucket& bucket : buckets()) {
    detail::each_of(BlobStore<Backend>(backend, bucket), [&](const BlobInfo& blob) {
      if (!blobs.contains(bucket.id, blob.id.str()))
        found.push_back({bucket.id, blob.id.str(), "no record refers to it"});
    });
  }
  return found;
}

}  // namespace reel::video
