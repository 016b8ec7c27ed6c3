#pragma once

#include <emulator/schema/database_state.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// Sets the lengths and orders that the client left out, then checks the index against the attributes of the
/// collection. Throws 400 `index_invalid`, `attribute_unknown`, `attribute_type_invalid` or `attribute_not_available`.
void check_index(const Call& call, const Collection& collection, Index& index);
/// Checks an index whose lengths and orders are set. Throws 400 `index_invalid`.
void check_index_parts(const Call& call, const Collection& collection, const Index& index);

}  // namespace reel::emulator
