#pragma once

#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

// The side of a relationship that keeps a key keeps it in the row. Relationships of many to many keep a list of ids on
// the side where they were set.

/// Throws 400 where `data` gives one for many, or many for one.
void check_relations(const Call& call, const Collection& collection, const Json& data);
/// Sets what `data` says about related documents, and makes those that are given whole.
void write_relations(const Call& call, const SchemaPlace& place, const Row& row, const Json& data);
/// Before a row goes: removes, releases or, throwing 403, protects what is related to it.
void drop_relations(const Call& call, const SchemaPlace& place, const Row& row);
/// Adds the related documents that are selected by `key.*`, or all (`everything`), to the JSON of a row.
void add_relations(const Call& call, const SchemaPlace& place, const Row& row, const std::vector<std::string>& selected,
                   bool everything, Json& json);

/// Whether the attribute's rows keep the key.
bool keeps_key(const Attribute& attribute);
/// Whether queries may not name the attribute itself.
bool is_virtual(const Attribute& attribute);
/// The collection on the other side; throws 404.
SchemaPlace related_place(const Call& call, const SchemaPlace& place, const Attribute& attribute);
std::vector<Row> related_rows(const SchemaPlace& other, const Attribute& attribute, const Row& row);

}  // namespace reel::emulator
