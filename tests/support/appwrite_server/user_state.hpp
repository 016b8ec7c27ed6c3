#pragma once

namespace appwrite_server {

/// The users and sessions of a project.
struct UserState {};

}  // namespace appwrite_server
