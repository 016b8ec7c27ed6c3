#pragma once

#include <emulator/schema/schema_access.hpp>
#include <emulator/server/router.hpp>

namespace reel::emulator {

inline constexpr const char* attributes_pattern = "/databases/:databaseId/collections/:collectionId/attributes";

/// Checks that the attribute fits and its key is free, and queues its creation.
Attribute& add_attribute(const Call& call, const SchemaPlace& place, Attribute attribute);

void add_attribute_creation_routes(Router& router);
void add_attribute_update_routes(Router& router);
void add_relationship_routes(Router& router);

}  // namespace reel::emulator
