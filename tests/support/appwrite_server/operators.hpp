#pragma once

#include "support/appwrite_server/call.hpp"
#include "support/appwrite_server/database_state.hpp"

namespace appwrite_server {

/// Works out the values of `data` that are texts like `{"method":"increment","values":[1]}`; other texts stay as they
/// are. `stored` null: there is no row yet. Throws 400 `document_invalid_structure` where an operator does not fit.
void apply_operators(const Call& call, const Collection& collection, const Row* stored, Json& data);

}  // namespace appwrite_server
