#pragma once

#include <emulator/schema/database_state.hpp>
#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>
#include <emulator/server/server_error.hpp>

namespace reel::emulator {

/// Executes the staged operations of a transaction, all or none. Throws 409 `transaction_conflict` if another caller
/// has changed one of the documents since its operation was staged (increments do not conflict), or the error of the
/// operation that failed; nothing is changed then.
void commit_operations(const Call& call, const Transaction& transaction);

/// Whether the transaction is `failed` after this error of a commit. After other errors it stays `pending`, as if the
/// commit had not been requested.
bool fails_transaction(const ServerError& error);

/// Applies an operation to `view`, a copy of the collection, to show its effect. The structure of documents is checked
/// by the commit only, and operations that fail are left out.
void preview(const Call& call, const SchemaTarget& view, const StagedOperation& operation);

}  // namespace reel::emulator
