#include <emulator/documents/document_access.hpp>
#include <emulator/realtime/events.hpp>
#include <emulator/transactions/transaction_commit.hpp>

namespace reel::emulator {
namespace {

/// The document of an operation as its event shows it; null if a later operation has removed it.
const Row* row_of_event(const SchemaTarget& target, const StagedOperation& operation, const RemovedRows& removed) {
  const auto found = removed.find(&operation);
  return found != removed.end() ? &found->second : target.collection->table.find(operation.document_id);
}

}  // namespace

void announce_commit(Call& call, const Transaction& transaction, const RemovedRows& removed) {
  for (const StagedOperation& operation : transaction.operations) {
    if (operation.action.starts_with("bulk")) continue;
    const SchemaTarget target = find_target(call, {operation.database_id, operation.collection_id});
    const Row* row = row_of_event(target, operation, removed);
    if (row == nullptr) continue;
    const bool same_name = operation.action == "create" || operation.action == "delete";
    announce_committed(call, target, same_name ? operation.action : "update", document_json(call, target, *row));
  }
}

}  // namespace reel::emulator
