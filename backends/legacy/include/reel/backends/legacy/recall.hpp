#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/walk.hpp>
#include <reel/schema.hpp>
#include <reel/video/artifact.hpp>

namespace reel::legacy {

/// Takes over the checksums that another store has in its `artifacts`, so that a tree that was copied to this store can
/// be copied again without reading unchanged files. Returns the number of checksums.
///
/// - `tree`: must not be written to meanwhile
/// - `other`: the store with the copy
///
/// A file counts as unchanged if path, size and modification time, in milliseconds, are the same. As with rsync(1), a
/// change that keeps all three is not noticed: do not call it where times are unreliable.
///
/// Costs a walk over the `artifacts` of the other store; zero if it has no such collection. Throws what reading them
/// throws. An artifact that cannot be read is ignored.
template <RecordBackend B>
std::size_t recall_sums(Legacy& tree, B& other) {
  const driver::CollectionSchema& schema = schema_of<video::Artifact>();
  std::unordered_map<std::string, FileIndex> files;  // by path as records have it
  for (FileIndex i = 0; i < tree.tree().files.size(); ++i) files.emplace(record_path(tree.tree().files[i].path), i);
  const auto position = [&](std::string_view name) { return static_cast<std::size_t>(*schema.position(name)); };
  const std::size_t path = position("path"), size = position("size"), time = position("modified_at"),
                    md5 = position("md5");
  std::size_t recalled = 0;
  const auto recall = [&](const driver::Document& artifact) {
    const auto* where = artifact.values[path].as<std::string>();
    const auto* bytes = artifact.values[size].as<std::int64_t>();
    const auto* modified = artifact.values[time].as<Timestamp>();
    const auto* sum = artifact.values[md5].as<std::string>();
    const auto found = where ? files.find(*where) : files.end();
    if (found == files.end() || !bytes || !modified || !sum || sum->size() != 32) return;
    const TreeFile& file = tree.tree().files[found->second];
    const bool is_same = file.type == EntryType::regular && static_cast<std::int64_t>(file.size) == *bytes &&
                         driver::timestamp_of(file.modified_ns) == *modified;
    if (!is_same) return;
    tree.recall(found->second, *sum);
    ++recalled;
  };
  // Records in `page.failed` have no checksum.
  const auto visit = [&](const driver::Page<driver::DocumentPtr>& page) {
    for (const driver::DocumentPtr& document : page.items) recall(*document);
    return true;
  };
  try {
    driver::walk(other, schema, visit, 2);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
  }
  return recalled;
}

}  // namespace reel::legacy
