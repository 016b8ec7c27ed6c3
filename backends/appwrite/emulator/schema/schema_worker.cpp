#include <emulator/schema/schema_worker.hpp>

#include <algorithm>
#include <vector>

#include <emulator/server/app.hpp>
#include <emulator/server/project.hpp>

namespace reel::emulator {
namespace {

template <class Task>
void queue(const Call& call, Task task) {
  call.project.databases->work.add(call.app.config().worker_delay, std::move(task));
}

bool uses(const Index& index, const std::string& key) {
  return std::find(index.attributes.begin(), index.attributes.end(), key) != index.attributes.end();
}

/// The list without all values that equal the one at `position`, which is what PHP's array_diff() leaves.
Json without_value(const Json& list, std::size_t position) {
  const Json named = with_names(list);
  const Json* value = member(named, std::to_string(position));
  Json rest = Json::array();
  for (const auto& [name, one] : named.items()) {
    if (value == nullptr || value->is_null() || one != *value) rest.push_back(one);
  }
  return rest;
}

void shrink(Index& index, const std::string& key) {
  const auto found = std::find(index.attributes.begin(), index.attributes.end(), key);
  const auto position = static_cast<std::size_t>(found - index.attributes.begin());
  index.lengths = without_value(index.lengths, position);
  index.orders = without_value(index.orders, position);
  index.attributes.erase(found);
}

/// Whether a unique index over several attributes uses the attribute. The database then refuses to drop its column.
bool is_bound(const Collection& collection, const std::string& key) {
  return std::any_of(collection.indexes.begin(), collection.indexes.end(), [&](const auto& index) {
    return index->type == "unique" && index->status == "available" && index->attributes.size() > 1 && uses(*index, key);
  });
}

/// Removes the attribute from the indexes that use it. An index that is then empty or equal to another one is removed.
void shrink_indexes(Collection& collection, const std::string& key) {
  auto& indexes = collection.indexes;
  for (std::size_t i = 0; i < indexes.size();) {
    Index& index = *indexes[i];
    const bool shrinks = uses(index, key);
    if (shrinks) shrink(index, key);
    const bool equal =
        shrinks && std::any_of(indexes.begin(), indexes.end(), [&](const auto& other) {
          return other->key != index.key && other->attributes == index.attributes && other->orders == index.orders;
        });
    if (shrinks && (equal || index.attributes.empty())) {
      collection.table.drop_key(index.key);
      indexes.erase(indexes.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
}

void remove_attribute(Database& database, Collection& collection, const std::string& key) {
  Attribute* attribute = collection.attribute(key);
  if (attribute == nullptr) return;
  if (is_bound(collection, key)) {
    attribute->status = "stuck";
    return;
  }
  shrink_indexes(collection, key);
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

/// Whether the index has a length for an attribute that is not a string. The database refuses that without a message.
bool shortens_other_than_text(const Collection& collection, const Index& index) {
  for (std::size_t i = 0; i < std::min(index.attributes.size(), index.lengths.size()); ++i) {
    if (!index.lengths[i].is_number_integer() || index.lengths[i] == 0 || index.attributes[i] == "$id") continue;
    const Attribute* attribute = collection.attribute(index.attributes[i]);
    if (attribute == nullptr || (!attribute->is_text() && !attribute->array)) return true;
  }
  return false;
}

}  // namespace

void finish_attribute(Attribute& attribute) { attribute.status = attribute.error.empty() ? "available" : "failed"; }

void finish_index(Collection& collection, Index& index) {
  index.status = shortens_other_than_text(collection, index) ? "failed" : "available";
  if (index.status == "failed" || index.type != "unique") return;
  std::vector<KeyPart> parts;
  for (std::size_t i = 0; i < index.attributes.size(); ++i) {
    const bool has_length = i < index.lengths.size() && index.lengths[i].is_number_integer();
    parts.push_back({slot_of(collection, index.attributes[i]), has_length ? index.lengths[i].get<std::size_t>() : 0});
  }
  if (collection.table.add_key(index.key, std::move(parts))) return;
  index.status = "failed";
  index.error = "Document already exists";
}

void queue_attribute_creation(const Call& call, const SchemaTarget& target, const std::string& key) {
  queue(call, [target, key] {
    Attribute* attribute = target.collection->attribute(key);
    if (attribute != nullptr && attribute->status == "processing") finish_attribute(*attribute);
  });
}

void queue_attribute_removal(const Call& call, const SchemaTarget& target, const std::string& key) {
  queue(call, [target, key] { remove_attribute(*target.database, *target.collection, key); });
}

void queue_index_creation(const Call& call, const SchemaTarget& target, const std::string& key) {
  queue(call, [target, key] {
    Index* index = target.collection->index(key);
    if (index != nullptr && index->status == "processing") finish_index(*target.collection, *index);
  });
}

void queue_index_removal(const Call& call, const SchemaTarget& target, const std::string& key) {
  queue(call, [target, key] {
    target.collection->table.drop_key(key);
    std::erase_if(target.collection->indexes, [&](const auto& index) { return index->key == key; });
  });
}

}  // namespace reel::emulator
