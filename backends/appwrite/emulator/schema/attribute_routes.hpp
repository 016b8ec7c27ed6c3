#pragma once

#include <emulator/schema/schema_access.hpp>
#include <emulator/server/router.hpp>

namespace reel::emulator {

/// The common start of all routes of attributes.
inline constexpr const char* attributes_pattern = "/databases/:databaseId/collections/:collectionId/attributes";

/// Adds an attribute with the status `processing` and queues its creation. Returns the stored attribute. Throws 400
/// `attribute_limit_exceeded` if the row would be too wide and 409 `attribute_already_exists` if the key is used,
/// compared without case.
Attribute& add_attribute(const Call& call, const SchemaTarget& target, Attribute attribute);

// Called by add_attribute_routes().
void add_attribute_creation_routes(Router& router);
void add_attribute_update_routes(Router& router);
void add_relationship_routes(Router& router);

}  // namespace reel::emulator
