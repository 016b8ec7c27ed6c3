#pragma once

#include <memory>
#include <string>

#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

// What the background worker does to attributes and indexes, later.

void queue_attribute_creation(const Call& call, const SchemaPlace& place, const std::string& key);
/// An attribute of a unique index of several ends as `stuck`.
void queue_attribute_removal(const Call& call, const SchemaPlace& place, const std::string& key);
/// A unique index over duplicates ends as `failed`.
void queue_index_creation(const Call& call, const SchemaPlace& place, const std::string& key);
void queue_index_removal(const Call& call, const SchemaPlace& place, const std::string& key);

/// Makes an attribute or index available at once.
void finish_attribute(Attribute& attribute);
void finish_index(Collection& collection, Index& index);

}  // namespace reel::emulator
