#pragma once

#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// Adds the attributes and indexes that are sent along with a new collection, available at once. Does nothing on
/// servers before 1.9. Throws 400.
void add_inline_schema(const Call& call, const SchemaTarget& target);

}  // namespace reel::emulator
