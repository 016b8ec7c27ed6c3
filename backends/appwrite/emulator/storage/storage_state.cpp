#include <emulator/storage/storage_state.hpp>

#include <utility>

namespace reel::emulator {
namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& letter : out) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  return out;
}

}  // namespace

StoredFile* Bucket::find(std::string_view file_id) {
  const auto found = files.find(lower(file_id));
  return found == files.end() ? nullptr : &found->second;
}

PastFile* Bucket::find_past(std::string_view file_id) {
  const auto found = past.find(lower(file_id));
  return found == past.end() ? nullptr : &found->second;
}

StoredFile& Bucket::add(StoredFile file) {
  file.sequence = next_sequence++;
  return files.emplace(lower(file.id), std::move(file)).first->second;
}

void Bucket::remove(const StoredFile& file) {
  contents.erase(file.path);
  parts.erase(file.path);
  files.erase(lower(file.id));
}

Bucket* StorageState::find(std::string_view bucket_id) {
  const auto found = buckets.find(lower(bucket_id));
  return found == buckets.end() ? nullptr : &found->second;
}

bool StorageState::add(Bucket bucket) {
  bucket.sequence = next_sequence;
  const bool added = buckets.emplace(lower(bucket.id), std::move(bucket)).second;
  if (added) ++next_sequence;
  return added;
}

void StorageState::remove(const Bucket& bucket) { buckets.erase(lower(bucket.id)); }

Json to_json(const Bucket& bucket, Version version) {
  const BucketRules& rules = bucket.rules;
  Json json{{"$id", bucket.id},
            {"$createdAt", write_time(bucket.created)},
            {"$updatedAt", write_time(bucket.updated)},
            {"$permissions", rules.permissions},
            {"fileSecurity", rules.file_security},
            {"name", rules.name},
            {"enabled", rules.enabled},
            {"maximumFileSize", rules.maximum_file_size},
            {"allowedFileExtensions", rules.extensions},
            {"compression", rules.compression},
            {"encryption", rules.encryption},
            {"antivirus", rules.antivirus}};
  if (version >= Version{1, 8, 0}) json["transformations"] = rules.transformations;
  if (version >= Version{1, 9, 0}) {
    std::int64_t total = 0;
    for (const auto& [key, file] : bucket.files) total += file.size;
    json["totalSize"] = total;
  }
  return json;
}

Json to_json(const StoredFile& file, const Bucket& bucket, Version version) {
  Json json{{"$id", file.id},
            {"bucketId", bucket.id},
            {"$createdAt", write_time(file.created)},
            {"$updatedAt", write_time(file.updated)},
            {"$permissions", file.permissions},
            {"name", file.name},
            {"signature", file.signature},
            {"mimeType", file.mime_type},
            {"sizeOriginal", file.size}};
  if (version >= Version{1, 9, 0}) json["sizeActual"] = file.complete() ? file.size : 0;
  json["chunksTotal"] = file.chunks_total;
  json["chunksUploaded"] = file.chunks_uploaded;
  if (version >= Version{1, 9, 0}) {
    json["encryption"] = file.encryption;
    json["compression"] = file.compression;
  }
  return json;
}

}  // namespace reel::emulator
