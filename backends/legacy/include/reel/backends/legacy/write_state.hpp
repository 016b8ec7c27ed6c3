#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/backends/legacy/collections.hpp>
#include <reel/backends/legacy/disk.hpp>
#include <reel/backends/legacy/pipeline_files.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/id.hpp>
#include <reel/text/ascii.hpp>

namespace reel::legacy {

/// The artifacts of a tree by path, and the paths of blobs that an artifact names.
class ArtifactIndex {
 public:
  struct Owner {
    std::string id{};
    std::string path{};  ///< on disk
  };

  explicit ArtifactIndex(const Collections& collections) {
    const Tree& tree = collections.snapshot().tree;
    for (const TreeFile& file : tree.files) {
      if (file.role == Role::store) continue;
      add(Owner{artifact_id_of(tree, file.path), file.path});
    }
    for (const auto& [id, overlay] : collections.log().in("artifacts")) add(*overlay);
  }

  void add(const Overlay& artifact) {
    const auto path = artifact.text("path");
    if (!path || artifact.removed) return;
    const std::string on_disk = disk_path_or_same(*path);
    add(Owner{artifact.id, on_disk});
    by_blob_.insert_or_assign(key(artifact), on_disk);
  }
  void remove(const Overlay& artifact) {
    const std::string path = disk_path_or_same(artifact.text("path").value_or(""));
    const auto found = by_path_.find(text::lower_ascii(path));
    if (found != by_path_.end()) std::erase_if(found->second, [&](const Owner& one) { return one.path == path; });
    by_blob_.erase(key(artifact));
  }

  /// The artifact with this path on disk, else one whose path differs only in case, else null.
  [[nodiscard]] const Owner* owner(std::string_view path) const {
    const auto found = by_path_.find(text::lower_ascii(path));
    if (found == by_path_.end() || found->second.empty()) return nullptr;
    const auto same = std::ranges::find(found->second, path, &Owner::path);
    return same == found->second.end() ? &found->second.front() : &*same;
  }
  /// The path on disk of the artifact that names this blob, or null.
  [[nodiscard]] const std::string* path(std::string_view bucket, std::string_view blob) const {
    const auto found = by_blob_.find(key(bucket, blob));
    return found == by_blob_.end() ? nullptr : &found->second;
  }

 private:
  void add(Owner owner) {
    std::vector<Owner>& owners = by_path_[text::lower_ascii(owner.path)];
    if (std::ranges::find(owners, owner.path, &Owner::path) == owners.end()) owners.push_back(std::move(owner));
  }
  static std::string key(std::string_view bucket, std::string_view blob) {
    return std::string(bucket) + '\n' + text::lower_ascii(blob);
  }
  static std::string key(const Overlay& artifact) {
    return key(artifact.text("bucket_id").value_or(""), artifact.text("blob_id").value_or(""));
  }

  std::unordered_map<std::string, std::vector<Owner>> by_path_;  ///< by the path in lower case
  std::unordered_map<std::string, std::string> by_blob_;         ///< only of artifacts whose overlay is in the log
};

/// The state that all writers of a tree share. Not synchronised.
class WriteState {
 public:
  WriteState(Collections& opened, Disk& root, Variant variant) : collections(opened), disk(root), files(root, variant) {
    find_places();
  }

  Collections& collections;
  Disk& disk;
  PipelineFiles files;

  /// Whether the log contains only records that wait for files.
  [[nodiscard]] bool is_settled() const { return settled_; }
  /// Whether it may contain such records.
  [[nodiscard]] bool may_wait() const { return waiting_; }
  void settle(bool waiting) {
    settled_ = true;
    waiting_ = waiting;
    pinned_.clear();
  }
  void unsettle() { settled_ = false; }

  /// Whether the files of the records of a collection, or of blobs, have changed since the tree was read.
  [[nodiscard]] bool is_stale(std::string_view collection) const {
    return stale_.records || (stale_.artifacts && collection == "artifacts");
  }
  [[nodiscard]] bool has_stale_artifacts() const { return stale_.artifacts; }
  [[nodiscard]] bool has_stale_blobs() const { return stale_.blobs; }
  void records_changed() { stale_.records = true; }
  void artifacts_changed() { stale_.artifacts = true; }
  void files_changed() { stale_.artifacts = stale_.blobs = true; }

  /// The folder of a video; nothing for one that waits for its files.
  [[nodiscard]] std::optional<TopicPlace> place_of(std::string_view video) const {
    const auto found = places_.find(Id<void>{std::string(video)});
    return found == places_.end() ? std::nullopt : std::optional{found->second};
  }
  void place(const std::string& video, const TopicPlace& topic) { places_.insert_or_assign(Id<void>{video}, topic); }
  void forget_place(const std::string& video) { places_.erase(Id<void>{video}); }

  [[nodiscard]] ArtifactIndex& artifacts() {
    if (!artifacts_) artifacts_.emplace(collections);
    return *artifacts_;
  }

  /// Writes to the log, and makes the overlays current.
  void log(const std::vector<LoggedRecord>& records) {
    if (broken_)
      throw Error(Errc::unavailable, "a write to the tree could be neither finished nor undone; open the tree again");
    log_lines(records);
  }

  /// Restores the overlays after a write that could not be finished. If that cannot be logged either, every later write
  /// is `unavailable` until the tree is opened again.
  void undo(const std::vector<LoggedRecord>& before) {
    broken_ = true;
    log_lines(before);
    broken_ = false;
    stale_ = {true, true, true};
  }

  /// Reads the tree again.
  void refresh() {
    const std::shared_ptr<const LoadedTree> before = collections.share();
    collections.reload();
    collections.snapshot().blobs.recall(before->blobs);
    find_places();
    artifacts_.reset();
    stale_ = {};
  }

  /// Logs the current values of all records of a video, so that none of them changes with the files of another: the
  /// times of records and the status of a video are derived from all files.
  void pin(const std::string& video) {
    const auto place = place_of(video);
    if (!place || pinned_.contains(place->folder)) return;
    std::vector<LoggedRecord> said;
    for (const Topic& topic : collections.snapshot().tree.topics) {
      if (topic.folder != place->folder) continue;
      pin("videos", {.id = topic.id, .topic = &topic}, said);
      for (const Scene& scene : topic.scenes) pin("scenes", {.id = scene.id, .topic = &topic, .scene = &scene}, said);
    }
    if (!said.empty()) log(said);
    pinned_.insert(place->folder);
    for (const LoggedRecord& one : said) {
      if (auto* table = collections.opened(one.collection))
        if (const auto row = table->find(one.overlay->id)) table->row(*row).overlay = one.overlay;
    }
  }

 private:
  void log_lines(const std::vector<LoggedRecord>& records) {
    std::string lines;
    for (const LoggedRecord& record : records) append_log_line(lines, record);
    disk.append(std::string(record_log_name), lines);
    settled_ = false;
    for (const LoggedRecord& record : records) collections.say(record);
  }

  void find_places() {
    places_.clear();
    for (const Topic& topic : collections.snapshot().tree.topics) place(topic.id, {topic.folder, topic.prefix});
  }

  void pin(const std::string& collection, LegacyRow row, std::vector<LoggedRecord>& said) const {
    if (collections.log().find(collection, row.id)) return;
    row.overlay = collections.overlay(collection, row.id);
    const driver::CollectionSchema& schema = pipeline_schema(collection);
    const DocumentMaker maker = collections.maker(collection);
    Overlay pinned = row.overlay ? *row.overlay : Overlay{};
    pinned.id = row.id;
    const auto keep = [&](const driver::AttributeSchema& attribute) {
      pinned.values[attribute.name] = {maker.value(row, attribute, Texts::read)};
    };
    for (const driver::AttributeSchema& attribute : schema.attributes)
      if (row.topic && (!row.scene || !tree_attribute(collection, attribute.name).has_own_file())) keep(attribute);
    for (const std::string_view key : {overlay_key::created_at, overlay_key::updated_at}) keep(overlay_attribute(key));
    said.push_back({collection, std::make_shared<const Overlay>(std::move(pinned))});
  }

  /// The parts of the tree that have changed since it was read.
  struct Stale {
    bool records = false, artifacts = false, blobs = false;
  };

  bool settled_ = true, waiting_ = false, broken_ = false;
  Stale stale_{};
  std::unordered_map<Id<void>, TopicPlace> places_;  ///< by video
  std::unordered_set<std::string> pinned_;           ///< folders
  std::optional<ArtifactIndex> artifacts_;           ///< made when it is first asked for
};

}  // namespace reel::legacy
