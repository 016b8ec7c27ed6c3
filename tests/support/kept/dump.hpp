#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <reel/blob_store.hpp>
#include <reel/json.hpp>
#include <reel/query.hpp>
#include <reel/repository.hpp>

/// The content of a store as JSON lines, to compare with those of an earlier version.
namespace reel::testing::kept {

/// The records of a collection in insertion order, one line of JSON each.
template <class T, class Backend>
[[nodiscard]] std::string dump_records(Backend& store) {
  std::string text;
  Repository<T, Backend> records(store);
  for (const Record<T>& record : records.all(Query<T>{})) text += nlohmann::json(record).dump() + '\n';
  return text;
}

/// The blobs of a bucket in insertion order, one line of JSON each, with their content.
template <class Backend>
[[nodiscard]] std::string dump_blobs(Backend& store, const Bucket& bucket) {
  std::string text;
  BlobStore<Backend> blobs(store, bucket);
  for (const BlobInfo& blob : blobs.all({})) {
    std::string content;
    blobs.get(blob.id, to_bytes(content));
    nlohmann::json permissions = nlohmann::json::array();
    for (const Permission& permission : blob.permissions) permissions.push_back(permission.str());
    text += nlohmann::json{{"id", blob.id.str()},
                           {"name", blob.name},
                           {"size", blob.size},
                           {"md5", blob.md5},
                           {"type", blob.content_type},
                           {"permissions", permissions},
                           {"sequence", blob.sequence},
                           {"created", format_timestamp(blob.created_at)},
                           {"updated", format_timestamp(blob.updated_at)},
                           {"content", content}}
                .dump() +
            '\n';
  }
  return text;
}

}  // namespace reel::testing::kept
