#pragma once

#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/walk.hpp>
#include <reel/schema.hpp>
#include <reel/text/utf8.hpp>
#include <reel/video/artifact.hpp>

namespace reel::legacy {

/// The files of a tree by their paths in records.
class FilesByPath {
 public:
  explicit FilesByPath(const Tree& tree) {
    files_.reserve(tree.files.size());
    for (FileIndex i = 0; i < tree.files.size(); ++i) {
      const std::string& path = tree.files[i].path;
      files_.emplace(is_written_as_it_is(path) ? path : written_.emplace_front(record_path(path)), i);
    }
  }

  [[nodiscard]] std::optional<FileIndex> find(std::string_view path) const {
    const auto found = files_.find(path);
    return found == files_.end() ? std::nullopt : std::optional{found->second};
  }

 private:
  static bool is_written_as_it_is(std::string_view path) {
    return path.find('\\') == std::string_view::npos && text::is_valid_utf8(path);
  }

  std::forward_list<std::string> written_;
  std::unordered_map<std::string_view, FileIndex> files_;
};

/// Tells a tree the checksums that `other`, a store it was copied to, has in its `artifacts`, so that copying it once
/// more reads only what is new. A file counts as the one that was copied if it has the same path, size and time of
/// modification, in milliseconds; one that was changed without either is not noticed. How many were told.
///
/// Costs a walk over the other store's `artifacts`, of which there may be none.
template <RecordBackend B>
std::size_t recall_sums(Legacy& tree, B& other) {
  const driver::CollectionSchema& schema = schema_of<video::Artifact>();
  const FilesByPath files(tree.tree());
  const auto position = [&](std::string_view name) { return static_cast<std::size_t>(*schema.position(name)); };
  const std::size_t path = position("path"), size = position("size"), time = position("modified_at"),
                    md5 = position("md5");
  std::size_t told = 0;
  const auto tell = [&](const driver::Document& artifact) {
    const auto* where = artifact.values[path].as<std::string>();
    const auto* bytes = artifact.values[size].as<std::int64_t>();
    const auto* modified = artifact.values[time].as<Timestamp>();
    const auto* sum = artifact.values[md5].as<std::string>();
    const auto index = where ? files.find(*where) : std::nullopt;
    if (!index || !bytes || !modified || !sum || sum->size() != 32) return;
    const TreeFile& file = tree.tree().files[*index];
    if (file.type != EntryType::regular || static_cast<std::int64_t>(file.size) != *bytes) return;
    if (driver::timestamp_of(file.modified_ns) != *modified) return;
    tree.recall(*index, *sum);
    ++told;
  };
  const auto visit =
      [&](const driver::Page<driver::DocumentPtr>& page) {  // an unreadable record has no checksum to recall
        for (const driver::DocumentPtr& document : page.items) tell(*document);
        return true;
      };
  try {
    driver::walk(other, schema, visit, 2);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
  }
  return told;
}

}  // namespace reel::legacy
