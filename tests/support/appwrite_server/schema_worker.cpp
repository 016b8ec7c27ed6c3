#include "support/appwrite_server/schema_worker.hpp"

#include <algorithm>
#include <vector>

#include "support/appwrite_server/app.hpp"
#include "support/appwrite_server/project.hpp"

namespace appwrite_server {
namespace {

template <class Task>
void queue(const Call& call, Task task) {
  call.project.databases->work.add(call.app.config().worker_delay, std::move(task));
}

/// An index without an attribute: its parts, and the orders that stay. Lengths stay where they were given.
Index without(const Index& index, const std::string& key) {
  Index rest = index;
  rest.attributes.clear();
  rest.orders = Json::array();
  rest.lengths = Json::array();
  for (std::size_t i = 0; i < index.attributes.size(); ++i) {
    if (index.attributes[i] == key) continue;
    rest.attributes.push_back(index.attributes[i]);
    if (i < index.orders.size()) rest.orders.push_back(index.orders[i]);
    if (i < index.lengths.size() && index.lengths[i] != 0) rest.lengths.push_back(index.lengths[i]);
  }
  return rest;
}

bool uses(const Index& index, const std::string& key) {
  return std::find(index.attributes.begin(), index.attributes.end(), key) != index.attributes.end();
}

bool equal_parts(const Index& a, const Index& b) { return a.attributes == b.attributes && a.orders == b.orders; }

/// Shrinks the indexes that use an attribute; false, and nothing is done, if two would become equal.
bool shrink_indexes(Collection& collection, const std::string& key) {
  std::vector<Index> rest;
  for (const auto& index : collection.indexes) rest.push_back(uses(*index, key) ? without(*index, key) : *index);
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (!uses(*collection.indexes[i], key) || rest[i].attributes.empty()) continue;
    for (std::size_t j = 0; j < rest.size(); ++j) {
      if (i != j && equal_parts(rest[i], rest[j])) return false;
    }
  }
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (!uses(*collection.indexes[i], key)) continue;
    collection.table.drop_key(rest[i].key);
    *collection.indexes[i] = rest[i];
    if (rest[i].type == "unique" && rest[i].status == "available" && !rest[i].attributes.empty()) {
      finish_index(collection, *collection.indexes[i]);
    }
  }
  std::erase_if(collection.indexes, [](const auto& index) { return index->attributes.empty(); });
  return true;
}

void remove_attribute(Database& database, Collection& collection, const std::string& key) {
  Attribute* attribute = collection.attribute(key);
  if (attribute == nullptr) return;
  if (!shrink_indexes(collection, key)) {
    attribute->status = "stuck";
    return;
  }
  if (attribute->is_relationship()) {
    const auto other = database.collection(attribute->relation.value("relatedCollection", ""));
    const auto other_key = attribute->relation.value("twoWayKey", std::string{});
    if (other != nullptr) std::erase_if(other->attributes, [&](const auto& one) { return one->key == other_key; });
  }
  collection.table.clear_slot(attribute->slot);
  std::erase_if(collection.attributes, [&](const auto& one) { return one->key == key; });
}

int slot_of(const Collection& collection, const std::string& key) {
  if (key == "$id") return id_slot;
  if (key == "$createdAt") return created_slot;
  if (key == "$updatedAt") return updated_slot;
  return collection.attribute(key)->slot;
}

}  // namespace

void finish_attribute(Attribute& attribute) { attribute.status = "available"; }

void finish_index(Collection& collection, Index& index) {
  index.status = "available";
  if (index.type != "unique") return;
  std::vector<KeyPart> parts;
  for (std::size_t i = 0; i < index.attributes.size(); ++i) {
    const bool has_length = i < index.lengths.size() && index.lengths[i].is_number_integer();
    parts.push_back({slot_of(collection, index.attributes[i]), has_length ? index.lengths[i].get<std::size_t>() : 0});
  }
  if (collection.table.add_key(index.key, std::move(parts))) return;
  index.status = "failed";
  index.error = "Document already exists";
}

void queue_attribute_creation(const Call& call, const SchemaPlace& place, const std::string& key) {
  queue(call, [place, key] {
    Attribute* attribute = place.collection->attribute(key);
    if (attribute != nullptr && attribute->status == "processing") finish_attribute(*attribute);
  });
}

void queue_attribute_removal(const Call& call, const SchemaPlace& place, const std::string& key) {
  queue(call, [place, key] { remove_attribute(*place.database, *place.collection, key); });
}

void queue_index_creation(const Call& call, const SchemaPlace& place, const std::string& key) {
  queue(call, [place, key] {
    Index* index = place.collection->index(key);
    if (index != nullptr && index->status == "processing") finish_index(*place.collection, *index);
  });
}

void queue_index_removal(const Call& call, const SchemaPlace& place, const std::string& key) {
  queue(call, [place, key] {
    place.collection->table.drop_key(key);
    std::erase_if(place.collection->indexes, [&](const auto& index) { return index->key == key; });
  });
}

}  // namespace appwrite_server
