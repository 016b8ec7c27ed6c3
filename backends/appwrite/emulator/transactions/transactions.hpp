#pragma once

#include <string>

#include <emulator/schema/database_state.hpp>
#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// The parameter `transactionId`; empty if it was not sent, or on servers that know no transactions.
std::string read_transaction_id(const Call& call);

/// The transaction; throws 404, or the error of one that is no longer pending.
Transaction& find_pending(const Call& call, const std::string& id, bool for_single_document);

/// Keeps a write for the commit and answers with the document as it would be. Throws 404 or 400.
Response stage_write(Call& call, const SchemaPlace& place, const std::string& transaction, const std::string& action,
                     const std::string& document_id, const Json& data, const Json& permissions);
/// The same for a bulk write of `total` documents; 0: nobody knows yet.
Response stage_bulk(Call& call, const SchemaPlace& place, const std::string& transaction, const std::string& action,
                    const Json& data, std::size_t total = 0);

/// A copy of the collection with what the transaction has staged; the place itself if there is no transaction.
SchemaPlace staged_view(const Call& call, const SchemaPlace& place, const std::string& transaction);
/// A row of a view as it is shown: staged rows have the number 0.
Row shown_row(const SchemaPlace& view, const Row& row);

}  // namespace reel::emulator
