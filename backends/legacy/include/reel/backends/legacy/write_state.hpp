#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/backends/legacy/artifact_index.hpp>
#include <reel/backends/legacy/collections.hpp>
#include <reel/backends/legacy/disk.hpp>
#include <reel/backends/legacy/new_blobs.hpp>
#include <reel/backends/legacy/pipeline_files.hpp>
#include <reel/backends/legacy/pipeline_schema.hpp>

namespace reel::legacy {

/// What everything that writes to a tree shares. Not synchronised.
class WriteState {
 public:
  WriteState(Collections& opened, Disk& root, Variant variant) : collections(opened), disk(root), files(root, variant) {
    find_places();
  }

  Collections& collections;
  Disk& disk;
  PipelineFiles files;
  bool settled = true;                                ///< the log has nothing but what waits for files
  bool waiting = false;                               ///< it may have that
  bool records_stale = false;                         ///< files were changed that records are read from
  bool artifacts_stale = false, blobs_stale = false;  ///< likewise artifacts, blobs

  void files_changed() { artifacts_stale = blobs_stale = true; }

  /// The folder of a video; nothing for one that waits for its files.
  [[nodiscard]] std::optional<TopicPlace> place_of(std::string_view video) const {
    const auto found = places_.find(Id<void>{std::string(video)});
    return found == places_.end() ? std::nullopt : std::optional{found->second};
  }
  void place(const std::string& video, const TopicPlace& topic) { places_.insert_or_assign(Id<void>{video}, topic); }
  void forget_place(const std::string& video) { places_.erase(Id<void>{video}); }

  NewBlobs fresh;  ///< written since the tree was read

  [[nodiscard]] ArtifactIndex& artifacts() {
    if (!artifacts_) artifacts_.emplace(collections);
    return *artifacts_;
  }

  /// Writes to the log, and takes it as said.
  void log(const std::vector<LoggedRecord>& records) {
    if (broken_)
      throw Error(Errc::unavailable, "a write to the tree could be neither finished nor undone; open the tree again");
    log_lines(records);
  }

  /// A write could not be finished: the records say again what they said before. If not even that can be written,
  /// nothing is until the tree is opened again.
  void undo(const std::vector<LoggedRecord>& before) {
    broken_ = true;
    log_lines(before);
    broken_ = false;
    records_stale = artifacts_stale = blobs_stale = true;
  }

  /// Reads the tree again.
  void refresh() {
    std::unordered_map<std::string, File> written;
    std::unordered_map<std::string, std::string> sums;
    fresh.each([&](const NewBlobs::Entry& entry) {
      written.insert_or_assign(entry.file.path, entry.file);
      sums.insert_or_assign(entry.file.path, entry.info.md5);
    });
    collections.reload();
    Snapshot& now = collections.snapshot();
    for (FileIndex i = 0; i < now.tree.files.size() && !written.empty(); ++i) {
      const File& file = now.tree.files[i];
      const auto known = written.find(file.path);
      if (known != written.end() && known->second.size == file.size && known->second.modified_ns == file.modified_ns)
        now.blobs.recall(i, sums[file.path]);
    }
    fresh.clear();
    find_places();
    artifacts_.reset();
    records_stale = artifacts_stale = blobs_stale = false;
  }
  void forget_pins() { pinned_.clear(); }

  /// Makes sure that no record of a video changes when the files of another one do: the times of records, and what
  /// tells how far a video is, come from all of them.
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
    for (const LoggedRecord& record : records) RecordLog::append_line(lines, record);
    disk.append(std::string(record_log_name), lines);
    settled = false;
    for (const LoggedRecord& record : records) collections.say(record);
  }

  void find_places() {
    places_.clear();
    for (const Topic& topic : collections.snapshot().tree.topics) place(topic.id, {topic.folder, topic.prefix});
  }

  /// Texts that are a file of their own record stay where they are.
  static bool has_own_file(std::string_view attribute) {
    return attribute == "storyboard" || attribute == "technical_plan" || attribute == "generated_code" ||
           attribute == "error_message";
  }

  void pin(const std::string& collection, LegacyRow row, std::vector<LoggedRecord>& said) const {
    if (collections.log().find(collection, row.id)) return;
    row.overlay = collections.overlay(collection, row.id);
    const driver::CollectionSchema& schema = pipeline_schema(collection);
    const Snapshot& snapshot = collections.snapshot();
    const DocumentMaker maker(snapshot.tree, snapshot.blobs, schema);
    Overlay pinned = row.overlay ? *row.overlay : Overlay{};
    pinned.id = row.id;
    const auto keep = [&](const driver::AttributeSchema& attribute) {
      pinned.values[attribute.name] = {maker.value(row, attribute, Texts::read)};
    };
    for (const driver::AttributeSchema& attribute : schema.attributes)
      if (row.topic && (!row.scene || !has_own_file(attribute.name))) keep(attribute);
    for (const std::string_view key : {overlay_key::created_at, overlay_key::updated_at})
      keep({.name = std::string(key), .kind = driver::AttributeType::timestamp});
    said.push_back({collection, std::make_shared<const Overlay>(std::move(pinned))});
  }

  bool broken_ = false;
  std::unordered_map<Id<void>, TopicPlace> places_;  ///< by video
  std::unordered_set<std::string> pinned_;           ///< folders
  std::optional<ArtifactIndex> artifacts_;           ///< made when it is first asked for
};

}  // namespace reel::legacy
