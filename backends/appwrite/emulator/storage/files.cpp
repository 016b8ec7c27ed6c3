#include <algorithm>
#include <filesystem>
#include <utility>

#include <emulator/documents/table.hpp>
#include <emulator/http/body.hpp>
#include <emulator/realtime/events.hpp>
#include <emulator/server/app.hpp>
#include <emulator/server/races.hpp>
#include <emulator/server/router.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/storage/file_reads.hpp>
#include <emulator/storage/mime.hpp>
#include <emulator/storage/storage_access.hpp>
#include <emulator/storage/storage_lists.hpp>
#include <emulator/storage/uploads.hpp>

namespace reel::emulator {
namespace {

[[noreturn]] void refuse_existing() {
  throw ServerError{409, "storage_file_already_exists", "A storage file with the requested ID already exists."};
}

/// In bytes. The server neither compresses nor encrypts larger files.
constexpr std::int64_t most_to_transform = 20'000'000;

/// The folder for large contents.
std::filesystem::path spool_folder(const Call& call) {
  const std::filesystem::path& data = call.app.config().data;
  return data.empty() ? std::filesystem::temp_directory_path() : data / "uploads";
}

/// One request of an upload.
struct Upload {
  std::string file_id;
  std::string name;
  std::string_view bytes;
  std::int64_t size = 0;  ///< Of the whole file in bytes, as announced by the client.
  ChunkPosition position;
  bool has_range = false;
};

/// The last part named `file`, or the first of a list `file[]`.
std::optional<UploadedFile> file_part(const Request& request) {
  std::optional<UploadedFile> found;
  for (UploadedFile& file : read_files(request)) {
    if (file.field == "file") found = std::move(file);
    if (!found && file.field.starts_with("file[")) found = std::move(file);
  }
  return found;
}

Upload read_upload(const Call& call, const std::string& file_id) {
  const std::optional<UploadedFile> part = file_part(call.request);
  if (!part) throw ServerError{400, "storage_file_empty", "Empty file passed to the endpoint."};
  Upload upload{.file_id = file_id == "unique()" ? make_id() : file_id,
                .name = part->name,
                .bytes = part->content,
                .size = static_cast<std::int64_t>(part->content.size()),
                .position = {}};
  const std::string_view header = call.request.header("content-range").value_or("");
  if (header.empty() || header == "0") return upload;
  const auto range = parse_content_range(header);
  if (!range) {
    throw ServerError{400, "storage_invalid_content_range",
                      "The content range is invalid. Please check the value of the Content-Range header."};
  }
  if (const auto id = call.request.header("x-appwrite-id"); id && !(call.since(1, 9, 5) && id->empty())) {
    upload.file_id = *id;
  }
  if (!is_key(upload.file_id)) {
    throw ServerError{400, "storage_invalid_appwrite_id",
                      "The value for x-appwrite-id header is invalid. Please check the value of the x-appwrite-id "
                      "header is a valid id and not unique()."};
  }
  upload.size = range->total;
  upload.position = chunk_position(*range, call.version);
  upload.has_range = true;
  return upload;
}

/// The text after the last dot of the last path component, with its case. Slashes at the end are ignored.
std::string extension_of(std::string name) {
  while (name.ends_with('/')) name.pop_back();
  const std::string last = name.substr(name.find_last_of('/') + 1);
  const std::size_t dot = last.rfind('.');
  return dot == std::string::npos ? std::string{} : last.substr(dot + 1);
}

void check_rules(const BucketRules& rules, const Upload& upload) {
  std::string extension = extension_of(upload.name);
  for (char& letter : extension) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  const auto& allowed = rules.extensions;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), extension) == allowed.end()) {
    throw ServerError{400, "storage_file_type_unsupported", "File extension not allowed"};
  }
  if (upload.size > rules.maximum_file_size) {
    throw ServerError{400, "storage_invalid_file_size", "File size not allowed"};
  }
  if (upload.name.empty()) {
    throw ServerError{403, "storage_invalid_file",
                      "The uploaded file is invalid. Please check the file and try again."};
  }
}

/// The record that an upload finds. Servers before 1.9 search with the caller's rights, so they may not find it.
StoredFile* visible_file(const Call& call, Bucket& bucket, const std::string& id) {
  StoredFile* file = bucket.find(id);
  if (file == nullptr) {
    const PastFile* past = bucket.find_past(id);
    return past != nullptr && past->kept ? cached_file(call, bucket, id) : nullptr;
  }
  if (call.since(1, 9) || bucket_permits(call, bucket, "read")) return file;
  return bucket.rules.file_security && file_permits(call, *file, "read") ? file : nullptr;
}

bool is_subtitle(std::string_view type) { return type == "application/x-subrip" || type == "text/vtt"; }

/// Fills in what is known only when all chunks have arrived: MD5, MIME type, compression and encryption.
void finish(const Call& call, StoredFile& file, const Bucket& bucket, const Content& content) {
  constexpr std::int64_t most_to_look_at = 1024 * 1024;
  file.signature = signature_of(content);
  file.mime_type = sniff_type(content.read(0, most_to_look_at));
  if (call.app.config().old_libmagic && is_subtitle(file.mime_type)) file.mime_type = "text/plain";
  const bool transformed = file.size <= most_to_transform;
  file.compression = transformed ? bucket.rules.compression : "none";
  file.encryption = transformed && bucket.rules.encryption;
}

/// Whether another upload of the same id has created its record after this one had found no record (races).
bool came_too_late(const Call& call, const Upload& upload, const StoredFile& file) {
  return !upload.has_range && file.recorded > call.arrived && !call.since(1, 9, 5) &&
         call.app.races().happens("upload overlap", static_cast<std::uint64_t>(file.sequence), call.arrived, 2);
}

/// The stored bytes after two uploads of one id have written to the same path: the bytes of the second or, if
/// encrypted, a ciphertext in base64 for which the record of the first has no key.
Content damaged_content(const Call& call, const Bucket& bucket, std::string_view bytes) {
  std::string kept{bytes};
  if (bucket.rules.encryption && std::ssize(bytes) <= most_to_transform) {
    kept = ciphertext(bytes.size(), call.app.races().draw("ciphertext", bytes.size(), call.arrived));
  }
  return content_of_bytes(kept, spool_folder(call));
}

StoredFile& record(Call& call, Bucket& bucket, const Upload& upload, const Permissions& permissions,
                   const std::string& path, int chunks_total) {
  if (chunks_total < 1) unknown_error();
  if (bucket.find(upload.file_id) != nullptr || collide(permissions)) refuse_existing();
  return bucket.add({.id = upload.file_id,
                     .name = upload.name,
                     .search = upload.file_id + " " + upload.name,
                     .permissions = permissions,
                     .path = path,
                     .signature = {},
                     .mime_type = {},
                     .size = upload.size,
                     .chunks_total = chunks_total,
                     .created = call.now,
                     .updated = call.now,
                     .recorded = call.app.races().tick()});
}

Response accept(Call& call, Bucket& bucket, const Upload& upload, const Permissions& permissions) {
  const bool locked = call.since(1, 9, 5);
  const std::string path = upload.file_id + "." + extension_of(upload.name);
  ChunkPosition position = upload.position;
  StoredFile* file = visible_file(call, bucket, upload.file_id);
  if (file != nullptr) {
    if (file->complete()) {
      if (came_too_late(call, upload, *file)) bucket.contents[path] = damaged_content(call, bucket, upload.bytes);
      if (!locked || !upload.has_range) refuse_existing();
      return json_response(200, to_json(*file, bucket, call.version));
    }
    position.total = file->chunks_total;
    if (position.number == -1) position.number = position.total;
  } else if (call.since(1, 9) && position.number == -1) {
    position = {1, 1};
  }
  const int stored = store_chunk(bucket, path, position, upload.bytes, locked, spool_folder(call));
  if (file == nullptr) {
    file = &record(call, bucket, upload, permissions, path, position.total);
  } else {
    note_file_write(call, bucket, *file);
  }
  file->chunks_uploaded = locked ? std::max(file->chunks_uploaded, stored) : stored;
  file->updated = call.now;
  if (file->complete()) {
    file->permissions = permissions;
    finish(call, *file, bucket, bucket.contents.at(path));
  }
  const Json shown = to_json(*file, bucket, call.version);
  announce_file(call, bucket, "create", shown);
  return json_response(201, shown);
}

Response create_file(Call& call) {
  call.id("bucketId");
  const std::string file_id = call.parameters.required_text("fileId", custom_id());
  const std::optional<Permissions> sent = content_permissions(call);
  Bucket& bucket = bucket_of(call);
  if (!bucket_permits(call, bucket, "create")) refuse_caller();
  const Permissions permissions = sent ? *sent : own_permissions(call.caller.user_id);
  require_held_roles(call.caller, permissions);
  if (bucket.rules.maximum_file_size > call.app.config().storage_limit) {
    throw ServerError{500, "general_server_error", "Server Error"};
  }
  const Upload upload = read_upload(call, file_id);
  check_rules(bucket.rules, upload);
  return accept(call, bucket, upload, permissions);
}

Response update_file(Call& call) {
  call.id("bucketId");
  call.id("fileId");
  const Json name = call.parameters.optional("name", nullptr, nullable(text(255)));
  const std::optional<Permissions> permissions = content_permissions(call);
  Bucket& bucket = bucket_of(call);
  const bool whole_bucket = require_bucket(call, bucket, "update");
  StoredFile* file = bucket.find(call.path.at("fileId"));
  if (file == nullptr) file = cached_file(call, bucket, call.path.at("fileId"));
  if (file == nullptr) refuse_file();
  if (permissions) require_held_roles(call.caller, *permissions);
  const std::string new_name = name.is_null() ? file->name : name.get<std::string>();
  const Permissions new_permissions = permissions.value_or(file->permissions);
  const bool changes = new_name != file->name || new_permissions != file->permissions;
  const bool unchanged_and_read =
      !changes && (bucket_permits(call, bucket, "read") || file_permits(call, *file, "read"));
  if (!whole_bucket && !unchanged_and_read && !(changes && file_permits(call, *file, "update"))) refuse_caller();
  if (collide(new_permissions)) unknown_error();
  StoredFile shown = *file;
  if (changes) {
    shown.name = new_name;
    shown.permissions = new_permissions;
    shown.updated = call.now;
  }
  if (StoredFile* stored = bucket.find(shown.id); stored == nullptr) {
    bucket.past.erase(fold_id(shown.id));  // writes nothing but purges the cache
  } else if (changes) {
    note_file_write(call, bucket, *stored);
    *stored = shown;
  }
  const Json json = to_json(shown, bucket, call.version);
  announce_file(call, bucket, "update", json);
  return json_response(200, json);
}

Response delete_file(Call& call) {
  call.id("bucketId");
  call.id("fileId");
  Bucket& bucket = bucket_of(call);
  const bool whole_bucket = require_bucket(call, bucket, "delete");
  const StoredFile* file = cached_file(call, bucket, call.path.at("fileId"));
  if (file == nullptr) refuse_file();
  if (!whole_bucket && !file_permits(call, *file, "delete")) refuse_caller();
  const StoredFile* stored = bucket.find(file->id);
  if (stored == nullptr) throw ServerError{500, "general_server_error", "Failed to delete file from device"};
  note_file_write(call, bucket, *stored);
  announce_file(call, bucket, "delete", to_json(*stored, bucket, call.version));
  bucket.remove(*stored);
  return no_content();
}

}  // namespace

void add_file_routes(Router& router) {
  constexpr int limit = 60;
  const RouteOptions read{.area = "storage", .scopes = {"files.read"}};
  const RouteOptions write{.area = "storage", .scopes = {"files.write"}, .limit = limit};
  router.add("POST", "/storage/buckets/:bucketId/files", write, create_file);
  router.add("GET", "/storage/buckets/:bucketId/files", read, list_files);
  router.add("GET", "/storage/buckets/:bucketId/files/:fileId", read, show_file);
  router.add("PUT", "/storage/buckets/:bucketId/files/:fileId", write, update_file);
  router.add("DELETE", "/storage/buckets/:bucketId/files/:fileId", write, delete_file);
  router.add("GET", "/storage/buckets/:bucketId/files/:fileId/download", read, download_file);
  router.add("GET", "/storage/buckets/:bucketId/files/:fileId/view", read, view_file);
  router.add("GET", "/storage/buckets/:bucketId/files/:fileId/preview", read, preview_file);
}

}  // namespace reel::emulator
