#pragma once

#include <string_view>

#include <emulator/server/call.hpp>
#include <emulator/storage/storage_state.hpp>

namespace reel::emulator {

/// The bucket of the request. Throws 404 if it does not exist, or if it is disabled and the caller is not a key.
Bucket& bucket_of(Call& call);
/// Whether the bucket allows the caller this action on all of its files.
bool bucket_permits(const Call& call, const Bucket& bucket, std::string_view action);
/// Whether the bucket allows the action on all files. If not, single files may allow it; throws 401 if the bucket has
/// no file security.
bool require_bucket(const Call& call, const Bucket& bucket, std::string_view action);
/// Whether the permissions of the file allow the caller this action.
bool file_permits(const Call& call, const StoredFile& file, std::string_view action);
/// Records that a request writes or removes the record that was `before`. Does nothing without races.
void note_file_write(const Call& call, Bucket& bucket, const StoredFile& before);
/// The record that a read by id returns: under races possibly an older or a removed one. Null if not found.
StoredFile* cached_file(const Call& call, Bucket& bucket, std::string_view id);

/// The file of the request. Throws 401 or 404 if the caller may not read it.
StoredFile& readable_file(Call& call, Bucket& bucket);
/// The file of a request for its bytes, which a file token also permits.
const StoredFile& opened_file(Call& call, Bucket& bucket);

/// The parameter `permissions`, expanded for files; empty if it was not sent. Throws 400.
std::optional<Permissions> content_permissions(const Call& call);
/// Throws 401 if a user or guest grants permissions to a role that they do not have.
void require_held_roles(const Caller& caller, const Permissions& permissions);

/// The validator of the parameter `permissions` with these actions.
Validator permission_list(const Call& call, std::span<const std::string_view> actions);

/// Throw 404 `storage_bucket_not_found`, 404 `storage_file_not_found` and 401 `user_unauthorized`.
[[noreturn]] void refuse_bucket();
[[noreturn]] void refuse_file();
[[noreturn]] void refuse_caller();

}  // namespace reel::emulator
