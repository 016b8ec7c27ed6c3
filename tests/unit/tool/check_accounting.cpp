#include "check_accounting.hpp"

#include <map>
#include <string>

#include <reel/backends/filesystem.hpp>
#include <reel/blob_store.hpp>
#include <reel/md5.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "run_tool.hpp"

namespace fs = std::filesystem;
using reel::video::Artifact;

void check_accounting(const fs::path& tree, const std::string& store, const nlohmann::json& report) {
  reel::Filesystem backend(store, {.create = false});
  std::map<std::string, Artifact> artifacts;
  for (const auto& artifact : reel::Repository<Artifact, reel::Filesystem>(backend).all())
    CHECK(artifacts.emplace(artifact.value.path, artifact.value).second);

  std::size_t found = 0, left_out = 0;
  for (const auto& entry : fs::recursive_directory_iterator(tree)) {
    if (entry.is_directory() && !entry.is_symlink()) continue;
    ++found;
    const std::string path = fs::relative(entry.path(), tree).generic_string();
    const auto artifact = artifacts.find(path);
    if (artifact == artifacts.end()) {
      ++left_out;
      continue;
    }
    INFO(path);
    const std::string bytes = read_file(entry.path());
    CHECK(artifact->second.md5 == reel::md5_hex(bytes));
    std::string stored;
    for (const reel::Bucket& bucket : reel::video::buckets()) {
      if (bucket.id == artifact->second.bucket_id)
        reel::BlobStore<reel::Filesystem>(backend, bucket)
            .get(reel::BlobId{artifact->second.blob_id}, reel::to_bytes(stored));
    }
    CHECK((stored == bytes));
  }

  const nlohmann::json& files = report.at("files");
  CHECK(files["found"] == found);
  std::size_t roles = 0;
  for (const auto& [role, count] : files["roles"].items()) roles += count.get<std::size_t>();
  CHECK(roles == found);
  std::size_t not_copied = 0;
  for (const auto& [why, count] : files["not_copied"].items()) not_copied += count.get<std::size_t>();
  CHECK(not_copied == left_out);
  CHECK(files["in_target"] == found - left_out);
  CHECK(files["in_target"] == artifacts.size());
  CHECK(files["failed"] == 0);
  CHECK(files["unaccounted"] == 0);
}
