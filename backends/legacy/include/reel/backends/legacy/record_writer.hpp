#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/options.hpp>
#include <reel/backends/legacy/path_rules.hpp>
#include <reel/backends/legacy/sidecar.hpp>
#include <reel/backends/legacy/write_state.hpp>
#include <reel/driver/change.hpp>
#include <reel/local/transaction.hpp>

namespace reel::legacy {

/// Creates, changes and removes records: first in the log, then in the files that the pipeline has for them. A copy
/// (`Document::is_copy`) waits for its files; every other record gets files at once.
class RecordWriter {
 public:
  using Table = Collections::Table;
  using Transaction = local::Transaction<LegacyBodies>;

  RecordWriter(WriteState& state, const LegacyOptions& options) : state_(state), options_(options) {}

  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    Table& table = state_.collections.table(schema);
    const bool waits = document.is_copy;
    Transaction transaction(table, options_.clock(), false);
    driver::DocumentPtr made = transaction.create(std::move(document));
    Overlay after = overlay_of(schema, *made);
    after.values[std::string(overlay_key::sequence)] = {driver::Value{made->sequence}};
    check_new(schema.id, after, waits);
    const bool has_files = !waits && (schema.id == "videos" || place_of_scene(schema.id, after));
    const OverlayPtr undo = tombstone(schema.id, {.id = made->id}).overlay;
    const OverlayPtr said = write(schema.id, Overlay{}, std::move(after), undo, has_files);
    if (schema.id == "artifacts") state_.artifacts().add(*said);
    table.apply({nullptr, made}, {.id = made->id, .overlay = said, .sequence = made->sequence});
    state_.collections.number(schema.id, made->id, made->sequence);
    return made;
  }

  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id,
                             const driver::Change& change) {
    Table& table = state_.collections.table(schema);
    Transaction transaction(table, options_.clock(), false);
    driver::DocumentPtr answer = transaction.update(id, change);
    if (transaction.mutations().empty()) return answer;
    const local::Mutation& mutation = transaction.mutations().front();
    LegacyRow row = table.rows()[*table.find(id)];
    Overlay before = overlay_of(schema, *mutation.before), after = overlay_of(schema, *mutation.after);
    if (row.overlay) after.values.insert(row.overlay->values.begin(), row.overlay->values.end());
    check_change(schema.id, before, after);
    const bool has_files = changes_files(schema.id, before, after);
    row.overlay = write(schema.id, before, std::move(after), complete(before, row), has_files);
    if (schema.id == "artifacts") {
      state_.artifacts().remove(before);
      state_.artifacts().add(*row.overlay);
    }
    table.apply(mutation, std::move(row));
    return answer;
  }

  bool remove(const driver::CollectionSchema& schema, std::string_view id, std::optional<Timestamp> since) {
    Table& table = state_.collections.table(schema);
    Transaction transaction(table, options_.clock(), false);
    const driver::DocumentPtr document = transaction.remove(id, since);
    if (!document) return false;
    const Overlay before = overlay_of(schema, *document);
    std::vector<LoggedRecord> gone, back;
    const std::vector<std::string> paths = add_belonging(schema.id, document->id, gone);
    for (const LoggedRecord& one : gone) back.push_back({one.collection, said_of(one)});
    gone.push_back(tombstone(schema.id, before));  // last, because `repeat` finishes the last line
    back.push_back({schema.id, complete(before, table.rows()[*table.find(id)])});
    if (place_of_scene(schema.id, before)) state_.pin(*before.text("video_id"));
    state_.log(gone);
    try {
      remove_files(schema.id, before);
      for (const std::string& path : paths) remove_file(path);
    } catch (const Error&) {
      state_.undo(back);
      throw;
    }
    for (const local::Mutation& mutation : transaction.mutations()) table.apply(mutation, {});
    return true;
  }

  /// Repeats the change of the last line of a log on the files.
  void repeat(const LoggedRecord& last) {
    const std::string& collection = last.collection;
    if (!last.overlay) return;
    for (const LegacyRow& row : state_.collections.told_by_files(collection)) {
      if (!same_id(row.id, last.overlay->id)) continue;
      if (last.overlay->removed) return remove_files(collection, told(collection, row, nullptr));
      if (row.topic) write_files(collection, told(collection, row, last.overlay.get()), *last.overlay);
      return;
    }
  }

  /// Writes the files of a record with overlay `after`. `before`: the values of the files until now.
  void write_files(const std::string& collection, const Overlay& before, const Overlay& after) {
    if (collection == "videos") {
      write_video(before, after);
    } else if (const auto place = place_of_scene(collection, after)) {
      state_.files.write_scene(*place, number_of(after), before, after);
    }
  }

  /// The number of a scene's folder. `invalid` if it is out of range.
  static int number_of(const Overlay& scene) {
    const std::int64_t number = scene.integer("scene_number").value_or(-1);
    if (number < 0 || number > std::numeric_limits<int>::max())
      throw Error(Errc::invalid, "a scene's folder is named for its number, which is from 0 to 2147483647",
                  {.attribute = "scene_number"});
    return static_cast<int>(number);
  }

 private:
  /// All values of a record, with its sequence if the overlay has one.
  static OverlayPtr complete(Overlay record, const LegacyRow& row) {
    if (row.overlay) record.values.insert(row.overlay->values.begin(), row.overlay->values.end());
    return std::make_shared<const Overlay>(std::move(record));
  }

  /// The values that the files of a record have. `said`: only attributes that are strings in it, so that `repeat`
  /// removes nothing.
  [[nodiscard]] Overlay told(const std::string& collection, const LegacyRow& row, const Overlay* said) const {
    const DocumentMaker maker = state_.collections.maker(collection);
    Overlay overlay{.id = row.id};
    for (const driver::AttributeSchema& attribute : pipeline_schema(collection).attributes)
      if (!said || said->text(attribute.name))
        overlay.values[attribute.name] = {maker.derived(row, attribute, said ? Texts::read : Texts::skip)};
    return overlay;
  }

  /// The current overlay of a record; an empty one if the record comes from files alone.
  [[nodiscard]] OverlayPtr said_of(const LoggedRecord& record) const {
    OverlayPtr said = state_.collections.overlay(record.collection, record.overlay->id);
    return said ? said : std::make_shared<const Overlay>(Overlay{.id = record.overlay->id});
  }

  /// The line that removes a record. That of a scene identifies its folder.
  static LoggedRecord tombstone(const std::string& collection, const Overlay& record) {
    Overlay gone{.id = record.id, .removed = true};
    for (const char* name : {"video_id", "scene_number"})
      if (const Override* value = collection == "scenes" ? record.find(name) : nullptr) gone.values[name] = *value;
    return {collection, std::make_shared<const Overlay>(std::move(gone))};
  }
  static driver::Value value_of(const Overlay& record, std::string_view name) {
    const Override* found = record.find(name);
    return found ? found->value : driver::Value{};
  }

  [[nodiscard]] std::optional<TopicPlace> place_of_scene(std::string_view collection, const Overlay& scene) const {
    const auto video = collection == "scenes" ? scene.text("video_id") : std::nullopt;
    return video ? state_.place_of(*video) : std::nullopt;
  }

  static bool differ(const Overlay& before, const Overlay& after, std::string_view name) {
    return !(value_of(before, name) == value_of(after, name));
  }

  void check_new(const std::string& collection, const Overlay& record, bool waits) {
    if (collection == "videos" && !waits) check_new_folder(record);
    if (collection == "scenes") static_cast<void>(number_of(record));
    if (collection == "artifacts") check_new_path(record, waits);
  }

  void check_new_folder(const Overlay& video) const {
    const std::string folder = folder_of_topic(video.text("topic").value_or(""), options_.allow_ambiguous_folders);
    if (state_.disk.look(folder) == Disk::Entry::none) return;
    std::string whose;
    for (const Topic& topic : state_.collections.snapshot().tree.topics)
      if (topic.folder == folder) whose = ": it is that of topic '" + topic.name.text + "'";
    throw Error(Errc::already_exists, "the topic's folder '" + folder + "' is there already" + whose,
                {.attribute = "topic"});
  }

  /// `is_copy`: the record is copied from another store.
  void check_new_path(const Overlay& artifact, bool is_copy) {
    const std::string path = checked_disk_path(artifact.text("path").value_or(""));
    const ArtifactIndex::Owner* other = state_.artifacts().owner(path);
    if (!other || same_id(other->id, artifact.id)) return;
    const bool same = other->path == path;
    if (!same && is_copy && !state_.disk.ignores_case()) return;  // a tree that has both is written back with both
    throw Error(Errc::invalid,
                "the path '" + record_path(path) + "' is taken by '" + record_path(other->path) + "' of artifact '" +
                    other->id + (same ? "'" : "', which is the same name where case does not count"),
                {.attribute = "path"});
  }

  void check_change(const std::string& collection, const Overlay& before, const Overlay& after) {
    if (collection == "scenes" && (differ(before, after, "video_id") || differ(before, after, "scene_number"))) {
      if (place_of_scene(collection, before))
        throw Error(Errc::unsupported, "a scene's video and number are its folder, which stays where it is");
      static_cast<void>(number_of(after));
    }
    if (collection != "artifacts") return;
    if (differ(before, after, "path") || differ(before, after, "bucket_id") || differ(before, after, "blob_id")) {
      check_new_path(after, false);
      if (state_.disk.look(disk_path_or_same(before.text("path").value_or(""))) == Disk::Entry::file)
        throw Error(Errc::unsupported, "an artifact that has its file stays where that is: remove it, create another");
    }
  }

  [[nodiscard]] bool changes_files(const std::string& collection, const Overlay& before, const Overlay& after) const {
    if (collection == "videos" ? !state_.place_of(after.id) : !place_of_scene(collection, after)) return false;
    return std::ranges::any_of(attributes_of(collection), [&](const TreeAttribute& one) {
      return one.written != PipelineFile::none && differ(before, after, one.name);
    });
  }

  /// Writes the log first, so that `repeat` finishes the write if the program ends in between. If the files cannot be
  /// written, `undo` is logged, and the record is as before.
  OverlayPtr write(const std::string& collection, const Overlay& before, Overlay after, const OverlayPtr& undo,
                   bool has_files) {
    if (has_files) state_.pin(collection == "videos" ? after.id : *after.text("video_id"));
    auto said = std::make_shared<const Overlay>(std::move(after));
    state_.log({{collection, said}});
    if (!has_files) return said;
    try {
      write_files(collection, before, *said);
    } catch (const Error&) {
      if (undo->removed && collection == "scenes") clear_away(*said);
      state_.undo({{collection, undo}});
      throw;
    }
    state_.files_changed();
    return said;
  }

  /// Removes the files of a scene that could not be created, where possible.
  void clear_away(const Overlay& scene) {
    try {
      remove_files("scenes", scene);
    } catch (const Error&) {  // the next reading of the tree finds what is left
    }
  }

  void write_video(const Overlay& before, const Overlay& after) {
    if (const auto place = state_.place_of(after.id)) return state_.files.write_video(*place, before, after);
    const std::string folder = folder_of_topic(after.text("topic").value_or(""), options_.allow_ambiguous_folders);
    const TopicPlace place{folder, folder};
    try {
      state_.disk.write(folder + "/" + std::string(sidecar_name),
                        sidecar_text({{std::string(video_key), Overlay{.id = after.id}}}));
      state_.files.write_video(place, before, after);
    } catch (const Error&) {
      state_.disk.discard(folder);
      throw;
    }
    state_.place(after.id, place);
  }

  void remove_files(const std::string& collection, const Overlay& record) {
    if (collection == "videos") {
      if (const auto place = state_.place_of(record.id)) state_.disk.discard(place->folder);
      state_.forget_place(record.id);
      state_.records_changed();
    } else if (collection == "scenes") {
      if (const auto place = place_of_scene(collection, record)) state_.files.remove_scene(*place, number_of(record));
    } else if (collection == "artifacts") {
      remove_file(disk_path_or_same(record.text("path").value_or("")));
      state_.artifacts().remove(record);
      state_.records_changed();
    }
    state_.files_changed();
  }

  void remove_file(const std::string& path) {
    const Disk::Entry there = state_.disk.look(path);
    if (there == Disk::Entry::file) state_.disk.remove(path);
    if (there == Disk::Entry::folder) state_.disk.remove_empty_folder(path);
  }

  /// Adds the records that are removed together with another one. Returns the paths of those that are artifacts.
  std::vector<std::string> add_belonging(const std::string& collection, const std::string& id,
                                         std::vector<LoggedRecord>& gone) {
    std::vector<std::string> scenes, paths;
    if (collection == "scenes") scenes.push_back(id);
    const auto belongs = [](const LegacyRow& row, std::string_view attribute, const std::string& to) {
      return row.overlay && same_id(row.overlay->text(attribute).value_or(""), to);
    };
    if (collection == "videos") {
      for (const LegacyRow& row : state_.collections.rows("scenes")) {
        if (row.topic ? !same_id(row.topic->id, id) : !belongs(row, "video_id", id)) continue;
        const driver::Value number =
            row.scene ? driver::Value{std::int64_t{row.scene->number}} : value_of(*row.overlay, "scene_number");
        gone.push_back(tombstone(
            "scenes", {.id = row.id, .values = {{"video_id", {driver::Value{id}}}, {"scene_number", {number}}}}));
        scenes.push_back(row.id);
      }
    }
    if (collection != "videos" && collection != "scenes") return paths;
    // Artifacts without an overlay are removed with the folder.
    for (const LegacyRow& row : state_.collections.rows("artifacts")) {
      const bool with_scene =
          std::ranges::any_of(scenes, [&](const std::string& scene) { return belongs(row, "scene_id", scene); });
      if (!with_scene && (collection != "videos" || !belongs(row, "video_id", id))) continue;
      gone.push_back(tombstone("artifacts", {.id = row.id}));
      if (const auto path = row.overlay->text("path")) paths.push_back(disk_path_or_same(*path));
    }
    return paths;
  }

  WriteState& state_;
  const LegacyOptions& options_;
};

}  // namespace reel::legacy
