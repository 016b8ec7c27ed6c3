#pragma once

#include <emulator/schema/database_state.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// All databases for a snapshot, without transactions, caches and queued work. The caller runs the queued work before
/// (WorkerQueue::run_all).
Json save_databases(const DatabaseState& state);
/// Restores the result of save_databases() into an empty state and rebuilds the unique keys. Throws a JSON exception if
/// a member is missing.
void load_databases(const Json& saved, DatabaseState& state);

}  // namespace reel::emulator
