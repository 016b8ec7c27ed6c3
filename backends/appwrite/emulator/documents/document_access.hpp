#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <emulator/schema/database_state.hpp>
#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// Whether the collection alone allows it.
bool may(const Call& call, const Collection& collection, std::string_view action);
/// Whether the collection or the document allows it.
bool may(const Call& call, const Collection& collection, const Row& row, std::string_view action);
/// Throws 401.
void demand(const Call& call, bool allowed);

/// A user may grant only roles that he holds; throws 401. Null stays null.
void check_granted_roles(const Call& call, const Json& permissions);
/// What a new document gets: the permissions given, or its creator's own.
Permissions permissions_for_new(const Call& call, const Json& permissions);

/// The parameter `data` as an object, also if it came as a list or as JSON in a text. Such a text may also hold a
/// number, `true` or a text, which stays what it is.
Json read_data(const Call& call, bool required);
/// Throws 500 if it stayed such: nothing can be added to it.
void demand_members(const Json& data);
/// Whether an answer shows an attribute of which so many were selected; none: everything.
bool is_selected(const std::vector<std::string>& selected, const std::string& key);
/// Throws 400 if `$id` is no text or `$permissions` no array, in the words of documents on both routes.
void check_types(const Json& data);
/// Drops the members that the caller may not set.
void drop_reserved(const Call& call, Json& data);

/// A document as a response shows it; only `selected` attributes if there are any.
Json document_json(const Call& call, const SchemaPlace& place, const Row& row,
                   const std::vector<std::string>& selected = {});
/// The same in a list, whose decoder takes an attribute named `collection` for `$collection` and drops it; a null stays
/// (utopia-php/database, `Database::decode`).
Json listed_json(const Call& call, const SchemaPlace& place, const Row& row,
                 const std::vector<std::string>& selected = {});
/// A document just written: the members of `data` come first.
Json written_json(const Call& call, const SchemaPlace& place, const Row& row, const Json& data);

}  // namespace reel::emulator
