#pragma once

#include <memory>
#include <string>

#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

// Tasks of the server's background worker. They run after Config::worker_delay, at the start of a later request, and do
// nothing if the attribute or index is gone by then.
//
//     processing -> available | failed        deleting -> removed | stuck

/// Makes the attribute available.
void queue_attribute_creation(const Call& call, const SchemaTarget& target, const std::string& key);
/// Removes the attribute from the indexes that use it, then the attribute and its values. An attribute of a unique
/// index over several attributes becomes `stuck` instead.
void queue_attribute_removal(const Call& call, const SchemaTarget& target, const std::string& key);
/// Makes the index available. A unique index becomes `failed` if rows violate it, and every index if it has a length
/// for an attribute that is not a string.
void queue_index_creation(const Call& call, const SchemaTarget& target, const std::string& key);
void queue_index_removal(const Call& call, const SchemaTarget& target, const std::string& key);

/// Makes an attribute or index available at once, or failed.
void finish_attribute(Attribute& attribute);
void finish_index(Collection& collection, Index& index);

}  // namespace reel::emulator
