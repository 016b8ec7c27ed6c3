#pragma once

#include <emulator/schema/database_state.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// Everything but transactions and work that waits, which must be done before.
Json save_databases(const DatabaseState& state);
void load_databases(const Json& saved, DatabaseState& state);

}  // namespace reel::emulator
