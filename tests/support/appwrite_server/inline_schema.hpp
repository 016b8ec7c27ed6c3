#pragma once

#include "support/appwrite_server/call.hpp"
#include "support/appwrite_server/schema_access.hpp"

namespace appwrite_server {

/// Servers from 1.9 on: the attributes and indexes that come with a new collection, available at once. Throws 400.
void add_inline_schema(const Call& call, const SchemaPlace& place);

}  // namespace appwrite_server
