#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/legacy/documents.hpp>
#include <reel/backends/legacy/pipeline_schema.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/error.hpp>

namespace reel::legacy {

/// Finds the values of a tree that the pipeline's schema cannot hold. Reads only files that are long enough to hold
/// one.
class UnfitValues {
 public:
  explicit UnfitValues(const Tree& tree, const Blobs& blobs) : tree_(tree), blobs_(blobs) {}

  /// Checks the record of a row of this collection.
  void look(const std::string& collection, const LegacyRow& row) {
    const bool has_long_file = any_file(row, [&](FileIndex i) { return tree_.files[i].size > longest_text; });
    const bool is_suspect = has_long_file || row.overlay || (row.file && has_long_path(tree_.files[*row.file]));
    if (!is_suspect && collection != "videos" && collection != "agent_memory") return;
    std::vector<UnfitNote> notes;
    DocumentMaker maker(tree_, blobs_, pipeline_schema(collection));
    maker.note_in(notes);
    try {
      static_cast<void>(maker.document(row, has_long_file ? Texts::read : Texts::skip));
    } catch (const Error&) {  // reported when the record is read
    }
    for (const UnfitNote& note : notes) report(collection, row, note);
  }

  /// Whether a path as records have it may be longer than its attribute: each byte may become four characters.
  [[nodiscard]] static bool has_long_path(const File& file) { return file.path.size() > 1000; }

  std::vector<UnfitValue> values;
  std::vector<Diagnostic> diagnostics;

 private:
  static constexpr std::uint64_t longest_text = video::long_text;

  template <class Wanted>
  bool any_file(const LegacyRow& row, Wanted&& wanted) const {
    const auto is_wanted = [&](const std::optional<FileIndex>& file) { return file && wanted(*file); };
    if (row.fix) return wanted(row.fix->original) || wanted(row.fix->error_log) || wanted(row.fix->fixed);
    if (!row.scene) return false;
    return is_wanted(row.topic->outline) || is_wanted(row.scene->storyboard.file) ||
           is_wanted(row.scene->technical_plan.file) || is_wanted(row.scene->source) || is_wanted(row.scene->error_log);
  }

  void report(const std::string& collection, const LegacyRow& row, const UnfitNote& note) {
    const bool shortened = note.fit == Fit::shortened;
    values.push_back({collection, row.id, note.attribute, shortened});
    const std::string kept = !shortened ? "; the record goes without it" : "; the record has the start of it";
    diagnostics.emplace_back(shortened ? Code::value_shortened : Code::value_left_out, path_of(row, note),
                             collection + " " + row.id + ": " + note.reason + kept);
  }

  /// The file that the value is from, else the folder or file that the record describes.
  std::string path_of(const LegacyRow& row, const UnfitNote& note) const {
    if (note.file) return tree_.files[*note.file].path;
    if (row.scene) return row.scene->folder;
    if (row.topic) return row.topic->folder;
    if (row.fix) return tree_.files[row.fix->fixed].path;
    return row.file ? tree_.files[*row.file].path : ".";
  }

  const Tree& tree_;
  const Blobs& blobs_;
};

}  // namespace reel::legacy
