#pragma once

#include <emulator/server/call.hpp>
#include <emulator/storage/storage_state.hpp>

namespace reel::emulator {

/// Whether the parameter `token` of the call opens the file. Throws 401 if it is the token of another file; one that is
/// unknown or has expired counts as none.
bool token_opens(const Call& call, const Bucket& bucket, const StoredFile* file);

}  // namespace reel::emulator
