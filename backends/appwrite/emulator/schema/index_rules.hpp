#pragma once

#include <emulator/schema/database_state.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// Checks an index against the attributes of its collection and fills in the lengths and orders that were not given.
/// Throws 400.
void check_index(const Call& call, const Collection& collection, Index& index);
/// The same for an index that has its lengths and orders.
void check_index_parts(const Call& call, const Collection& collection, const Index& index);

}  // namespace reel::emulator
