#pragma once

#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

// One side of a relationship stores the id of the related row in its own row. A many-to-many relationship stores a list
// of ids on the side where it was set. The other side is found by searching the rows of its collection.

/// Throws 400 `relationship_value_invalid` if `data` has one document for a relationship to many or a list for a
/// relationship to one.
void check_relations(const Call& call, const Collection& collection, const Json& data);
/// Stores the relations in `data` and creates or updates the related documents that are sent whole. Ids that do not
/// exist are ignored.
void write_relations(const Call& call, const SchemaTarget& target, const Row& row, const Json& data);
/// Applies `onDelete` before a row is deleted: deletes the related rows, sets their key to null, or throws 403
/// `document_delete_restricted`.
void drop_relations(const Call& call, const SchemaTarget& target, const Row& row);
/// Adds related documents to the JSON of a row: those selected by `KEY.*` queries, or all if `everything`.
void add_relations(const Call& call, const SchemaTarget& target, const Row& row,
                   const std::vector<std::string>& selected, bool everything, Json& json);

/// Whether rows store the key of this side of the relationship.
bool keeps_key(const Attribute& attribute);
/// Whether queries cannot use the attribute itself, only attributes of its related documents.
bool is_virtual(const Attribute& attribute);
/// The collection on the other side. Throws 404.
SchemaTarget related_target(const Call& call, const SchemaTarget& target, const Attribute& attribute);
/// Copies of the rows related to `row`. Takes time in proportion to the rows of the other collection if that side
/// stores the key.
std::vector<Row> related_rows(const SchemaTarget& other, const Attribute& attribute, const Row& row);

}  // namespace reel::emulator
