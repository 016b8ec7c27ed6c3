#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <emulator/schema/database_state.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// What the path of a route names. Reads and checks the ids, not whether they exist.
struct SchemaPath {
  std::string database_id;
  std::string collection_id;
};
SchemaPath read_schema_path(const Call& call);

/// Throws 404; a disabled one exists for keys only.
std::shared_ptr<Database> find_database(const Call& call, const std::string& id);
std::shared_ptr<Collection> find_collection(const Call& call, const Database& database, const std::string& id);
/// Both of a path.
struct SchemaPlace {
  std::shared_ptr<Database> database;
  std::shared_ptr<Collection> collection;
};
SchemaPlace find_place(const Call& call, const SchemaPath& path);
/// The same for a request that needs the collection's table: under races a new collection may not have it yet, which
/// throws 500 a few times.
SchemaPlace find_table(const Call& call, const SchemaPath& path);
/// Whether the table is not there yet. Each question brings it nearer.
bool is_table_missing(Collection& collection);
/// Here `enabled` does not matter.
SchemaPlace find_place_even_disabled(const Call& call, const SchemaPath& path);

/// A new id if it is `unique()`.
std::string resolve_id(const std::string& id);

Json attribute_json(const Call& call, const Attribute& attribute);
/// The same with the members of another type and format.
Json attribute_json(const Call& call, const Attribute& attribute, std::string_view type, std::string_view format);
Json index_json(const Call& call, const Database& database, const Collection& collection, const Index& index);
Json collection_json(const Call& call, const Database& database, const Collection& collection);

/// The permissions a body may name, or null.
Json read_permissions(const Call& call, bool container);

}  // namespace reel::emulator
