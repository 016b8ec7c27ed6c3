#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/blobs.hpp>
#include <reel/backends/legacy/fit.hpp>
#include <reel/backends/legacy/fixes.hpp>
#include <reel/backends/legacy/ids.hpp>
#include <reel/backends/legacy/load.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/backends/legacy/tree.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/error.hpp>

/// Records of `videos`, `scenes`, `agent_memory` and `artifacts` as a tree has them, for the attributes that a schema
/// names.
namespace reel::legacy {

/// Whether attributes that hold a whole file are read from disk.
enum class Texts { read, skip };

/// A video, a scene, a fix or a file, as far as there is one behind the record; and what was said of it beside.
struct LegacyRow {
  std::string id{};  ///< empty stands for no record
  const Topic* topic = nullptr;
  const Scene* scene = nullptr;
  const MinedFix* fix = nullptr;
  std::optional<FileIndex> file{};
  OverlayPtr overlay{};
  std::int64_t sequence = 0;

  [[nodiscard]] bool has_files() const { return topic || fix || file; }
};

/// A value that `fit` shortened or left out.
struct UnfitNote {
  std::string attribute{};
  Fit fit = Fit::whole;
  std::string reason{};
  std::optional<FileIndex> file{};  ///< that the value is from; none: no single file, or a sidecar
};

/// Makes the document of one row: what it has read it keeps. Every value fits its attribute: see `fit`.
class DocumentMaker {
 public:
  DocumentMaker(const Tree& tree, const Blobs& blobs, const driver::CollectionSchema& schema)
      : tree_(tree), blobs_(blobs), schema_(schema) {}

  /// From now on `notes`, which outlives this, gets what did not fit.
  void note_in(std::vector<UnfitNote>& notes) { notes_ = &notes; }

  /// Whether an attribute is only to be had by reading a file.
  [[nodiscard]] static bool reads_file(std::string_view attribute) {
    constexpr std::string_view names[] = {"scene_plan",     "storyboard",    "technical_plan",
                                          "generated_code", "error_message", "error_hash",
                                          "original_code",  "fixed_code",    "md5"};
    return std::find(std::begin(names), std::end(names), attribute) != std::end(names);
  }

  /// Throws `unavailable` for a file that cannot be read or has changed since the tree was read.
  [[nodiscard]] driver::Document document(const LegacyRow& row, Texts texts) const {
    const Override* permissions = override_of(row, overlay_key::permissions);
    driver::Document document{
        .id = row.id,
        .sequence = row.sequence,
        .created_at = moment(row, overlay_key::created_at),
        .updated_at = moment(row, overlay_key::updated_at),
        .permissions = permissions ? permissions_of(permissions->value) : std::vector<Permission>{}};
    for (const driver::AttributeSchema& attribute : schema_.attributes)
      document.values.push_back(stored(row, attribute, texts));
    return document;
  }

  /// As far as the schema's indexes need it; of what is read from files, only that.
  [[nodiscard]] driver::Document indexed(const LegacyRow& row) const {
    driver::Document document = this->document(row, Texts::skip);
    for (const driver::IndexSchema& index : schema_.indexes) {
      for (const driver::IndexPart& part : index.parts) {
        const auto place = static_cast<std::size_t>(part.attribute);
        if (!reads_file(schema_.attributes[place].name)) continue;
        try {
          document.values[place] = stored(row, schema_.attributes[place], Texts::read);
        } catch (const Error&) {  // it is said when the record is asked for
        }
      }
    }
    return document;
  }

  /// What the record says: the overlay's value, unless it was said of files that tell something else by now.
  [[nodiscard]] driver::Value value(const LegacyRow& row, const driver::AttributeSchema& attribute, Texts texts) const {
    const Override* said = override_of(row, attribute.name);
    if (!said) return derived(row, attribute, texts);
    const bool always = said->instead_of.empty() || (texts == Texts::skip && reads_file(attribute.name));
    if (!always) {
      driver::Value by_files = derived(row, attribute, texts);
      if (fingerprint(by_files) != said->instead_of) return by_files;
    }
    FittedValue value = fit(attribute, fitted(attribute, said->value), names(row, attribute.name));
    note(attribute, value, std::nullopt);
    return value.fit == Fit::left_out ? derived(row, attribute, texts) : std::move(value.value);
  }

  /// What the files alone tell of an attribute, or of the record's own times and permissions.
  [[nodiscard]] driver::Value derived(const LegacyRow& row, const driver::AttributeSchema& attribute,
                                      Texts texts) const {
    if (attribute.name == overlay_key::permissions) return driver::Value{driver::List{}};
    FittedValue value = fit(attribute, told(row, attribute, texts), names(row, attribute.name));
    note(attribute, value, file_of(row, attribute.name));
    return std::move(value.value);
  }

 private:
  [[nodiscard]] driver::Value told(const LegacyRow& row, const driver::AttributeSchema& attribute, Texts texts) const {
    const std::string_view name = attribute.name;
    if (name == overlay_key::created_at) return driver::Value{driver::timestamp_of(times(row).first)};
    if (name == overlay_key::updated_at) return driver::Value{driver::timestamp_of(times(row).second)};
    if (row.scene) return scene_value(*row.topic, *row.scene, name, texts);
    if (row.topic) return video_value(*row.topic, name);
    if (row.fix) return fix_value(*row.fix, attribute, texts);
    return row.file ? artifact_value(*row.file, name, texts) : driver::Value{};
  }

  /// The file whose text an attribute is made of; nothing for the others.
  [[nodiscard]] static std::optional<FileIndex> file_of(const LegacyRow& row, std::string_view attribute) {
    if (row.scene) {
      if (attribute == "scene_plan") return row.topic->outline;
      if (attribute == "storyboard") return row.scene->storyboard.file;
      if (attribute == "technical_plan") return row.scene->technical_plan.file;
      if (attribute == "generated_code") return row.scene->source;
      if (attribute == "error_message") return row.scene->error_log;
    } else if (row.fix) {
      if (attribute == "error_message") return row.fix->error_log;
      if (attribute == "original_code") return row.fix->original;
      if (attribute == "fixed_code") return row.fix->fixed;
    }
    return std::nullopt;
  }

  /// The topic of a fix is compared with others.
  static bool names(const LegacyRow& row, std::string_view attribute) {
    return is_name(attribute) || (row.fix && attribute == "topic");
  }

  void note(const driver::AttributeSchema& attribute, const FittedValue& value, std::optional<FileIndex> file) const {
    if (notes_ && value.fit != Fit::whole) notes_->push_back({attribute.name, value.fit, value.reason, file});
  }

  [[nodiscard]] driver::Value stored(const LegacyRow& row, const driver::AttributeSchema& attribute,
                                     Texts texts) const {
    driver::Value value = this->value(row, attribute, texts);
    return value.is_null() ? driver::absent_value(attribute) : value;
  }

  static const Override* override_of(const LegacyRow& row, std::string_view name) {
    return row.overlay ? row.overlay->find(name) : nullptr;
  }

  /// Of the oldest and the newest file.
  [[nodiscard]] std::pair<driver::FileTime, driver::FileTime> times(const LegacyRow& row) const {
    if (row.scene) return {row.scene->first_modified_ns, row.scene->last_modified_ns};
    if (row.topic) return {row.topic->first_modified_ns, row.topic->last_modified_ns};
    if (row.fix) return {row.fix->made_ns, row.fix->settled_ns};
    const driver::FileTime modified = row.file ? tree_.files[*row.file].modified_ns : 0;
    return {modified, modified};
  }

  [[nodiscard]] Timestamp moment(const LegacyRow& row, std::string_view key) const {
    return time_of(value(row, {.name = std::string(key), .kind = driver::AttributeType::timestamp}, Texts::read));
  }

  static driver::Value text_or_null(std::string text) {
    return text.empty() ? driver::Value{} : driver::Value{std::move(text)};
  }

  [[nodiscard]] driver::Value video_value(const Topic& topic, std::string_view attribute) const {
    if (attribute == "topic") return driver::Value{topic.name.text};
    if (attribute == "description") return text_or_null(topic.name.description);
    if (attribute == "session_id") return text_or_null(topic.session_id);
    if (attribute == "combined_video_url")
      return has_role(topic.combined_video, Role::final_video) ? driver::Value{blob_id("video_", topic.id)}
                                                               : driver::Value{};
    if (attribute == "subtitles_url")
      return has_role(topic.combined_subtitles, Role::subtitles) ? driver::Value{blob_id("subs_", topic.id)}
                                                                 : driver::Value{};
    if (attribute == "status") return driver::Value{std::string(schema_status(topic.state))};
    if (attribute == "scene_count") return driver::Value{std::int64_t{topic.scene_count}};
    if (attribute == "progress") return driver::Value{progress(topic)};
    if (attribute == "created_at") return driver::Value{driver::timestamp_of(topic.first_modified_ns)};
    if (attribute == "updated_at") return driver::Value{driver::timestamp_of(topic.last_modified_ns)};
    if (attribute == "error_message" && schema_status(topic.state) == "failed") return text_or_null(topic.evidence);
    return {};
  }

  [[nodiscard]] driver::Value scene_value(const Topic& topic, const Scene& scene, std::string_view attribute,
                                          Texts texts) const {
    if (attribute == "video_id") return driver::Value{topic.id};
    if (attribute == "scene_number") return driver::Value{std::int64_t{scene.number}};
    if (attribute == "status") return driver::Value{std::string(schema_status(scene.state))};
    if (attribute == "video_url")
      return has_role(scene.video, Role::scene_video) ? driver::Value{blob_id("scene_", scene.id)} : driver::Value{};
    if (attribute == "code_url")
      return has_role(scene.source, Role::source_code) ? driver::Value{blob_id("code_", scene.id)} : driver::Value{};
    if (attribute == "created_at") return driver::Value{driver::timestamp_of(scene.first_modified_ns)};
    if (attribute == "updated_at") return driver::Value{driver::timestamp_of(scene.last_modified_ns)};
    if (texts == Texts::skip) return {};
    if (attribute == "scene_plan") {
      if (topic.outline_health != PlanHealth::good) return {};
      const auto fragment = outline_fragment(text(*topic.outline), scene.number);
      return fragment ? driver::Value{*fragment} : driver::Value{};
    }
    if (attribute == "storyboard") return plan(scene.storyboard);
    if (attribute == "technical_plan") return plan(scene.technical_plan);
    if (attribute == "generated_code")
      return is_readable(scene.source) ? driver::Value{text(*scene.source)} : driver::Value{};
    if (attribute == "error_message" && is_readable(scene.error_log))
      return text_or_null(std::string(last_error(text(*scene.error_log))));
    return {};
  }

  [[nodiscard]] driver::Value fix_value(const MinedFix& fix, const driver::AttributeSchema& attribute,
                                        Texts texts) const {
    const std::string_view name = attribute.name;
    if (name == "topic") return driver::Value{tree_.topics[fix.topic].name.text};
    if (name == "fix_method") return driver::Value{std::string(fix.fix_log ? "llm" : "auto")};
    if (name == "success_count") return driver::Value{std::int64_t{fix.outcome == FixOutcome::worked}};
    if (name == "failure_count") return driver::Value{std::int64_t{fix.outcome == FixOutcome::failed}};
    if (name == "created_at") return driver::Value{driver::timestamp_of(fix.made_ns)};
    if (name == "updated_at") return driver::Value{driver::timestamp_of(fix.settled_ns)};
    if (texts == Texts::skip) return {};
    if (name == "error_hash") return driver::Value{legacy_error_hash(text(fix.error_log), text(fix.original))};
    if (name == "error_message") return driver::Value{std::string(last_error(text(fix.error_log)))};
    if (name == "original_code") return driver::Value{text(fix.original)};
    if (name == "fixed_code") return driver::Value{text(fix.fixed)};
    return {};
  }

  [[nodiscard]] driver::Value artifact_value(FileIndex index, std::string_view attribute, Texts texts) const {
    const File& file = tree_.files[index];
    const Topic* topic = file.topic ? &tree_.topics[*file.topic] : nullptr;
    const Scene* scene = topic && file.scene ? topic->find(*file.scene) : nullptr;
    if (attribute == "video_id") return topic ? driver::Value{topic->id} : driver::Value{};
    if (attribute == "scene_id") return scene ? driver::Value{scene->id} : driver::Value{};
    if (attribute == "kind") return driver::Value{std::string(to_string(file.kind))};
    if (attribute == "version") return file.version ? driver::Value{std::int64_t{*file.version}} : driver::Value{};
    if (attribute == "path") return driver::Value{record_path(file.path)};
    if (attribute == "size") return driver::Value{static_cast<std::int64_t>(file.size)};
    if (attribute == "md5" && file.type == EntryType::folder) return driver::Value{std::string()};
    if (attribute == "md5") return texts == Texts::read ? driver::Value{blobs_.sum(index).md5} : driver::Value{};
    if (attribute == "bucket_id") return driver::Value{blobs_.own_place(index).bucket};
    if (attribute == "blob_id") return driver::Value{blobs_.own_place(index).id};
    if (attribute == "modified_at") return driver::Value{driver::timestamp_of(file.modified_ns)};
    return {};
  }

  /// A plan that is an error message or empty says nothing of the scene; its file is kept all the same.
  [[nodiscard]] driver::Value plan(const Plan& plan) const {
    return plan.file && plan.health == PlanHealth::good ? driver::Value{text(*plan.file)} : driver::Value{};
  }

  [[nodiscard]] bool is_readable(const std::optional<FileIndex>& file) const {
    return file && tree_.files[*file].readable;
  }
  /// Whether the file is in the bucket of this role.
  [[nodiscard]] bool has_role(const std::optional<FileIndex>& file, Role role) const {
    return file && tree_.files[*file].role == role;
  }

  /// Each file is read once for all attributes.
  [[nodiscard]] const std::string& text(FileIndex index) const {
    for (const auto& [file, text] : read_)
      if (file == index) return text;
    LoadedText loaded = load_most(tree_, tree_.files[index]);
    if (loaded.problem)
      throw Error(Errc::unavailable, "cannot read '" + tree_.files[index].path + "': " +
                                         std::string(to_string(loaded.problem->code)) + ": " + loaded.problem->message);
    return read_.emplace_front(index, std::move(loaded.text)).second;
  }

  static std::int64_t progress(const Topic& topic) {
    if (topic.state == VideoState::completed) return 100;
    std::int64_t rendered = 0;
    for (const Scene& scene : topic.scenes) rendered += scene.state == SceneState::rendered ? 1 : 0;
    return topic.scene_count > 0 ? std::min<std::int64_t>(100, rendered * 100 / topic.scene_count) : 0;
  }

  const Tree& tree_;
  const Blobs& blobs_;
  const driver::CollectionSchema& schema_;
  mutable std::forward_list<std::pair<FileIndex, std::string>> read_;
  std::vector<UnfitNote>* notes_ = nullptr;
};

}  // namespace reel::legacy
