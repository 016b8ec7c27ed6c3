#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include <reel/backend.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/migration_walk.hpp>
#include <reel/schema.hpp>
#include <reel/video/artifact.hpp>

namespace reel::legacy {

/// Tells a tree the checksums that `other`, a store it was copied to, has in its `artifacts`, so that copying it once
/// more reads only what is new. A file counts as the one that was copied if it has the same path, size and time of
/// modification, in milliseconds; one that was changed without either is not noticed. How many were told.
///
/// Costs a walk over the other store's `artifacts`, of which there may be none.
template <RecordBackend B>
std::size_t recall_sums(Legacy& tree, B& other) {
  using video::Artifact;
  std::unordered_map<std::string, FileIndex> files;
  for (FileIndex i = 0; i < tree.tree().files.size(); ++i) files.emplace(utf8_of(tree.tree().files[i].path), i);
  std::size_t told = 0;
  const auto tell = [&](const Artifact& artifact) {
    const auto found = files.find(artifact.path);
    if (found == files.end() || !artifact.modified_at || artifact.md5.size() != 32) return;
    const File& file = tree.tree().files[found->second];
    if (file.type != EntryType::regular || static_cast<std::int64_t>(file.size) != artifact.size) return;
    if (timestamp_of(file.modified_ns) != *artifact.modified_at) return;
    tree.recall(found->second, artifact.md5);
    ++told;
  };
  try {
    reel::detail::walk_pages(other, schema_of<Artifact>(), [&](const std::vector<DocumentPtr>& documents, const auto&) {
      for (const DocumentPtr& document : documents) {
        Artifact artifact;
        reel::detail::decode_values(*document, artifact);
        tell(artifact);
      }
      return true;
    });
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
  }
  return told;
}

}  // namespace reel::legacy
