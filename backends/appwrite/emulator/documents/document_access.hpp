#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <emulator/schema/database_state.hpp>
#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// Whether the permissions of the collection alone allow the caller this action. A key may do everything.
bool may(const Call& call, const Collection& collection, std::string_view action);
/// Whether the collection or, with document security, the document allows the caller this action.
bool may(const Call& call, const Collection& collection, const Row& row, std::string_view action);
/// Throws 401 `user_unauthorized` unless `allowed`.
void demand(const Call& call, bool allowed);

/// Throws 401 `user_unauthorized` if a user or guest grants permissions to a role that they do not have. Null is
/// accepted.
void check_granted_roles(const Call& call, const Json& permissions);
/// The permissions of a new document: those sent or, if null, those of its creator (own_permissions()); none for a key.
Permissions permissions_for_new(const Call& call, const Json& permissions);

/// The parameter `data` as an object, which may be sent as an array or as a string of JSON. If that string contains a
/// scalar that PHP considers true, the scalar is returned; demand_members() refuses it later. Throws 400.
Json read_data(const Call& call, bool required);
/// Throws 500 unless `data` is an object: the server fails when it adds members to a scalar.
void demand_members(const Json& data);
/// Whether a response contains the attribute; `selected` empty: it contains all.
bool is_selected(const std::vector<std::string>& selected, const std::string& key);
/// Throws 400 `document_invalid_structure` if `$id` is not a string or `$permissions` is not an array. Under
/// `/tablesdb` the error has the same type.
void check_types(const Json& data);
/// Removes the members that clients cannot set. `$createdAt` and `$updatedAt` stay for keys, from 1.8 on.
void drop_reserved(const Call& call, Json& data);

/// A document as responses show it, with all attributes if `selected` is empty.
Json document_json(const Call& call, const SchemaTarget& target, const Row& row,
                   const std::vector<std::string>& selected = {});
/// The response to an upsert that wrote nothing if the caller cannot read the document, or if there is none.
Json unread_json(const Call& call, const SchemaTarget& target);
/// A document in a list. The server's decoder mistakes an attribute named `collection` for `$collection` and drops it
/// unless it is null (`Database::decode` of utopia-php/database).
Json listed_json(const Call& call, const SchemaTarget& target, const Row& row,
                 const std::vector<std::string>& selected = {});
/// A document in the response to the write that sent `data`, whose members come first.
Json written_json(const Call& call, const SchemaTarget& target, const Row& row, const Json& data);

}  // namespace reel::emulator
