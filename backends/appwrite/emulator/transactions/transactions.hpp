#pragma once

#include <string>

#include <emulator/schema/database_state.hpp>
#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// The parameter `transactionId`; empty if it was not sent, and before 1.8, which has no transactions.
std::string read_transaction_id(const Call& call);

/// The pending transaction of this id. Throws 404 `transaction_not_found` if the caller may not use it: a user may use
/// only their own, a guest none; throws 410 `transaction_expired`, which reaches the
/// client as 500; or, if it has ended, 400 `transaction_not_ready` for a write of a single document and 400
/// `general_bad_request` otherwise.
Transaction& find_pending(const Call& call, const std::string& id, bool for_single_document);

/// Adds a write to a transaction. The response shows the document as the write would leave it. Throws the errors of
/// find_pending(), 404 if the document does not exist, and 400 `transaction_limit_exceeded` above 100 operations.
Response stage_write(Call& call, const SchemaTarget& target, const std::string& transaction, const std::string& action,
                     const std::string& document_id, const Json& data, const Json& permissions);
/// Adds a bulk write to a transaction. The response contains `total` and no documents; 0: the number of documents is
/// not known until the commit.
Response stage_bulk(Call& call, const SchemaTarget& target, const std::string& transaction, const std::string& action,
                    const Json& data, std::size_t total = 0);

/// A copy of the collection with the staged operations of the transaction applied; the original if the id is empty or
/// not that of a pending transaction. Whose transaction it is does not matter. Takes time in proportion to the rows of
/// the collection.
SchemaTarget staged_view(const Call& call, const SchemaTarget& target, const std::string& transaction);
/// The row of a staged_view() that a staged write starts from; null if it does not exist or the caller may not read it.
/// A row that only the transaction contains is readable.
const Row* readable_staged_row(const Call& call, const SchemaTarget& target, const SchemaTarget& view,
                               const std::string& id);
/// A row of a view as responses show it: staged rows have the sequence number 0.
Row shown_row(const SchemaTarget& view, const Row& row);

}  // namespace reel::emulator
