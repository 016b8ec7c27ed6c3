#pragma once

namespace appwrite_server {

/// The buckets and files of a project.
struct StorageState {};

}  // namespace appwrite_server
