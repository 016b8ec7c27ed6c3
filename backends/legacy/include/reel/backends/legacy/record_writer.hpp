#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/backends/legacy/options.hpp>
#include <reel/backends/legacy/record_checks.hpp>
#include <reel/backends/legacy/sidecar.hpp>
#include <reel/backends/legacy/write_state.hpp>
#include <reel/local/transaction.hpp>

namespace reel::legacy {

/// Creates, changes and removes records: first in the log, then in the files that the pipeline has for them. A copy
/// (`Document::is_copy`) waits for its files; every other record gets files at once.
///
/// Used under the exclusive lock of the store, with a tree that is not stale for the collection
/// (`TreeWriter::records`). The rules of a write are those of `local::Transaction`. Each operation appends to the log
/// once, once more for the first change of a video's files since the tree was settled (`WriteState::pin`), and writes
/// the files that differ.
class RecordWriter {
 public:
  using Table = Collections::Table;

  /// Both must outlive this.
  RecordWriter(WriteState& state, const LegacyOptions& options) : state_(state), checks_(state, options) {}

  /// The rules for what is written.
  [[nodiscard]] const RecordChecks& checks() const { return checks_; }

  /// Performs a mutation of a table, which has it afterwards. Throws the error of the file system; the record is then
  /// as before. Also throws
  /// - for a new record: `already_exists` if it is a video whose folder exists or is that of artifacts that wait for
  ///   their files, or a scene whose folder is that of another video; `invalid` for a topic without a usable folder
  ///   name, a scene number out of range, and a path that `check_new_path` refuses. A scene waits if its video does.
  /// - for a change: `unsupported` if it is one of a scene's video or number, or of the path of an artifact whose file
  ///   exists. The file of an artifact that names another blob then has this bucket and id, even if others name it.
  /// - for a removal: `unsupported` for a video whose folder is the root of the tree. It includes the files of the
  ///   record, the scenes and artifacts of a video, and the artifacts of a scene. After an error all these records
  ///   exist again, possibly without some of their files.
  void apply(Table& table, const driver::CollectionSchema& schema, const local::Mutation& mutation) {
    if (!mutation.before) return create(table, schema, mutation);
    LegacyRow row = table.rows()[*table.find(mutation.before->id)];
    const Overlay before = overlay_of(schema, *mutation.before);
    mutation.after ? update(schema, before, overlay_of(schema, *mutation.after), row) : remove(schema.id, before, row);
    table.apply(mutation, mutation.after ? std::move(row) : LegacyRow{});
  }

  /// Repeats the changes of the last line of a log on the files, after a program that ended before it could finish.
  /// Does nothing if the files have the values already, or if the records have no files. Of several records only
  /// removals are repeated: others are in one line because their files do not change (`WriteState::pin`,
  /// `WriteState::undo`).
  void repeat(const std::vector<LoggedRecord>& last) {
    for (auto record = last.rbegin(); record != last.rend(); ++record)  // the order of `remove`
      if (record->overlay->removed || last.size() == 1) repeat(*record);
  }

  /// Writes the files of a video or a scene; does nothing for other records, and for a scene whose video waits.
  ///
  /// - `before`: the values of the files so far; equal ones are not written
  /// - `after`: all values of the record, which the log already contains
  void write_files(const std::string& collection, const Overlay& before, const Overlay& after) {
    if (collection == "videos") {
      write_video(before, after);
    } else if (const auto location = checks_.location_of(collection, after)) {
      state_.files.write_scene(*location, RecordChecks::number_of(after), before, after);
    }
  }

 private:
  void create(Table& table, const driver::CollectionSchema& schema, const local::Mutation& mutation) {
    const driver::Document& made = *mutation.after;
    Overlay after = overlay_of(schema, made);
    after.values[std::string(overlay_key::sequence)] = {driver::Value{made.sequence}};
    checks_.check_new(schema.id, after, mutation.is_copy);
    if (schema.id == "artifacts") set_precedence(after);
    const bool has_files = !mutation.is_copy && (schema.id == "videos" || checks_.location_of(schema.id, after));
    const OverlayPtr undo = tombstone(schema.id, {.id = made.id}).overlay;
    const OverlayPtr written = write(schema.id, Overlay{}, std::move(after), undo, has_files);
    if (schema.id == "artifacts") state_.artifacts().add(*written);
    table.apply(mutation, {.id = made.id, .overlay = written, .sequence = made.sequence});
    state_.collections.number(schema.id, made.id, made.sequence);
  }

  /// Changes the overlay of `row`, too.
  void update(const driver::CollectionSchema& schema, const Overlay& before, Overlay after, LegacyRow& row) {
    if (row.overlay) after.values.insert(row.overlay->values.begin(), row.overlay->values.end());
    checks_.check_change(schema.id, before, after);
    if (schema.id == "artifacts" && renames_blob(before, after)) set_precedence(after);
    const bool has_files = changes_files(schema.id, before, after);
    row.overlay = write(schema.id, before, std::move(after), complete(before, row), has_files);
    if (schema.id == "artifacts") readdress(before, *row.overlay);
  }

  void remove(const std::string& collection, const Overlay& before, const LegacyRow& row) {
    if (collection == "videos") checks_.check_removable(before.id);
    const std::vector<LoggedRecord> belonging = removals_of_belonging(collection, before.id);
    std::vector<LoggedRecord> gone = belonging, back;
    for (const LoggedRecord& one : belonging) back.push_back({one.collection, overlay_or_empty(one)});
    gone.push_back(tombstone(collection, before));
    back.push_back({collection, complete(before, row)});
    if (collection == "scenes" && checks_.location_of(collection, before)) state_.pin(*before.text("video_id"));
    state_.log(gone);
    try {
      remove_files(collection, before);
      for (const LoggedRecord& one : belonging)
        if (const auto path = one.overlay->text("path")) remove_file(disk_path_or_same(*path));
    } catch (const Error&) {
      state_.undo(back);
      throw;
    }
  }

  /// Indexes an artifact that was changed. The blobs are out of date if its file has another bucket or id now.
  void readdress(const Overlay& before, const Overlay& after) {
    state_.artifacts().remove(before);
    state_.artifacts().add(after);
    if (renames_blob(before, after)) state_.blobs_changed();
  }
  static bool renames_blob(const Overlay& before, const Overlay& after) {
    return RecordChecks::differ(before, after, "bucket_id") || RecordChecks::differ(before, after, "blob_id");
  }
  /// Lets an artifact precede the others that name its blob.
  void set_precedence(Overlay& artifact) const {
    artifact.values.erase(std::string(overlay_key::precedence));
    if (const std::int64_t precedence = state_.precedence_of(artifact); precedence != 0)
      artifact.values[std::string(overlay_key::precedence)] = {driver::Value{precedence}};
  }

  /// `repeat` for one record.
  void repeat(const LoggedRecord& last) {
    const std::string& collection = last.collection;
    if (last.overlay->removed && last.overlay->text("path")) return remove_files(collection, *last.overlay);
    for (const LegacyRow& row : state_.collections.rows_of_files(collection)) {
      if (!same_id(row.id, last.overlay->id)) continue;
      if (last.overlay->removed) return remove_files(collection, derived_values(collection, row, nullptr));
      if (row.topic) write_files(collection, derived_values(collection, row, last.overlay.get()), *last.overlay);
      return;
    }
  }

  /// The line that restores a record: all its values, with its sequence if the overlay has one.
  static OverlayPtr complete(Overlay record, const LegacyRow& row) {
    if (row.overlay) record.values.insert(row.overlay->values.begin(), row.overlay->values.end());
    return std::make_shared<const Overlay>(std::move(record));
  }

  /// The values that the files of a record have.
  ///
  /// - `wanted`: null, or the overlay that the files are to be compared with; then only the attributes that are strings
  ///   in it. Others are missing in both, so that `repeat` removes no file.
  [[nodiscard]] Overlay derived_values(const std::string& collection, const LegacyRow& row,
                                       const Overlay* wanted) const {
    const DocumentMaker maker = state_.collections.maker(collection);
    Overlay overlay{.id = row.id};
    for (const driver::AttributeSchema& attribute : tree_collection(collection).schema().attributes)
      if (!wanted || wanted->text(attribute.name))
        overlay.values[attribute.name] = {maker.derived(row, attribute, wanted ? Texts::read : Texts::skip)};
    return overlay;
  }

  /// The current overlay of a record; an empty one if the record comes from files alone.
  [[nodiscard]] OverlayPtr overlay_or_empty(const LoggedRecord& record) const {
    OverlayPtr present = state_.collections.overlay(record.collection, record.overlay->id);
    return present ? present : std::make_shared<const Overlay>(Overlay{.id = record.overlay->id});
  }

  /// The entry of the log that removes a record, with the values by which `bind` and `repeat` find its files.
  static LoggedRecord tombstone(const std::string& collection, const Overlay& record) {
    Overlay gone{.id = record.id, .removed = true};
    for (const std::string_view name : tree_collection(collection).locators)
      if (const Override* value = record.find(name)) gone.values[std::string(name)] = *value;
    return {collection, std::make_shared<const Overlay>(std::move(gone))};
  }
  /// Whether a change affects an attribute that has a file, of a record that does not wait.
  [[nodiscard]] bool changes_files(const std::string& collection, const Overlay& before, const Overlay& after) const {
    if (!checks_.location_of(collection, after)) return false;
    return std::ranges::any_of(tree_collection(collection).attributes, [&](const TreeAttribute& one) {
      return one.written != PipelineFile::none && RecordChecks::differ(before, after, one.name);
    });
  }

  /// Writes a record and returns its overlay.
  ///
  /// Writes the log first, so that `repeat` finishes the write if the program ends in between. If the files cannot be
  /// written, the line `undo` is logged and the record is as before.
  ///
  /// - `before`: the values of the files so far
  /// - `undo`: the overlay of the record before the write; `removed` for a new one
  /// - `has_files`: whether files must be written
  OverlayPtr write(const std::string& collection, const Overlay& before, Overlay after, const OverlayPtr& undo,
                   bool has_files) {
    if (has_files) state_.pin(*RecordChecks::video_of(collection, after));
    auto written = std::make_shared<const Overlay>(std::move(after));
    state_.log({{collection, written}});
    if (!has_files) return written;
    try {
      write_files(collection, before, *written);
    } catch (const Error&) {
      if (undo->removed && collection == "scenes") clear_away(*written);
      state_.undo({{collection, undo}});
      throw;
    }
    state_.files_changed();
    return written;
  }

  /// Removes the files of a scene that could not be created. Remaining files become a scene when the tree is read
  /// again.
  void clear_away(const Overlay& scene) {
    try {
      remove_files("scenes", scene);
    } catch (const Error&) {  // the next reading of the tree finds what is left
    }
  }

  /// Writes the files of a video. A new one gets its folder, with a sidecar that makes the folder a topic and has the
  /// id of the video. The folder does not exist, or nothing in it belongs to another video (`check_new_folder`,
  /// `Settling::claim_folder`). If a write fails, the folder is as before.
  void write_video(const Overlay& before, const Overlay& after) {
    if (const auto location = state_.location_of(after.id)) return state_.files.write_video(*location, before, after);
    const std::string folder = checks_.folder_of(after), sidecar = folder + "/" + std::string(sidecar_name);
    const TopicLocation location{folder, folder};
    const bool is_new = state_.disk.look(folder) == Disk::Entry::none;
    try {
      state_.disk.write(sidecar, sidecar_text({{std::string(video_key), Overlay{.id = after.id}}}));
      state_.files.write_video(location, before, after);
    } catch (const Error&) {
      is_new ? state_.disk.discard(folder) : state_.disk.remove(sidecar);
      throw;
    }
    state_.add_location(after.id, location);
  }

  /// Removes the folder of a video or scene, or the file of an artifact, and marks the tree as stale.
  void remove_files(const std::string& collection, const Overlay& record) {
    if (collection == "videos") {
      if (const auto location = state_.location_of(record.id)) state_.disk.discard(location->folder);
      state_.forget_location(record.id);
      state_.records_changed();
    } else if (collection == "scenes") {
      if (const auto location = checks_.location_of(collection, record))
        state_.files.remove_scene(*location, RecordChecks::number_of(record));
    } else if (collection == "artifacts") {
      remove_file(disk_path_or_same(record.text("path").value_or("")));
      state_.artifacts().remove(record);
      state_.records_changed();
    }
    state_.files_changed();
  }

  /// Removes a file, or an empty folder: the artifact may be one of kind `empty_folder`. Links are not removed.
  void remove_file(const std::string& path) {
    const Disk::Entry there = state_.disk.look(path);
    if (there == Disk::Entry::file) state_.disk.remove(path);
    if (there == Disk::Entry::folder) state_.disk.remove_empty_folder(path);
  }

  /// The removals of the records that belong to a video or scene. Artifacts without an overlay need none: they
  /// disappear with the folder.
  [[nodiscard]] std::vector<LoggedRecord> removals_of_belonging(const std::string& collection, const std::string& id) {
    std::vector<LoggedRecord> removals;
    std::unordered_set<Id<void>> videos, scenes;
    if (collection == "videos") videos.emplace(id);
    if (collection == "scenes") scenes.emplace(id);
    const auto belongs = [](const Overlay& record, std::string_view attribute, const auto& owners) {
      const auto owner = record.text(attribute);
      return owner && owners.contains(Id<void>{*owner});
    };
    if (collection == "videos") {
      for (const LegacyRow& row : state_.collections.rows("scenes")) {
        if (row.topic ? !same_id(row.topic->id, id) : !belongs(*row.overlay, "video_id", videos)) continue;
        removals.push_back(tombstone("scenes", row.topic ? derived_values("scenes", row, nullptr) : *row.overlay));
        scenes.emplace(row.id);
      }
    }
    if (scenes.empty() && videos.empty()) return removals;
    for (const LegacyRow& row : state_.collections.rows("artifacts"))
      if (row.overlay && (belongs(*row.overlay, "video_id", videos) || belongs(*row.overlay, "scene_id", scenes)))
        removals.push_back(tombstone("artifacts", *row.overlay));
    return removals;
  }

  WriteState& state_;
  RecordChecks checks_;
};

}  // namespace reel::legacy
