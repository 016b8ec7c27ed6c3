#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/backends/legacy/record_writer.hpp>
#include <reel/backends/legacy/tree_collections.hpp>

namespace reel::legacy {

/// How to treat records that wait for their files. `keep`: they continue to wait, because an interrupted copy may be
/// resumed. `write`: no more artifacts are expected, so these records get files.
enum class Waiting { keep, write };

/// One run that empties the log: values that differ from those of the files go to the sidecar of the topic, values that
/// the files contain are dropped, and records without files or outside of topics stay in the log. overlay.hpp draws it.
///
/// Sidecars are written before the log is replaced. A program that ends in between leaves a log that still has every
/// value and takes precedence over the sidecars, so the next run repeats the work. Used once, under the lock of the
/// writer.
class Settling {
 public:
  Settling(WriteState& state, RecordWriter& writer) : state_(state), writer_(writer) {}

  /// Settles the tree. Reads the tree again before each step whose input is the files that the step before created: two
  /// to four walks. Reads every text file that belongs to a record with an overlay. Throws `forbidden` or `unavailable`
  /// if a file cannot be written or read.
  void run(Waiting waiting) {
    collections().forget_removals();
    state_.refresh();
    if (make_folders()) state_.refresh();
    if (waiting == Waiting::write && write_waiting()) state_.refresh();
    for (const TreeCollection& collection : tree_collections) sort_out(std::string(collection.id));
    write_sidecars();
    write_log();
    state_.settle(!left_.empty());
    state_.refresh();
  }

 private:
  using Ids = std::unordered_set<Id<void>>;

  Collections& collections() { return state_.collections; }
  const Tree& tree() { return state_.collections.snapshot().tree; }

  /// Creates the empty folders that artifacts describe, with their times. Returns whether it created any.
  bool make_folders() {
    bool any = false;
    for (const LegacyRow& row : collections().rows("artifacts")) {
      if (row.file || !row.overlay || row.overlay->text("kind") != to_string(FileKind::empty_folder)) continue;
      const std::string path = disk_path_or_same(row.overlay->text("path").value_or(""));
      if (state_.disk.look(path) != Disk::Entry::none) continue;
      any |= is_written([&] { state_.disk.make_folder(path, row.overlay->time("modified_at")); });
    }
    return any;
  }

  /// Writes files of a record that waits. Returns false if the record must continue to wait, because its files are
  /// `invalid` or `already_exists`: its topic yields no folder name, or a file is where it needs a folder. Other errors
  /// propagate.
  template <class Write>
  static bool is_written(Write&& write) {
    try {
      write();
      return true;
    } catch (const Error& error) {
      if (error.code() == Errc::invalid || error.code() == Errc::already_exists) return false;
      throw;
    }
  }

  /// Fills `owners_`.
  void find_owners() {
    const auto add = [this](const std::string& path, const std::string& video) {
      owners_[path.substr(0, path.find('/'))].emplace(video);
    };
    std::unordered_set<std::string> paths;  // of artifacts in the log
    for_each_artifact(collections().log(), [&](const std::string& path, const Overlay& artifact) {
      paths.insert(path);
      add(path, artifact.text("video_id").value_or(""));
    });
    for (const Topic& topic : tree().topics) add(topic.folder, topic.id);
    for (const TreeFile& file : tree().files) {
      const bool is_empty_folder = file.type == EntryType::folder && file.role == Role::artifact;
      if (paths.contains(file.path) || (is_empty_folder && !file.topic)) continue;
      add(file.path, file.topic ? tree().topics[*file.topic].id : "");
    }
  }

  /// Whether a video may have the folder of its topic: nothing in it belongs to another video or to none. Files of the
  /// video itself may be there, as long as they do not make the folder a topic. From then on the folder is the video's.
  bool claim_folder(const Overlay& video) {
    Ids& owners = owners_[writer_.checks().folder_of(video)];
    owners.emplace(video.id);
    return owners.size() == 1;
  }

  /// Writes the files of records that have none, unless an artifact names a file that has not arrived yet: its video
  /// and scene still wait. Videos come before scenes, which need the folder of their video. Returns whether any file
  /// was written.
  bool write_waiting() {
    Ids expected;  // videos and scenes with artifacts whose files have not come
    for (const LegacyRow& row : collections().rows("artifacts")) {
      if (row.file || !row.overlay) continue;
      for (const char* owner : {"video_id", "scene_id"}) expected.emplace(row.overlay->text(owner).value_or(""));
    }
    find_owners();
    bool any = false;
    for (const char* collection : {"videos", "scenes"}) {
      for (const LegacyRow& row : collections().rows(collection)) {
        if (row.has_files() || expected.contains(Id<void>{row.id})) continue;
        const Overlay& record = *row.overlay;
        any |= collection == std::string_view("videos") ? write_video(record) : write_scene(record);
      }
    }
    return any;
  }

  /// Writes the files of a video, which the log already contains. Returns false if it continues to wait; `write_scene`
  /// is the same for a scene.
  bool write_video(const Overlay& record) {
    bool has_folder = false;
    return is_written([&] {
             has_folder = claim_folder(record);
             if (has_folder) writer_.write_files("videos", Overlay{}, record);
           }) &&
           has_folder;
  }
  bool write_scene(const Overlay& record) {
    const auto video = record.text("video_id");
    const auto location = video ? state_.location_of(*video) : std::nullopt;
    if (!location) return false;
    return is_written([&] {
      const int number = RecordChecks::number_of(record);
      if (record.id == scene_id(location->folder, number))  // the folder was all it had
        return state_.disk.make_folder(PipelineFiles::in_scene(*location, number, ""));
      writer_.checks().check_new_scene(record);
      state_.pin(*video);
      writer_.write_files("scenes", Overlay{}, record);
    });
  }

  /// Determines the new overlay of each record of a collection, and whether it goes to a sidecar or stays in the log.
  /// The removal of a fix stays in the log: the files from which the fix is derived remain.
  void sort_out(const std::string& collection) {
    const std::vector<LegacyRow> rows = collections().rows(collection);
    const Ids in_order = in_order_of_files(collection, rows);
    for (const LegacyRow& row : rows) {
      if (!row.overlay) continue;
      if (!row.has_files()) {
        left_.push_back({collection, row.overlay});
        continue;
      }
      Overlay rest = difference(collection, row);
      if (in_order.contains(Id<void>{row.id})) rest.values.erase(std::string(overlay_key::sequence));
      if (row.id == own_id(row)) rest.id.clear();
      if (!rest.values.empty() || !rest.id.empty()) keep(collection, row, std::move(rest));
    }
    if (collection != "agent_memory") return;
    for (const auto& [id, overlay] : collections().log().in(collection))
      if (overlay->removed && find_fix(tree(), overlay->id)) left_.push_back({collection, overlay});
  }

  /// The records whose position in the order of insertion is that of their files in the tree. Their sequences need not
  /// be stored.
  ///
  /// Records with files and without a stored sequence come first (`Collections::rows`). After the last of these, a
  /// sequence is superfluous as long as the files are in the same order, up to the first record without files.
  Ids in_order_of_files(const std::string& collection, const std::vector<LegacyRow>& rows) {
    std::unordered_map<Id<void>, std::size_t> positions;
    for (const LegacyRow& row : collections().rows_of_files(collection)) positions.emplace(row.id, positions.size());
    const auto has_sequence = [](const LegacyRow& row) {
      return row.overlay && row.overlay->find(overlay_key::sequence);
    };
    std::size_t last = 0;
    for (const LegacyRow& row : rows)
      if (row.has_files() && !has_sequence(row)) last = std::max(last, positions.at(Id<void>{row.id}) + 1);
    Ids in_order;
    for (const LegacyRow& row : rows) {
      if (row.has_files() && !has_sequence(row)) continue;
      if (!row.has_files()) break;  // those after it must stay after it
      const std::size_t position = positions.at(Id<void>{row.id}) + 1;
      if (position <= last) break;
      last = position;
      in_order.emplace(row.id);
    }
    return in_order;
  }

  /// The id that the record has without an overlay.
  std::string own_id(const LegacyRow& row) {
    if (row.scene) return scene_id(row.topic->folder, row.scene->number);
    if (row.topic) return row.topic->own_id;
    return row.fix ? row.fix->id : artifact_id(tree().files[*row.file].path);
  }

  /// The values of a record's overlay that differ from those derived from its files. Drops overrides whose `instead_of`
  /// no longer matches: another program has changed the file since, and the file takes precedence. Null equals the
  /// default of the attribute. An entry of an attribute that `lasts` gets no fingerprint.
  Overlay difference(const std::string& collection, const LegacyRow& row) {
    const TreeCollection& known = tree_collection(collection);
    const driver::CollectionSchema& schema = known.schema();
    const DocumentMaker maker = collections().maker(collection);
    Overlay rest{.id = row.id};
    for (const auto& [name, entry] : row.overlay->values) {
      const auto position = schema.position(name);
      const driver::AttributeSchema attribute =
          position ? schema.attributes[static_cast<std::size_t>(*position)] : overlay_attribute(name);
      if (name == overlay_key::sequence || name == overlay_key::precedence) {
        rest.values[name] = entry;
        continue;
      }
      const driver::Value derived = maker.derived(row, attribute, Texts::read);
      if (!entry.instead_of.empty() && fingerprint(derived) != entry.instead_of) continue;
      const driver::Value wanted = fitted(attribute, entry.value);
      if (json_of(wanted) == json_of(derived.is_null() ? driver::absent_value(attribute) : derived)) continue;
      rest.values[name] = {wanted, tree_attribute(known, name).lasts ? "" : fingerprint(derived)};
    }
    return rest;
  }

  /// Stores an overlay in the sidecar of its topic. A record outside of topics has no sidecar and stays in the log,
  /// with its id and path, which a sidecar would have in its key.
  void keep(const std::string& collection, const LegacyRow& row, Overlay rest) {
    const auto topic = row.topic  ? std::optional{static_cast<std::size_t>(row.topic - tree().topics.data())}
                       : row.file ? tree().files[*row.file].topic
                                  : std::nullopt;
    if (!topic) {
      if (rest.id.empty()) rest.id = row.id;
      if (row.file) rest.values.try_emplace("path", Override{driver::Value{record_path(tree().files[*row.file].path)}});
      left_.push_back({collection, std::make_shared<const Overlay>(std::move(rest))});
    } else {
      sidecars_[*topic].insert_or_assign(key_of(row), std::move(rest));
    }
  }

  /// The key of a record in the sidecar of its topic.
  std::string key_of(const LegacyRow& row) {
    if (row.scene) return std::string(scene_key) + std::to_string(row.scene->number);
    if (row.topic) return std::string(video_key);
    const TreeFile& file = tree().files[*row.file];
    const std::string& folder = tree().topics[*file.topic].folder;
    return std::string(file_key) + record_path(folder == "." ? file.path : file.path.substr(folder.size() + 1));
  }

  /// Writes the sidecars that differ from the stored ones, and removes those of topics whose records need none.
  void write_sidecars() {
    for (std::size_t i = 0; i < tree().topics.size(); ++i) {
      const Topic& topic = tree().topics[i];
      const std::string path = join(topic.folder, sidecar_name);
      const auto found = sidecars_.find(i);
      if (found == sidecars_.end()) {
        if (topic.sidecar) state_.disk.remove(path);
      } else if (const std::string text = sidecar_text(found->second); state_.disk.read(path) != text) {
        state_.disk.write(path, text);
      }
    }
  }

  /// Replaces the log by the records that stay in it, in one step, or removes it if it would be empty. Then does the
  /// same to the overlays in memory.
  void write_log() {
    const std::string path(record_log_name);
    std::string lines;
    for (const LoggedRecord& record : left_) append_log_line(lines, {&record, 1});
    if (!lines.empty()) {
      if (state_.disk.read(path) != lines) state_.disk.write(path, lines);
    } else if (state_.disk.look(path) == Disk::Entry::file) {
      state_.disk.remove(path);
    }
    collections().forget_log();
    for (const LoggedRecord& record : left_) collections().replace_overlay(record);
  }

  WriteState& state_;
  RecordWriter& writer_;
  /// The videos that have files in each entry of the root, or will have when the files of artifacts arrive, by the name
  /// of the entry. An empty id stands for files of no video. Empty folders have no owner.
  std::unordered_map<std::string, Ids> owners_;
  std::unordered_map<std::size_t, Sidecar> sidecars_;  ///< by topic
  std::vector<LoggedRecord> left_;
};

/// Settles the log if anything was written since the last time. `Waiting::write` settles also if records may be
/// waiting.
inline void settle(WriteState& state, RecordWriter& writer, Waiting waiting) {
  if (!state.is_settled() || (waiting == Waiting::write && state.may_wait())) Settling(state, writer).run(waiting);
}

}  // namespace reel::legacy
