#pragma once

#include "support/appwrite_server/database_state.hpp"
#include "support/appwrite_server/json.hpp"

namespace appwrite_server {

/// Everything but transactions and work that waits, which must be done before.
Json save_databases(const DatabaseState& state);
void load_databases(const Json& saved, DatabaseState& state);

}  // namespace appwrite_server
