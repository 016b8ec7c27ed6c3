#pragma once

#include <emulator/schema/database_state.hpp>
#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>
#include <emulator/server/server_error.hpp>

namespace reel::emulator {

/// Does what is staged, all or nothing. Throws 409 `transaction_conflict`, or what a write throws.
void commit_operations(const Call& call, const Transaction& transaction);

/// Whether the transaction is over after that error. Others leave it pending, as if nobody had tried.
bool fails_transaction(const ServerError& error);

/// Shows what an operation would do on a copy: structure is not checked yet.
void preview(const Call& call, const SchemaPlace& view, const StagedOperation& operation);

}  // namespace reel::emulator
