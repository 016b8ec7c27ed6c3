#pragma once

#include <string>

#include "store.hpp"

namespace tool {

/// Throws `UsageError` if a store with this URL is not on an Appwrite server, which alone has users.
void require_users(const std::string& url);
/// Creates the user of this name with what it needs to watch the collections and buckets of the pipeline over the
/// realtime socket, and prints what was done. The last line is a setting with the secret of a new session.
void set_up_watcher(const Store& store, const std::string& user);

}  // namespace tool
