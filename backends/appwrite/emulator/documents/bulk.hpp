#pragma once

#include <string>

#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// The parameter `documents` or `rows`: at most 100 objects, or strings that contain one. Throws 400
/// `general_argument_invalid`.
Json read_documents(const Call& call, bool required);

/// Creates all documents or none; with a transaction id it stages them instead. Throws 401 unless the caller is a key.
Response bulk_create(Call& call, const SchemaPath& path, const Json& documents, const std::string& transaction);

/// Executes a bulk write and returns the response: the number of documents and the documents, at most 100 for updates
/// and deletions. When they throw, earlier documents stay changed; callers run them in a table transaction.
Json bulk_update(const Call& call, const SchemaTarget& target, Json data, const std::vector<std::string>& queries);
Json bulk_delete(const Call& call, const SchemaTarget& target, const std::vector<std::string>& queries);
Json bulk_upsert(const Call& call, const SchemaTarget& target, const Json& documents);
Json bulk_insert(const Call& call, const SchemaTarget& target, const Json& documents);

}  // namespace reel::emulator
