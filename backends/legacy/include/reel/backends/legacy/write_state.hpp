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
#include <reel/backends/legacy/pipeline_files.hpp>

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

  /// The log contains nothing but records that wait for files.
  [[nodiscard]] bool is_settled() const { return settled_; }
  /// It may contain such records.
  [[nodiscard]] bool may_wait() const { return waiting_; }
  void settle(bool waiting) {
    settled_ = true;
    waiting_ = waiting;
    pinned_.clear();
  }
  void unsettle() { settled_ = false; }

  /// Whether files that the records of a collection, or blobs, come from have changed since the tree was read.
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
    const LoadedTree& snapshot = collections.snapshot();
    const DocumentMaker maker(snapshot.tree, snapshot.blobs, schema);
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
