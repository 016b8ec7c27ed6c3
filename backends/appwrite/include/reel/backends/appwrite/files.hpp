#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/answer_json.hpp>
#include <reel/backends/appwrite/requests.hpp>
#include <reel/blob.hpp>

/// Files in the server's buckets, and the requests for single files.
namespace reel::appwrite {

/// A file as the server reports it. A file with an unfinished upload exists on the server but is not a blob.
struct StoredFile {
  BlobInfo info{};
  // Numbers of parts: of the whole file, and of those that the server has received.
  std::int64_t chunks = 1;
  std::int64_t chunks_there = 1;

  /// Whether the upload is finished. Servers up to 1.8.1 create files with `chunksTotal` -1 from uploads that they
  /// cannot interpret.
  [[nodiscard]] bool complete() const { return chunks > 0 && chunks_there == chunks; }
};

/// A time of a file. Throws `corrupt` if the field is not a time.
inline Timestamp moment_of(const Json& file, const char* name) {
  const auto moment = parse_timestamp(field<std::string>(file, name));
  if (!moment) refuse_field(name, "is not a time");
  return *moment;
}

/// Reads a file from JSON. Throws `corrupt` if a field is missing or has another type; the message names the field.
[[nodiscard]] inline StoredFile file_of(const Json& stored) {
  StoredFile file;  // filled by assignments: gcc 12 destroys members twice when a braced initializer throws
  file.info.id = BlobId{field<std::string>(stored, "$id")};
  file.info.name = field<std::string>(stored, "name");
  file.info.size = field<std::int64_t>(stored, "sizeOriginal");
  file.info.md5 = field<std::string>(stored, "signature");
  file.info.content_type = field<std::string>(stored, "mimeType");
  file.info.created_at = moment_of(stored, "$createdAt");
  file.info.updated_at = moment_of(stored, "$updatedAt");
  file.chunks = field<std::int64_t>(stored, "chunksTotal");
  file.chunks_there = field<std::int64_t>(stored, "chunksUploaded");
  for (const std::string& text : field<std::vector<std::string>>(stored, "$permissions")) {
    const auto permission = Permission::parse(text);
    if (!permission) refuse_stored("the permission '" + text + "'", "is not one that this library knows");
    file.info.permissions.push_back(*permission);
  }
  file.info.sequence = pseudo_sequence(file.info.created_at, file.info.id.str());
  return file;
}

[[nodiscard]] inline std::string bucket_path(std::string_view bucket) {
  return path_of({"storage", "buckets", bucket});
}
[[nodiscard]] inline std::string files_path(std::string_view bucket) {
  return path_of({"storage", "buckets", bucket, "files"});
}
[[nodiscard]] inline std::string file_path(std::string_view bucket, std::string_view id) {
  return path_of({"storage", "buckets", bucket, "files", id});
}

/// Returns the file, finished or not, or `nullopt` if it does not exist. Reads a list, because GET of one file answers
/// from a cache and may return a removed file for up to a day (Appwrite 1.8.1). 1 request.
[[nodiscard]] inline std::optional<StoredFile> find_file(const Client& client, std::string_view bucket,
                                                         std::string_view id) {
  if (id == impossible_id) return std::nullopt;
  Call call{.request = {.path = files_path(bucket)}};
  append_queries(call.request, {id_query(id), limit_query(1)});
  call.request.query.emplace_back("total", "0");
  const auto files = field<Json::array_t>(body_of(client.call(std::move(call)).response), "files");
  if (files.empty()) return std::nullopt;
  StoredFile file = file_of(files.front());
  if (!same_id(file.info.id.str(), id))
    throw Error(Errc::corrupt, "the server answered with file '" + file.info.id.str() + "' to a request about '" +
                                   std::string(id) + "': is a proxy or cache in between?");
  return file;
}

/// As `find_file`, before a write: the file need not be visible to a user who may write it.
[[nodiscard]] inline std::optional<StoredFile> find_to_write(const Client& client, std::string_view bucket,
                                                             std::string_view id) {
  try {
    return find_file(client, bucket, id);
  } catch (const Error& error) {
    if (!client.acts_for_user() || error.code() != Errc::forbidden) throw;
    return std::nullopt;
  }
}

/// Frees the id of a file that was removed while another program read it. The server then still has the file in its
/// cache and refuses a new one with the id (Appwrite 1.8.1). Changing the name, PUT /storage/buckets/…/files/…, drops
/// the cached entry. 1 request.
inline void free_file_id(const Client& client, std::string_view bucket, std::string_view id) {
  try {
    client.call(with_body(Method::put, file_path(bucket, id), Idempotency::idempotent, json::Object{}.add("name", id)));
  } catch (const Error& error) {
    if (!has_type(error, "storage_file_not_found")) throw;
  }
}

/// Removes the file, finished or not. Returns false if it does not exist. 1 request, and 2 more if the server still has
/// a removed file in its cache, which it reports as 500.
inline bool remove_file(const Client& client, std::string_view bucket, std::string_view id) {
  try {
    client.call(
        {.request = {.method = Method::remove, .path = file_path(bucket, id)}, .idempotency = Idempotency::settled});
    return true;
  } catch (const Error& error) {
    if (has_type(error, "storage_file_not_found")) return false;
    if (error.context().http_status != 500 || find_file(client, bucket, id)) throw;
  }
  free_file_id(client, bucket, id);
  return false;
}

/// Sets the name and the permissions that `change` contains, and returns the file. 1 request.
inline StoredFile change_file(const Client& client, std::string_view bucket, std::string_view id,
                              const BlobChange& change) {
  json::Object body;
  if (change.name) body.add("name", *change.name);
  if (change.permissions) body.add("permissions", *change.permissions);
  return file_of(
      body_of(client.call(with_body(Method::put, file_path(bucket, id), Idempotency::idempotent, body)).response));
}

}  // namespace reel::appwrite
