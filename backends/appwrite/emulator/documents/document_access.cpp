#include <emulator/documents/document_access.hpp>

#include <algorithm>

#include <emulator/documents/structure.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/server/server_error.hpp>

namespace reel::emulator {
namespace {

Json shown_sequence(const Call& call, std::int64_t sequence) {
  return call.since(1, 9) ? Json(std::to_string(sequence)) : Json(sequence);
}

void add_parent_ids(const Call& call, const SchemaTarget& target, Json& json) {
  json["$databaseId"] = target.database->id;
  json[naming(call).tables ? "$tableId" : "$collectionId"] = target.collection->id;
}

/// Whether responses contain the attribute. They leave out the side of a relationship that stores no key, and
/// attributes that a staged document does not set.
bool is_shown(const Attribute& attribute, const Row& row) {
  return attribute.available() && !row.value(attribute.slot).is_discarded() &&
         (!attribute.is_relationship() || !row.value(attribute.slot).is_null());
}

}  // namespace

bool may(const Call& call, const Collection& collection, std::string_view action) {
  return call.caller.is_key || permits(collection.permissions, action, call.caller.roles);
}

bool may(const Call& call, const Collection& collection, const Row& row, std::string_view action) {
  return may(call, collection, action) ||
         (collection.document_security && permits(row.permissions, action, call.caller.roles));
}

void demand(const Call& call, bool allowed) {
  if (!allowed) fail(call, "user_unauthorized");
}

void check_granted_roles(const Call& call, const Json& permissions) {
  if (call.caller.is_key || permissions.is_null()) return;
  for (const Json& permission : permissions) {
    if (call.caller.has_role(granted_role(permission.get_ref<const std::string&>()))) continue;
    std::string roles;
    for (const std::string& role : call.caller.roles) roles += (roles.empty() ? "" : ", ") + role;
    fail(call, "user_unauthorized", "Permissions must be one of: (" + roles + ")");
  }
}

Permissions permissions_for_new(const Call& call, const Json& permissions) {
  if (!permissions.is_null()) return permissions_from(permissions);
  return call.caller.is_key ? Permissions{} : own_permissions(call.caller.user_id);
}

bool is_selected(const std::vector<std::string>& selected, const std::string& key) {
  return selected.empty() || std::find(selected.begin(), selected.end(), "*") != selected.end() ||
         std::find(selected.begin(), selected.end(), key) != selected.end();
}

void check_types(const Json& data) {
  const auto refuse = [](const char* what) { throw ServerError{400, "document_invalid_structure", what}; };
  const Json* id = member(data, "$id");
  if (id != nullptr && php_bool(*id) && !id->is_string()) refuse("$id must be of type string");
  const Json* permissions = member(data, "$permissions");
  if (permissions != nullptr && php_bool(*permissions) && !is_php_array(*permissions)) {
    refuse("$permissions must be of type array");
  }
}

void drop_reserved(const Call& call, Json& data) {
  const char* const parent_id = naming(call).tables ? "$tableId" : "$collectionId";
  for (const char* name : {"$id", "$sequence", "$databaseId", parent_id, "$collection", "$tenant", "$permissions"})
    data.erase(name);
  const bool may_set_times = call.caller.is_key && call.since(1, 8);
  for (const char* name : {"$createdAt", "$updatedAt"}) {
    const Json* time = member(data, name);
    if (time != nullptr && (time->is_null() || !may_set_times)) data.erase(name);
  }
}

Json read_data(const Call& call, bool required) {
  const Validator json = rule(
      [](const Json& value) {
        return is_php_array(value) || (value.is_string() && parse_json(value.get_ref<const std::string&>()));
      },
      "Value must be a valid JSON string");
  Json data =
      required ? call.parameters.required("data", json) : call.parameters.optional("data", Json::object(), json);
  if (data.is_string()) data = *parse_json(data.get_ref<const std::string&>());
  if (!is_php_array(data) && php_bool(data)) return data;
  return is_php_array(data) ? with_names(std::move(data)) : Json::object();
}

void demand_members(const Json& data) {
  if (!data.is_object()) unknown_error();
}

Json document_json(const Call& call, const SchemaTarget& target, const Row& row,
                   const std::vector<std::string>& selected) {
  Json json = Json::object();
  for (const auto& attribute : target.collection->attributes) {
    if (is_shown(*attribute, row) && is_selected(selected, attribute->key))
      json[attribute->key] = read_value(*attribute, row);
  }
  if (call.since(1, 8)) json["$sequence"] = shown_sequence(call, row.sequence);
  json["$id"] = row.id;
  if (!row.created_at.empty()) json["$createdAt"] = row.created_at;
  if (!row.updated_at.empty()) json["$updatedAt"] = row.updated_at;
  json["$permissions"] = to_json(row.permissions);
  add_parent_ids(call, target, json);
  return json;
}

Json unread_json(const Call& call, const SchemaTarget& target) {
  Json json = Json::object();
  add_parent_ids(call, target, json);
  if (call.since(1, 8)) json["$sequence"] = shown_sequence(call, 0);
  return json;
}

Json listed_json(const Call& call, const SchemaTarget& target, const Row& row,
                 const std::vector<std::string>& selected) {
  constexpr const char* mistaken = "collection";
  Json json = document_json(call, target, row, selected);
  const Json* value = member(json, mistaken);
  if (value != nullptr && !value->is_null()) json.erase(mistaken);
  return json;
}

Json written_json(const Call& call, const SchemaTarget& target, const Row& row, const Json& data) {
  const Collection& collection = *target.collection;
  Json json = Json::object();
  for (const auto& [key, value] : data.items()) {
    const Attribute* attribute = collection.attribute(key);
    if (attribute != nullptr && is_shown(*attribute, row)) json[key] = read_value(*attribute, row);
  }
  json["$id"] = row.id;
  json["$permissions"] = to_json(row.permissions);
  json["$createdAt"] = row.created_at;
  json["$updatedAt"] = row.updated_at;
  const auto add_rest = [&](bool with_default) {
    for (const auto& attribute : collection.attributes) {
      if (attribute->fallback.is_null() == with_default || !is_shown(*attribute, row) || json.contains(attribute->key))
        continue;
      json[attribute->key] = read_value(*attribute, row);
    }
  };
  add_rest(true);
  if (call.since(1, 8)) json["$sequence"] = shown_sequence(call, row.sequence);
  add_rest(false);
  add_parent_ids(call, target, json);
  return json;
}

}  // namespace reel::emulator
