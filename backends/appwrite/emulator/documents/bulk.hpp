#pragma once

#include <string>

#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// The parameter `documents` or `rows`: a list of at most 100.
Json read_documents(const Call& call, bool required);

/// Creates all or none. With a transaction it stages them.
Response bulk_create(Call& call, const SchemaPath& path, const Json& documents, const std::string& transaction);

/// Changes the rows that match; the answer holds the first 100.
Json bulk_update(const Call& call, const SchemaPlace& place, Json data, const std::vector<std::string>& queries);
Json bulk_delete(const Call& call, const SchemaPlace& place, const std::vector<std::string>& queries);
Json bulk_upsert(const Call& call, const SchemaPlace& place, const Json& documents);
Json bulk_insert(const Call& call, const SchemaPlace& place, const Json& documents);

}  // namespace reel::emulator
