#pragma once

#include "support/appwrite_server/call.hpp"
#include "support/appwrite_server/database_state.hpp"

namespace appwrite_server {

/// Checks an index against the attributes of its collection and fills in the lengths and orders that were not given.
/// Throws 400.
void check_index(const Call& call, const Collection& collection, Index& index);
/// The same for an index that has its lengths and orders.
void check_index_parts(const Call& call, const Collection& collection, const Index& index);

}  // namespace appwrite_server
