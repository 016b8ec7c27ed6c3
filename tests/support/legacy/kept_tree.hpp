#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/blob_store.hpp>
#include <reel/json.hpp>
#include <reel/text/utf8.hpp>
#include <reel/video/buckets.hpp>
#include <reel/video/everything.hpp>

#include "support/filesystem/temporary_folder.hpp"

/// Trees packed into one file, with the bytes and times of their files and with their empty folders.
namespace legacy_tree {

using Json = nlohmann::ordered_json;

inline std::string hexadecimal(std::string_view bytes) {
  std::string digits;
  for (const char c : bytes) {
    digits += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4U];
    digits += "0123456789abcdef"[static_cast<unsigned char>(c) & 15U];
  }
  return digits;
}

inline std::string bytes_from(const std::string& digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

/// Every file and empty folder below `root`, by path.
inline Json pack(const std::filesystem::path& root) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
    if (!entry.is_directory() || std::filesystem::is_empty(entry)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  Json files = Json::array();
  for (const auto& path : paths) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) throw std::runtime_error("cannot look at " + path.string());
    Json file = {{"path", reel::legacy::record_path(std::filesystem::relative(path, root).string())},
                 {"modified_ns", status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec}};
    if (!S_ISDIR(status.st_mode)) {
      const std::string bytes = reel::testing::content_of(path.string());
      reel::text::is_valid_utf8(bytes) ? file["text"] = bytes : file["bytes"] = hexadecimal(bytes);
    }
    files.push_back(std::move(file));
  }
  return files;
}

/// Writes a packed tree into a folder.
inline void unpack(const Json& files, const std::filesystem::path& root) {
  std::filesystem::create_directories(root);
  for (const Json& file : files) {
    const std::filesystem::path path = root / reel::legacy::disk_path(file.at("path").get<std::string>()).value();
    std::filesystem::create_directories(path.parent_path());
    if (file.contains("text")) {
      std::ofstream(path, std::ios::binary) << file["text"].get<std::string>();
    } else if (file.contains("bytes")) {
      std::ofstream(path, std::ios::binary) << bytes_from(file["bytes"].get<std::string>());
    } else {
      std::filesystem::create_directories(path);
    }
    const auto modified = file.at("modified_ns").get<std::int64_t>();
    const timespec time{modified / 1'000'000'000, modified % 1'000'000'000};
    const timespec times[] = {time, time};
    if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0)
      throw std::runtime_error("cannot set the time of " + path.string());
  }
}

inline Json json_of(const std::vector<reel::Permission>& permissions) {
  Json texts = Json::array();
  for (const reel::Permission& one : permissions) texts.push_back(one.str());
  return texts;
}

/// The records of a collection in the order of insertion.
inline Json records_in(reel::Legacy& tree, const reel::driver::CollectionSchema& schema) {
  Json records = Json::array();
  const auto page = tree.list(schema, {.limit = 10'000});
  if (!page.failed.empty()) throw page.failed.front();
  for (const auto& document : page.items) {
    Json values = Json::object();
    for (std::size_t i = 0; i < schema.attributes.size(); ++i)
      values[schema.attributes[i].name] = reel::to_json(document->values[i]);
    records.push_back({{"id", document->id},
                       {"created_at", reel::format_timestamp(document->created_at)},
                       {"updated_at", reel::format_timestamp(document->updated_at)},
                       {"permissions", json_of(document->permissions)},
                       {"values", std::move(values)}});
  }
  return records;
}

/// The blobs of a bucket in the order of insertion, with their bytes.
inline Json blobs_in(reel::Legacy& tree, const reel::Bucket& bucket) {
  Json blobs = Json::array();
  const reel::BlobStore<reel::Legacy> store(tree, bucket);
  for (const reel::BlobInfo& info : store.all()) {
    std::string bytes;
    store.get(info.id, reel::to_bytes(bytes));
    blobs.push_back({{"id", info.id.str()},
                     {"sequence", info.sequence},
                     {"name", info.name},
                     {"md5", info.md5},
                     {"content_type", info.content_type},
                     {"created_at", reel::format_timestamp(info.created_at)},
                     {"updated_at", reel::format_timestamp(info.updated_at)},
                     {"permissions", json_of(info.permissions)},
                     {"bytes", hexadecimal(bytes)}});
  }
  return blobs;
}

/// Returns all contents of a tree that was kept when it had these collections, including the buckets in `own_buckets`
/// that are not the pipeline's.
inline Json contents_of(reel::Legacy& tree, const std::vector<std::string>& own_buckets) {
  Json contents = Json::object();
  namespace video = reel::video;
  const auto set = reel::migration_set<video::Video, video::Scene, video::Fix, video::Artifact>();
  for (const reel::driver::CollectionSchema* schema : set.collections) contents[schema->id] = records_in(tree, *schema);
  for (const reel::Bucket& bucket : reel::video::buckets()) contents["bucket " + bucket.id] = blobs_in(tree, bucket);
  for (const std::string& id : own_buckets) contents["bucket " + id] = blobs_in(tree, {.id = id, .name = id});
  return contents;
}

}  // namespace legacy_tree
