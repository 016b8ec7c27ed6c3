#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <emulator/schema/database_state.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// The ids in the path of a request.
struct SchemaPath {
  std::string database_id;
  std::string collection_id;  ///< Empty if the route has none.
};
/// Reads and validates the ids. Throws 400 for invalid ids; whether the objects exist is not checked.
SchemaPath read_schema_path(const Call& call);

/// The database of this id. Throws 404 `database_not_found` if it does not exist, if it is disabled and the caller is
/// not a key, or, from 1.9.5, if it was not created under `/tablesdb` and the route is.
std::shared_ptr<Database> find_database(const Call& call, const std::string& id);
/// The collection of this id. Throws 404 `collection_not_found` if it does not exist, or if it is disabled and the
/// caller is not a key.
std::shared_ptr<Collection> find_collection(const Call& call, const Database& database, const std::string& id);
/// A collection and its database.
struct SchemaTarget {
  std::shared_ptr<Database> database;
  std::shared_ptr<Collection> collection;
};
/// Both objects of a path. Throws 404.
SchemaTarget find_target(const Call& call, const SchemaPath& path);
/// The same for a request that uses the rows. Under races a new collection has no table at first, which throws 500 a
/// few times.
SchemaTarget find_table(const Call& call, const SchemaPath& path);
/// Whether the collection has no table yet. Each call counts one request off `missing_table`.
bool is_table_missing(Collection& collection);
/// Like find_target(), but disabled databases and collections count as existing for every caller.
SchemaTarget find_target_even_disabled(const Call& call, const SchemaPath& path);

/// `id`, or a new id if it is `unique()`.
std::string resolve_id(const std::string& id);

/// An attribute as responses show it.
Json attribute_json(const Call& call, const Attribute& attribute);
/// The same with the members that attributes of another type and format have.
Json attribute_json(const Call& call, const Attribute& attribute, std::string_view type, std::string_view format);
/// An index as responses show it.
Json index_json(const Call& call, const Database& database, const Collection& collection, const Index& index);
/// A collection with its attributes and indexes as responses show it.
Json collection_json(const Call& call, const Database& database, const Collection& collection);

/// The parameter `permissions`, expanded; null if it was not sent. `container`: whether `create` is allowed. Throws
/// 400.
Json read_permissions(const Call& call, bool container);

}  // namespace reel::emulator
