#include <emulator/storage/storage_access.hpp>

#include <algorithm>

#include <emulator/documents/table.hpp>
#include <emulator/server/app.hpp>
#include <emulator/server/project.hpp>
#include <emulator/server/races.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/storage/tokens.hpp>

namespace reel::emulator {

void refuse_bucket() {
  throw ServerError{404, "storage_bucket_not_found", "Storage bucket with the requested ID could not be found."};
}

void refuse_file() { throw ServerError{404, "storage_file_not_found", "The requested file could not be found."}; }

void refuse_caller() {
  throw ServerError{401, "user_unauthorized", "The current user is not authorized to perform the requested action."};
}

Bucket& bucket_of(Call& call) {
  Bucket* bucket = call.project.storage->find(call.path.at("bucketId"));
  if (bucket == nullptr || (!bucket->rules.enabled && !call.caller.is_key)) refuse_bucket();
  return *bucket;
}

bool bucket_permits(const Call& call, const Bucket& bucket, std::string_view action) {
  return call.caller.is_key || permits(bucket.rules.permissions, action, call.caller.roles);
}

bool require_bucket(const Call& call, const Bucket& bucket, std::string_view action) {
  const bool permitted = bucket_permits(call, bucket, action);
  if (!permitted && !bucket.rules.file_security) refuse_caller();
  return permitted;
}

bool file_permits(const Call& call, const StoredFile& file, std::string_view action) {
  return call.caller.is_key || permits(file.permissions, action, call.caller.roles);
}

namespace {

std::uint64_t number_of(const PastFile& past) { return static_cast<std::uint64_t>(past.file.sequence); }

}  // namespace

void note_file_write(const Call& call, Bucket& bucket, const StoredFile& before) {
  Races& races = call.app.races();
  if (!races.on()) return;
  PastFile& past = bucket.past[fold_id(before.id)];
  past.file = before;
  past.written = races.tick();
  ++past.writes;
  constexpr std::uint64_t rarity = 8;
  // From 1.9.5 on the server purges again after the commit.
  past.kept = !call.since(1, 9, 5) && races.happens("file kept in the cache", number_of(past), past.writes, rarity);
}

StoredFile* cached_file(const Call& call, Bucket& bucket, std::string_view id) {
  PastFile* past = bucket.find_past(id);
  if (past == nullptr) return bucket.find(id);
  const bool overlapped =
      past->written > call.arrived && call.app.races().happens("file overlap", number_of(*past), past->writes, 2);
  return past->kept || overlapped ? &past->file : bucket.find(id);
}

StoredFile& readable_file(Call& call, Bucket& bucket) {
  const bool whole_bucket = require_bucket(call, bucket, "read");
  StoredFile* file = cached_file(call, bucket, call.path.at("fileId"));
  if (file == nullptr || (!whole_bucket && !file_permits(call, *file, "read"))) refuse_file();
  return *file;
}

const StoredFile& opened_file(Call& call, Bucket& bucket) {
  const StoredFile* file = cached_file(call, bucket, call.path.at("fileId"));
  return token_opens(call, bucket, file) ? *file : readable_file(call, bucket);
}

Validator permission_list(const Call& call, std::span<const std::string_view> actions) {
  return {[actions, version = call.version](const Json& value) {
    return permissions_problem(value, actions, version).value_or("");
  }};
}

std::optional<Permissions> content_permissions(const Call& call) {
  const Json list =
      call.parameters.optional("permissions", nullptr, nullable(permission_list(call, content_actions())));
  if (list.is_null()) return std::nullopt;
  return expand_permissions(list, content_actions());
}

void require_held_roles(const Caller& caller, const Permissions& permissions) {
  if (caller.is_key) return;
  const bool held = std::all_of(permissions.begin(), permissions.end(), [&](const std::string& permission) {
    return caller.has_role(granted_role(permission));
  });
  if (held) return;
  std::string roles;
  for (const std::string& role : caller.roles) roles += (roles.empty() ? "" : ", ") + role;
  throw ServerError{401, "user_unauthorized", "Permissions must be one of: (" + roles + ")"};
}

}  // namespace reel::emulator
