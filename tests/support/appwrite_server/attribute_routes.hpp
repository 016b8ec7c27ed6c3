#pragma once

#include "support/appwrite_server/router.hpp"
#include "support/appwrite_server/schema_access.hpp"

namespace appwrite_server {

inline constexpr const char* attributes_pattern = "/databases/:databaseId/collections/:collectionId/attributes";

/// Checks that the attribute fits and its key is free, and queues its creation.
Attribute& add_attribute(const Call& call, const SchemaPlace& place, Attribute attribute);

void add_attribute_creation_routes(Router& router);
void add_attribute_update_routes(Router& router);
void add_relationship_routes(Router& router);

}  // namespace appwrite_server
