#pragma once

#include <map>

#include <emulator/schema/database_state.hpp>
#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>
#include <emulator/server/server_error.hpp>

namespace reel::emulator {

/// The documents that operations have removed, as they were before.
using RemovedRows = std::map<const StagedOperation*, Row>;

/// Executes the staged operations of a transaction, all or none, and returns the documents that they removed one by
/// one. Throws 409 `transaction_conflict` if another caller
/// has changed one of the documents since its operation was staged (increments do not conflict), or the error of the
/// operation that failed; nothing is changed then.
RemovedRows commit_operations(const Call& call, const Transaction& transaction);
/// Announces the changes of a committed transaction (realtime/events.hpp): each single operation with the document as
/// the transaction left it, or, for a removal, as it was before. Bulk operations have no events, and an upsert is an
/// `update`.
void announce_commit(Call& call, const Transaction& transaction, const RemovedRows& removed);

/// Whether the transaction is `failed` after this error of a commit. After other errors it stays `pending`, as if the
/// commit had not been requested.
bool fails_transaction(const ServerError& error);

/// Applies an operation to `view`, a copy of the collection, to show its effect. The structure of documents is checked
/// by the commit only, and operations that fail are left out.
void preview(const Call& call, const SchemaTarget& view, const StagedOperation& operation);

}  // namespace reel::emulator
