#pragma once

#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// Servers from 1.9 on: the attributes and indexes that come with a new collection, available at once. Throws 400.
void add_inline_schema(const Call& call, const SchemaPlace& place);

}  // namespace reel::emulator
