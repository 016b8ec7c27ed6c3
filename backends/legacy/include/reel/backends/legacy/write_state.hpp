#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
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

/// The artifacts of a tree by path, and the paths of blobs that an artifact in the log, or one with a precedence,
/// names. Built from the tree and the log in O(files), and kept current by the writers until the tree is read again.
/// Paths are compared without case where that matters, because a file system may not distinguish it.
class ArtifactIndex {
 public:
  struct Owner {
    std::string id{};
    std::string path{};           ///< on disk
    std::int64_t precedence = 0;  ///< see `overlay_key`
  };

  /// Adds all files of the tree except those of this library, then the artifacts in the log.
  explicit ArtifactIndex(const Collections& collections) {
    const LoadedTree& loaded = collections.snapshot();
    for (FileIndex i = 0; i < loaded.tree.files.size(); ++i) {
      const TreeFile& file = loaded.tree.files[i];
      if (file.role == Role::store) continue;
      const TreeBlobs::Address& address = loaded.blobs.address_of(i);
      const Owner owner{artifact_id_of(loaded.tree, file.path), file.path, address.precedence};
      add(by_path_, text::lower_ascii(file.path), owner);
      if (address.precedence != 0) add(by_blob_, key(address.bucket, address.id), owner);
    }
    for (const auto& [id, overlay] : collections.log().in("artifacts")) add(*overlay);
  }

  /// Adds an artifact that was written. A removed one, or one without a path, is ignored.
  void add(const Overlay& artifact) {
    const auto path = artifact.text("path");
    if (!path || artifact.removed) return;
    const Owner owner{artifact.id, disk_path_or_same(*path), artifact.integer(overlay_key::precedence).value_or(0)};
    add(by_path_, text::lower_ascii(owner.path), owner);
    add(by_blob_, key(artifact), owner);
  }
  /// Removes an artifact; does nothing if it is not indexed. `artifact` needs its path, bucket and blob.
  void remove(const Overlay& artifact) {
    const std::string path = disk_path_or_same(artifact.text("path").value_or(""));
    remove(by_path_, text::lower_ascii(path), path);
    remove(by_blob_, key(artifact), path);
  }

  /// The artifact with this path on disk, otherwise one whose path differs only in case, otherwise null. Valid until
  /// the index changes.
  [[nodiscard]] const Owner* owner(std::string_view path) const {
    const auto found = by_path_.find(text::lower_ascii(path));
    if (found == by_path_.end() || found->second.empty()) return nullptr;
    const auto same = std::ranges::find(found->second, path, &Owner::path);
    return same == found->second.end() ? &found->second.front() : &*same;
  }
  /// The path on disk of the artifact that names this blob, or null. Of several, that of the highest precedence, and of
  /// equal ones the first path. Valid until the index changes.
  [[nodiscard]] const std::string* path(std::string_view bucket, std::string_view blob) const {
    const auto found = by_blob_.find(key(bucket, blob));
    if (found == by_blob_.end() || found->second.empty()) return nullptr;
    const auto precedes = [](const Owner& one, const Owner& other) {
      return std::tie(other.precedence, one.path) < std::tie(one.precedence, other.path);
    };
    return &std::ranges::min_element(found->second, precedes)->path;
  }
  /// The precedence for an artifact that begins to name a blob which another one has.
  [[nodiscard]] std::int64_t next_precedence() const { return last_precedence_ + 1; }

 private:
  using Owners = std::unordered_map<std::string, std::vector<Owner>>;

  /// Adds an artifact, or replaces the one with its path.
  void add(Owners& owners, const std::string& key, const Owner& owner) {
    last_precedence_ = std::max(last_precedence_, owner.precedence);
    remove(owners, key, owner.path);
    owners[key].push_back(owner);
  }
  static void remove(Owners& owners, const std::string& key, const std::string& path) {
    if (const auto found = owners.find(key); found != owners.end())
      std::erase_if(found->second, [&](const Owner& one) { return one.path == path; });
  }
  static std::string key(std::string_view bucket, std::string_view blob) {
    return std::string(bucket) + '\n' + text::lower_ascii(blob);
  }
  static std::string key(const Overlay& artifact) {
    return key(artifact.text("bucket_id").value_or(""), artifact.text("blob_id").value_or(""));
  }

  Owners by_path_;  ///< by the path in lower case
  Owners by_blob_;
  std::int64_t last_precedence_ = 0;
};

/// The state that all writers of a tree share: what the log contains, which parts of the tree that was read are out of
/// date, and where the folders of videos are.
///
/// Not synchronized: used under the exclusive lock of `Store::Opened::mutex`, except for `is_stale` and
/// `has_stale_blobs`, which need the shared lock.
///
/// The order of every write of a record: `pin` the records whose derived values the write may change, `log` the record,
/// change the files, mark the affected parts as stale. The line in the log acknowledges the write. Every earlier line
/// has its files, so a program that ends midway leaves at most the last line to finish (`TreeWriter::recover`).
class WriteState {
 public:
  /// `opened`, which has read the tree, and `root` must outlive this.
  WriteState(Collections& opened, Disk& root, Variant variant) : collections(opened), disk(root), files(root, variant) {
    find_locations();
  }

  Collections& collections;
  Disk& disk;
  PipelineFiles files;

  /// Whether the log contains only records that wait for files.
  [[nodiscard]] bool is_settled() const { return settled_; }
  /// Whether it may contain such records.
  [[nodiscard]] bool may_wait() const { return waiting_; }
  /// Called when the log was rewritten. `waiting`: it contains records without files.
  void settle(bool waiting) {
    settled_ = true;
    waiting_ = waiting;
    ends_in_removal_ = false;
    pinned_.clear();
  }
  /// Called when files changed without a line in the log.
  void unsettle() { settled_ = false; }

  /// Whether the tree must be read again (`refresh`) before a collection, or blobs, can be used. `artifacts` depends on
  /// every file; the other collections only if `records_changed` was called. `has_stale_artifacts` and
  /// `has_stale_blobs` are the same for artifacts and blobs.
  [[nodiscard]] bool is_stale(std::string_view collection) const {
    return stale_.records || (stale_.artifacts && collection == "artifacts");
  }
  [[nodiscard]] bool has_stale_artifacts() const { return stale_.artifacts; }
  [[nodiscard]] bool has_stale_blobs() const { return stale_.blobs; }
  /// Marks the values of records that are derived from several files as stale, `artifacts_changed` the list of
  /// artifacts, `blobs_changed` the blobs, `files_changed` both.
  void records_changed() { stale_.records = true; }
  void artifacts_changed() { stale_.artifacts = true; }
  void blobs_changed() { stale_.blobs = true; }
  void files_changed() { stale_.artifacts = stale_.blobs = true; }

  /// The folder of a video; nothing for a video that waits for its files or does not exist.
  [[nodiscard]] std::optional<TopicLocation> location_of(std::string_view video) const {
    const auto found = locations_.find(Id<void>{std::string(video)});
    return found == locations_.end() ? std::nullopt : std::optional{found->second};
  }
  /// Records the folder of a video that was created since the tree was read.
  void add_location(const std::string& video, const TopicLocation& topic) {
    locations_.insert_or_assign(Id<void>{video}, topic);
  }
  void forget_location(const std::string& video) { locations_.erase(Id<void>{video}); }

  /// The index of artifacts, built on first use after each reading of the tree.
  [[nodiscard]] ArtifactIndex& artifacts() {
    if (!artifacts_) artifacts_.emplace(collections);
    return *artifacts_;
  }

  /// The precedence of an artifact that begins to name its blob; 0 if no other one has the blob.
  [[nodiscard]] std::int64_t precedence_of(const Overlay& artifact) {
    const std::string bucket = artifact.text("bucket_id").value_or(""), blob = artifact.text("blob_id").value_or("");
    if (blob.empty()) return 0;
    const std::string own = disk_path_or_same(artifact.text("path").value_or(""));
    const std::string* const named = artifacts().path(bucket, blob);
    if (named && *named != own) return artifacts().next_precedence();
    const TreeFile* const file = collections.snapshot().blobs.file(bucket, blob);
    const ArtifactIndex::Owner* const owner = file && file->path != own ? artifacts().owner(file->path) : nullptr;
    // One in the log would be `named`, unless it has another blob by now.
    return owner && !collections.log().find("artifacts", owner->id) ? artifacts().next_precedence() : 0;
  }

  /// Appends records to the log as one line, synced if the tree is durable, and then makes their overlays current.
  /// Throws the error of the file system if the log cannot be written; then nothing has changed. Throws `unavailable`
  /// after an `undo` that failed, and after an append that left an incomplete line.
  void log(const std::vector<LoggedRecord>& records) {
    if (broken_)
      throw Error(Errc::unavailable, "a write to the tree could be neither finished nor undone; open the tree again");
    log_lines(records);
  }

  /// Called before a blob gets its file, which has no line in the log: a program that ends later must not repeat a
  /// removal in the last line, because the file may be at a path from which that removal removed another one. Appends a
  /// line without records if necessary.
  void finish_removal() {
    if (ends_in_removal_) log({});
  }

  /// Restores the overlays after a write whose files could not be written, by logging the earlier ones. All parts of
  /// the tree become stale. If the log cannot be written either, memory and disk differ: every later write is
  /// `unavailable` until the tree is opened again.
  void undo(const std::vector<LoggedRecord>& before) {
    broken_ = true;
    log_lines(before);
    broken_ = false;
    stale_ = {true, true, true};
  }

  /// Reads the tree again, and takes over the checksums of files that have not changed. Costs a walk over the tree.
  /// Readers that hold the earlier `LoadedTree` keep it.
  void refresh() {
    const std::shared_ptr<const LoadedTree> before = collections.share();
    collections.reload();
    collections.snapshot().blobs.recall(before->blobs);
    note_reading();
  }

  /// The same for a tree that is watched. Does nothing if the tree is as it was read.
  void refresh_changed() {
    if (collections.reload_changed(ChangedFolders::everything(), false)) note_reading();
  }

  /// Logs the current values of all records of a video before the first of its files changes. The times of records and
  /// the status of a video are derived from all files of the topic, so that writing one record would change others.
  ///
  /// Values that have a file of their record alone are not pinned. Does nothing for a video that waits, or that was
  /// pinned since the tree was last settled. Reads the outline for each scene.
  void pin(const std::string& video) {
    const auto location = location_of(video);
    if (!location || pinned_.contains(location->folder)) return;
    std::vector<LoggedRecord> lines;
    for (const Topic& topic : collections.snapshot().tree.topics) {
      if (topic.folder != location->folder) continue;
      pin("videos", {.id = topic.id, .topic = &topic}, lines);
      for (const Scene& scene : topic.scenes) pin("scenes", {.id = scene.id, .topic = &topic, .scene = &scene}, lines);
    }
    if (!lines.empty()) log(lines);
    pinned_.insert(location->folder);
    for (const LoggedRecord& one : lines) {
      if (auto* table = collections.opened(one.collection))
        if (const auto row = table->find(one.overlay->id)) table->row(*row).overlay = one.overlay;
    }
  }

 private:
  /// `log` without the check for a failed `undo`.
  void log_lines(const std::vector<LoggedRecord>& records) {
    std::string line;
    append_log_line(line, records);
    disk.append(std::string(record_log_name), line, broken_);
    settled_ = false;
    ends_in_removal_ = std::ranges::any_of(records, [](const auto& record) { return record.overlay->removed; });
    for (const LoggedRecord& record : records) collections.replace_overlay(record);
  }

  /// Brings the rest up to date after the tree was read.
  void note_reading() {
    find_locations();
    artifacts_.reset();
    stale_ = {};
  }

  void find_locations() {
    locations_.clear();
    for (const Topic& topic : collections.snapshot().tree.topics) add_location(topic.id, {topic.folder, topic.prefix});
  }

  /// Adds the line of one record to `lines`, unless the log has the record already.
  ///
  /// - `row`: id, topic and scene of the record
  void pin(const std::string& collection, LegacyRow row, std::vector<LoggedRecord>& lines) const {
    if (collections.log().find(collection, row.id)) return;
    row.overlay = collections.overlay(collection, row.id);
    const TreeCollection& known = tree_collection(collection);
    const DocumentMaker maker = collections.maker(collection);
    Overlay pinned = row.overlay ? *row.overlay : Overlay{};
    pinned.id = row.id;
    const auto keep = [&](const driver::AttributeSchema& attribute) {
      pinned.values[attribute.name] = {maker.value(row, attribute, Texts::read)};
    };
    for (const driver::AttributeSchema& attribute : known.schema().attributes)
      if (row.topic && (!row.scene || !tree_attribute(known, attribute.name).has_own_file())) keep(attribute);
    for (const std::string_view key : {overlay_key::created_at, overlay_key::updated_at}) keep(overlay_attribute(key));
    lines.push_back({collection, std::make_shared<const Overlay>(std::move(pinned))});
  }

  /// The parts of the tree that have changed since it was read.
  struct Stale {
    bool records = false, artifacts = false, blobs = false;
  };

  bool settled_ = true, waiting_ = false, broken_ = false;
  bool ends_in_removal_ = false;  ///< whether the last line of the log removes records
  Stale stale_{};
  std::unordered_map<Id<void>, TopicLocation> locations_;  ///< by video
  std::unordered_set<std::string> pinned_;                 ///< folders
  std::optional<ArtifactIndex> artifacts_;                 ///< built on first use
};

}  // namespace reel::legacy
