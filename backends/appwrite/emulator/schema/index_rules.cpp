#include <emulator/schema/index_rules.hpp>

#include <algorithm>
#include <set>

#include <emulator/schema/naming.hpp>

namespace reel::emulator {
namespace {

constexpr std::int64_t longest_index = 768;
constexpr std::int64_t array_length = 255;

std::string capitalised(std::string text) {
  text[0] = static_cast<char>(text[0] - ('a' - 'A'));
  return text;
}

[[noreturn]] void refuse(const Call& call, const std::string& what) { fail(call, "index_invalid", what); }

/// The attribute that an index names; null for a system attribute such as `$id`. Under races it may be refused although
/// it is available.
const Attribute* attribute_of(const Call& call, const Collection& collection, const std::string& key) {
  if (key.starts_with('$')) return nullptr;
  const std::string noun = naming(call).attribute();
  Attribute* attribute = collection.attribute(key);
  if (attribute == nullptr) {
    fail(call, "attribute_unknown",
         "Unknown " + noun + ": " + key + ". Verify the " + noun + " name or create the " + noun + ".");
  }
  if (attribute->is_relationship()) {
    fail(call, "attribute_type_invalid", "Cannot create an index for a relationship " + noun + ": " + key);
  }
  const bool is_hidden = attribute->hidden > 0;
  if (is_hidden) --attribute->hidden;
  if (is_hidden || !attribute->available()) {
    fail(call, "attribute_not_available", capitalised(noun) + " not available: " + key);
  }
  return attribute;
}

/// Removes the order of a list attribute, which has none. If that leaves a gap, the orders become an object, as in PHP.
void set_order(Json& orders, std::size_t position) {
  if (orders.is_object() || position > orders.size()) {
    orders = with_names(std::move(orders));
    orders[std::to_string(position)] = nullptr;
  } else if (position == orders.size()) {
    orders.push_back(nullptr);
  } else {
    orders[position] = nullptr;
  }
}

void fill_in(const Call& call, const Collection& collection, Index& index) {
  for (std::size_t i = 0; i < index.attributes.size(); ++i) {
    const Attribute* attribute = attribute_of(call, collection, index.attributes[i]);
    while (index.lengths.size() <= i) index.lengths.push_back(0);
    if (index.lengths[i].is_null()) index.lengths[i] = 0;
    if (attribute == nullptr || !attribute->array) continue;
    index.lengths[i] = array_length;
    set_order(index.orders, i);
  }
}

std::int64_t size_of(const std::string& key, const Attribute* attribute) {
  if (attribute == nullptr) return key == "$id" ? 255 : 1;
  if (attribute->array) return array_length;
  if (attribute->is_text()) return static_cast<std::int64_t>(attribute->size);
  return attribute->type == "double" ? 2 : 1;
}

void check_lengths(const Call& call, const Collection& collection, const Index& index) {
  if (index.lengths.size() > index.attributes.size()) {
    refuse(call, "Invalid index lengths. Count of lengths must be equal or less than the number of attributes.");
  }
  std::int64_t total = 0;
  for (std::size_t i = 0; i < index.attributes.size(); ++i) {
    const std::string& key = index.attributes[i];
    const Attribute* attribute = collection.attribute(key);
    const std::int64_t size = size_of(key, attribute);
    const bool sized = key == "$id" || (attribute != nullptr && attribute->is_text());
    const auto given = index.lengths[i].get<std::int64_t>();
    const std::int64_t length = sized && given != 0 ? given : size;
    if (length < 0) refuse(call, "Negative index length provided for " + key);
    if (length > size) {
      refuse(call, "Index length " + std::to_string(length) + " is larger than the size for " + key + ": " +
                       std::to_string(size) + "\"");
    }
    total += length;
  }
  if (total > longest_index) refuse(call, "Index length is longer than the maximum: " + std::to_string(longest_index));
}

void check_full_text(const Call& call, const Collection& collection, const Index& index) {
  for (const std::string& key : index.attributes) {
    const Attribute* attribute = collection.attribute(key);
    if (key != "$id" && (attribute == nullptr || !attribute->is_text())) {
      refuse(call, "Attribute \"" + key + "\" cannot be part of a fulltext index, must be of type string");
    }
  }
}

void check_arrays(const Call& call, const Collection& collection, const Index& index) {
  int arrays = 0;
  for (const std::string& key : index.attributes) {
    const Attribute* attribute = collection.attribute(key);
    if (attribute == nullptr || !attribute->array) continue;
    if (call.since(1, 9)) refuse(call, "Creating indexes on array attributes is not currently supported.");
    if (index.type != "key") refuse(call, "\"" + capitalised(index.type) + "\" index is forbidden on array attributes");
    if (++arrays > 1) refuse(call, "An index may only contain one array attribute");
  }
}

void check_spatial(const Call& call, const Collection& collection, const Index& index) {
  for (const std::string& key : index.attributes) {
    const Attribute* attribute = collection.attribute(key);
    const bool spatial = attribute != nullptr && (attribute->type == "point" || attribute->type == "linestring" ||
                                                  attribute->type == "polygon");
    if (index.type == "spatial" && !spatial) {
      refuse(call,
             "Spatial index can only be created on spatial attributes (point, linestring, polygon). Attribute \"" +
                 key + "\" is of type \"" + (attribute == nullptr ? "string" : attribute->type) + "\"");
    }
    if (index.type != "spatial" && spatial) {
      refuse(call, "Cannot create " + index.type + " index on spatial attribute \"" + key + "\".");
    }
    if (spatial && !attribute->required) {
      refuse(call, "Spatial indexes do not allow null values. Mark the attribute \"" + key +
                       "\" as required or create the index on a column with no null values.");
    }
  }
  if (index.type == "spatial" && index.attributes.size() != 1) {
    refuse(call, "Spatial index can be created on a single spatial attribute");
  }
}

}  // namespace

void check_index(const Call& call, const Collection& collection, Index& index) {
  fill_in(call, collection, index);
  check_index_parts(call, collection, index);
}

void check_index_parts(const Call& call, const Collection& collection, const Index& index) {
  if (index.attributes.empty()) refuse(call, "No attributes provided for index");
  std::set<std::string> seen;
  for (const std::string& key : index.attributes) {
    if (!seen.insert(fold_id(key)).second) refuse(call, "Duplicate attributes provided");
  }
  if (index.type == "fulltext") check_full_text(call, collection, index);
  check_arrays(call, collection, index);
  if (index.type != "fulltext") check_lengths(call, collection, index);
  if (fold_id(index.key) == "primary") refuse(call, "Index key name is reserved");
  check_spatial(call, collection, index);
}

}  // namespace reel::emulator
