#pragma once

#include <emulator/server/call.hpp>
#include <emulator/storage/storage_state.hpp>

namespace reel::emulator {

/// Whether the parameter `token` permits reading the file. A token that is unknown or expired counts as none, as does
/// every token before 1.7. Throws 401 for the token of another file.
bool token_opens(const Call& call, const Bucket& bucket, const StoredFile* file);

}  // namespace reel::emulator
