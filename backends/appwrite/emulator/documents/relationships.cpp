#include <emulator/documents/relationships.hpp>

#include <algorithm>
#include <utility>

#include <emulator/documents/document_access.hpp>
#include <emulator/documents/document_writes.hpp>
#include <emulator/schema/naming.hpp>

namespace reel::emulator {
namespace {

std::string part(const Attribute& attribute, const char* name) { return attribute.relation.value(name, std::string{}); }

/// The id of a related document. A document that was sent whole is created or updated first. Null for an id that does
/// not exist.
Json related_id(const Call& call, const SchemaTarget& other, const Json& value) {
  if (value.is_string()) {
    const Row* row = other.collection->table.find(value.get_ref<const std::string&>());
    return row == nullptr ? Json() : Json(row->id);
  }
  if (!value.is_object()) fail(call, "relationship_value_invalid");
  const std::string id = resolve_id(value.value("$id", std::string{"unique()"}));
  Json data = value;
  drop_reserved(call, data);
  if (const Row* stored = other.collection->table.find(id)) {
    update_document(call, other, *stored, stored->id, data, nullptr);
  } else {
    create_document(call, other, id, data, value.value("$permissions", Json()));
  }
  return id;
}

void set_key(const SchemaTarget& target, const std::string& id, int slot, Json value) {
  const Row* stored = target.collection->table.find(id);
  if (stored == nullptr) return;
  Row row = *stored;
  row.set(slot, std::move(value));
  target.collection->table.replace(std::move(row));
}

/// The attribute on the other side; null if the relationship is one-way.
const Attribute* other_side(const SchemaTarget& other, const Attribute& attribute) {
  return other.collection->attribute(part(attribute, "twoWayKey"));
}

/// The rows of the other collection whose key is this id.
std::vector<Row> pointing_rows(const SchemaTarget& other, const Attribute& back, const std::string& id) {
  std::vector<Row> found;
  for (const auto& [sequence, row] : other.collection->table.rows()) {
    const Json& value = row.value(back.slot);
    if (value.is_string() && fold_id(value.get_ref<const std::string&>()) == fold_id(id)) found.push_back(row);
  }
  return found;
}

/// The server's message for a value of the wrong shape: one document for many, or many for one.
std::string misfit(const Json& value) {
  const std::string start = "Invalid relationship value. Must be either ";
  if (value.is_array()) return start + "a document ID or a document, array given.";
  if (value.is_object()) return start + "an array of documents or document IDs, document given.";
  if (value.is_string()) return start + "an array of documents or document IDs, document ID given.";
  return start + "a document, document ID, or an array of documents or document IDs.";
}

bool is_many(const Attribute& attribute) {
  const std::string type = part(attribute, "relationType");
  const bool parent = part(attribute, "side") == "parent";
  return type == "manyToMany" || (type == "oneToMany" && parent) || (type == "manyToOne" && !parent);
}

}  // namespace

bool keeps_key(const Attribute& attribute) {
  const std::string type = part(attribute, "relationType");
  const bool parent = part(attribute, "side") == "parent";
  return type == "manyToMany" || (type == "oneToOne" && parent) || (type == "manyToOne" && parent) ||
         (type == "oneToMany" && !parent);
}

bool is_virtual(const Attribute& attribute) {
  return !keeps_key(attribute) || part(attribute, "relationType") == "manyToMany";
}

SchemaTarget related_target(const Call& call, const SchemaTarget& target, const Attribute& attribute) {
  return {target.database, find_collection(call, *target.database, part(attribute, "relatedCollection"))};
}

std::vector<Row> related_rows(const SchemaTarget& other, const Attribute& attribute, const Row& row) {
  if (!keeps_key(attribute)) {
    const Attribute* back = other_side(other, attribute);
    return back == nullptr ? std::vector<Row>{} : pointing_rows(other, *back, row.id);
  }
  std::vector<Row> found;
  const Json& value = row.value(attribute.slot);
  const auto add = [&](const Json& id) {
    if (const Row* one = other.collection->table.find(id.get_ref<const std::string&>())) found.push_back(*one);
  };
  if (value.is_string()) add(value);
  if (value.is_array()) std::for_each(value.begin(), value.end(), add);
  return found;
}

void check_relations(const Call& call, const Collection& collection, const Json& data) {
  for (const auto& attribute : collection.attributes) {
    const Json* value = attribute->is_relationship() ? member(data, attribute->key) : nullptr;
    if (value == nullptr || value->is_null() || is_many(*attribute) == value->is_array()) continue;
    fail(call, "relationship_value_invalid", misfit(*value));
  }
}

void write_relations(const Call& call, const SchemaTarget& target, const Row& row, const Json& data) {
  for (const auto& attribute : target.collection->attributes) {
    const Json* value = attribute->is_relationship() ? member(data, attribute->key) : nullptr;
    if (value == nullptr) continue;
    const SchemaTarget other = related_target(call, target, *attribute);
    Json ids = Json::array();
    for (const Json& one : value->is_array() ? *value : Json::array({*value})) {
      Json id = one.is_null() ? Json() : related_id(call, other, one);
      if (!id.is_null()) ids.push_back(std::move(id));
    }
    if (keeps_key(*attribute)) {
      const bool many = is_many(*attribute);
      set_key(target, row.id, attribute->slot, many ? ids : ids.empty() ? Json() : ids[0]);
    } else if (const Attribute* back = other_side(other, *attribute)) {
      for (const Row& old : pointing_rows(other, *back, row.id)) set_key(other, old.id, back->slot, nullptr);
      for (const Json& id : ids) set_key(other, id.get<std::string>(), back->slot, row.id);
    }
  }
}

void drop_relations(const Call& call, const SchemaTarget& target, const Row& row) {
  for (const auto& attribute : target.collection->attributes) {
    if (!attribute->is_relationship() || keeps_key(*attribute)) continue;
    const SchemaTarget other = related_target(call, target, *attribute);
    const std::string rule = part(*attribute, "onDelete");
    for (const Row& related : related_rows(other, *attribute, row)) {
      if (rule == "restrict") fail(call, "document_delete_restricted");
      if (rule == "cascade") {
        if (const Row* still = other.collection->table.find(related.id)) delete_document(call, other, *still);
      } else {
        set_key(other, related.id, other_side(other, *attribute)->slot, nullptr);
      }
    }
  }
}

void add_relations(const Call& call, const SchemaTarget& target, const Row& row,
                   const std::vector<std::string>& selected, bool everything, Json& json) {
  for (const auto& attribute : target.collection->attributes) {
    if (!attribute->is_relationship() || !attribute->available()) continue;
    const bool wanted = everything || std::any_of(selected.begin(), selected.end(), [&](const std::string& one) {
                          return one.starts_with(attribute->key + ".");
                        });
    if (!wanted) continue;
    const SchemaTarget other = related_target(call, target, *attribute);
    Json related = Json::array();
    for (const Row& one : related_rows(other, *attribute, row)) {
      Json inner = document_json(call, other, one);
      inner.erase(part(*attribute, "twoWayKey"));
      related.push_back(std::move(inner));
    }
    json[attribute->key] = is_many(*attribute) ? related : related.empty() ? Json() : related[0];
  }
}

}  // namespace reel::emulator
