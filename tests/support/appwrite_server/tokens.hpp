#pragma once

#include "support/appwrite_server/call.hpp"
#include "support/appwrite_server/storage_state.hpp"

namespace appwrite_server {

/// Whether the parameter `token` of the call opens the file. Throws 401 if it is the token of another file; one that is
/// unknown or has expired counts as none.
bool token_opens(const Call& call, const Bucket& bucket, const StoredFile* file);

}  // namespace appwrite_server
