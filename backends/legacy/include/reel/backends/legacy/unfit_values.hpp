#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include <reel/backends/legacy/documents.hpp>
#include <reel/error.hpp>

namespace reel::legacy {

/// Adds the values that the pipeline's schema cannot hold to `Tree::unfit`, and reports them. Runs each time that the
/// tree is read, and reads only files that are large enough to contain such a value: a code point takes at least one
/// byte.
class UnfitValues {
 public:
  /// Both must outlive this. `tree` receives the findings.
  UnfitValues(Tree& tree, const TreeBlobs& blobs) : tree_(tree), blobs_(blobs) {}

  /// Checks the record of a row. Skips records whose values all come from short files and names.
  void look(const std::string& collection, const LegacyRow& row) {
    const bool is_long = has_long_file(collection, row);
    const bool is_suspect = is_long || row.overlay || (row.file && has_long_path(tree_.files[*row.file]));
    if (!is_suspect && collection != "videos" && collection != "agent_memory") return;
    const DocumentMaker maker(tree_, blobs_, tree_collection(collection).schema());
    try {
      static_cast<void>(maker.document(row, is_long ? Texts::read : Texts::skip));
    } catch (const Error&) {  // reported when the record is read
    }
    for (const auto& [attribute, fit, reason, file] : maker.unfit()) {
      const bool shortened = fit == Fit::shortened;
      tree_.unfit.push_back({collection, row.id, attribute, shortened});
      const char* const rest = shortened ? "; the record has the beginning" : "; the record does not have it";
      tree_.diagnostics.emplace_back(shortened ? Code::value_shortened : Code::value_left_out,
                                     file ? tree_.files[*file].path : path_of(row),
                                     collection + " " + row.id + ": " + reason + rest);
    }
  }

  /// Whether the path of a file in a record may be longer than its attribute permits: `record_path` may turn a byte
  /// into four characters.
  [[nodiscard]] static bool has_long_path(const TreeFile& file) { return file.path.size() > 1000; }

 private:
  /// Whether the file of an attribute is longer than the attribute permits. The content of an artifact is not an
  /// attribute.
  [[nodiscard]] bool has_long_file(const std::string& collection, const LegacyRow& row) const {
    if (!row.scene && !row.fix) return false;
    return std::ranges::any_of(tree_collection(collection).attributes, [&](const TreeAttribute& one) {
      const auto file = one.source ? one.source(row) : std::nullopt;
      return file && tree_.files[*file].size > video::long_text;
    });
  }

  /// The folder or file that the record describes.
  [[nodiscard]] std::string path_of(const LegacyRow& row) const {
    if (row.scene) return row.scene->folder;
    if (row.topic) return row.topic->folder;
    if (row.fix) return tree_.files[row.fix->fixed].path;
    return row.file ? tree_.files[*row.file].path : ".";
  }

  Tree& tree_;
  const TreeBlobs& blobs_;
};

}  // namespace reel::legacy
