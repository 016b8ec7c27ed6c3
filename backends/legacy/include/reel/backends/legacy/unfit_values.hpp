#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/legacy/documents.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/error.hpp>

namespace reel::legacy {

/// Finds the values of a tree that the pipeline's schema cannot hold. Reads only files that are long enough to hold
/// one.
class UnfitValues {
 public:
  explicit UnfitValues(const Tree& tree, const TreeBlobs& blobs) : tree_(tree), blobs_(blobs) {}

  /// Checks the record of a row of this collection.
  void look(const std::string& collection, const LegacyRow& row) {
    const bool is_long = has_long_file(collection, row);
    const bool is_suspect = is_long || row.overlay || (row.file && has_long_path(tree_.files[*row.file]));
    if (!is_suspect && collection != "videos" && collection != "agent_memory") return;
    std::vector<UnfitNote> notes;
    DocumentMaker maker(tree_, blobs_, pipeline_schema(collection));
    maker.note_in(notes);
    try {
      static_cast<void>(maker.document(row, is_long ? Texts::read : Texts::skip));
    } catch (const Error&) {  // reported when the record is read
    }
    for (const UnfitNote& note : notes) report(collection, row, note);
  }

  /// Whether a path as records have it may be longer than its attribute: each byte may become four characters.
  [[nodiscard]] static bool has_long_path(const TreeFile& file) { return file.path.size() > 1000; }

  std::vector<UnfitValue> values;
  std::vector<Diagnostic> diagnostics;

 private:
  /// Whether a file that is read for an attribute is long. The bytes of an artifact are not an attribute.
  [[nodiscard]] bool has_long_file(const std::string& collection, const LegacyRow& row) const {
    if (!row.scene && !row.fix) return false;
    return std::ranges::any_of(attributes_of(collection), [&](const TreeAttribute& one) {
      const auto file = one.source ? one.source(row) : std::nullopt;
      return file && tree_.files[*file].size > video::long_text;
    });
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
  const TreeBlobs& blobs_;
};

}  // namespace reel::legacy
