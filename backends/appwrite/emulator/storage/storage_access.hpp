#pragma once

#include <string_view>

#include <emulator/server/call.hpp>
#include <emulator/storage/storage_state.hpp>

namespace reel::emulator {

/// The bucket of the call; 404 if there is none, or a disabled one for anybody but a key.
Bucket& bucket_of(Call& call);
/// Whether the bucket itself allows the caller that action on all files.
bool bucket_permits(const Call& call, const Bucket& bucket, std::string_view action);
/// Throws 401 if neither the bucket allows the action nor files may; tells whether the bucket does.
bool require_bucket(const Call& call, const Bucket& bucket, std::string_view action);
bool file_permits(const Call& call, const StoredFile& file, std::string_view action);
/// Notes that a request writes or removes a record.
void note_file_write(const Call& call, Bucket& bucket, const StoredFile& before);
/// The record that a read by id answers: under races maybe an older or a removed one. Null if there is none.
StoredFile* cached_file(const Call& call, Bucket& bucket, std::string_view id);

/// The file of the call for somebody who may read it; 401 or 404.
StoredFile& readable_file(Call& call, Bucket& bucket);
/// The same for its bytes, which a token opens, too.
const StoredFile& opened_file(Call& call, Bucket& bucket);

/// The list `permissions` of the call, expanded for documents or files; nothing if it was not sent.
std::optional<Permissions> content_permissions(const Call& call);
/// Throws 401 if a user or guest grants a role that he does not hold.
void require_held_roles(const Caller& caller, const Permissions& permissions);

Validator permission_list(std::span<const std::string_view> actions);

[[noreturn]] void refuse_bucket();
[[noreturn]] void refuse_file();
[[noreturn]] void refuse_caller();

}  // namespace reel::emulator
