#include <emulator/schema/schema_access.hpp>

#include <limits>

#include <emulator/schema/naming.hpp>
#include <emulator/schema/row_width.hpp>
#include <emulator/server/project.hpp>
#include <emulator/server/server_error.hpp>

namespace reel::emulator {

SchemaPath read_schema_path(const Call& call) {
  SchemaPath path;
  path.database_id = call.id("databaseId");
  const std::string name = naming(call).collection_id();
  if (call.path.contains(name)) path.collection_id = call.id(name);
  return path;
}

std::shared_ptr<Database> find_database(const Call& call, const std::string& id) {
  std::shared_ptr<Database> database = call.project.databases->database(id);
  if (database == nullptr || (!database->enabled && !call.caller.is_key)) fail(call, "database_not_found");
  const bool wrong_type = naming(call).tables && database->type != "tablesdb" && call.since(1, 9, 5);
  if (wrong_type) fail(call, "database_not_found");
  return database;
}

std::shared_ptr<Collection> find_collection(const Call& call, const Database& database, const std::string& id) {
  std::shared_ptr<Collection> collection = database.collection(id);
  if (collection == nullptr || (!collection->enabled && !call.caller.is_key)) fail(call, "collection_not_found");
  return collection;
}

SchemaTarget find_target(const Call& call, const SchemaPath& path) {
  std::shared_ptr<Database> database = find_database(call, path.database_id);
  std::shared_ptr<Collection> collection = find_collection(call, *database, path.collection_id);
  return {std::move(database), std::move(collection)};
}

bool is_table_missing(Collection& collection) {
  if (collection.missing_table == 0) return false;
  --collection.missing_table;
  return true;
}

SchemaTarget find_table(const Call& call, const SchemaPath& path) {
  SchemaTarget target = find_target(call, path);
  if (is_table_missing(*target.collection)) unknown_error();
  return target;
}

SchemaTarget find_target_even_disabled(const Call& call, const SchemaPath& path) {
  std::shared_ptr<Database> database = call.project.databases->database(path.database_id);
  if (database == nullptr) fail(call, "database_not_found");
  std::shared_ptr<Collection> collection = database->collection(path.collection_id);
  if (collection == nullptr) fail(call, "collection_not_found");
  return {std::move(database), std::move(collection)};
}

std::string resolve_id(const std::string& id) { return id == "unique()" ? make_id() : id; }

namespace {

void add_bounds(Json& json, const Attribute& attribute) {
  using Limits = std::numeric_limits<std::int64_t>;
  if (!attribute.is_number()) {
    json["min"] = nullptr;
    json["max"] = nullptr;
  } else if (attribute.type == "double") {
    const double greatest = std::numeric_limits<double>::max();
    json["min"] = attribute.least.is_null() ? Json(-greatest) : attribute.least;
    json["max"] = attribute.most.is_null() ? Json(greatest) : attribute.most;
  } else {
    json["min"] = attribute.least.is_null() ? Json(Limits::min()) : attribute.least;
    json["max"] = attribute.most.is_null() ? Json(Limits::max()) : attribute.most;
  }
}

}  // namespace

Json attribute_json(const Call& call, const Attribute& attribute) {
  return attribute_json(call, attribute, attribute.type, attribute.format);
}

Json attribute_json(const Call& call, const Attribute& attribute, std::string_view type, std::string_view format) {
  Json json{{"key", attribute.key},
            {"type", attribute.type},
            {"status", attribute.status},
            {"error", attribute.error},
            {"required", attribute.required},
            {"array", attribute.array},
            {"$createdAt", attribute.created_at},
            {"$updatedAt", attribute.updated_at}};
  if (attribute.is_relationship()) {
    json.update(attribute.relation);
    if (naming(call).tables) {
      Json renamed = Json::object();
      for (const auto& [name, value] : json.items())
        renamed[name == "relatedCollection" ? "relatedTable" : name] = value;
      return renamed;
    }
    return json;
  }
  const bool sized = format.empty() && (type == "string" || type == "varchar");
  if (type == "integer" || type == "bigint" || type == "double") add_bounds(json, attribute);
  if (type == "datetime" || !format.empty()) json["format"] = attribute.format;
  if (format == "enum") json["elements"] = attribute.elements;
  if (sized) json["size"] = attribute.size;
  json["default"] = attribute.fallback;
  if ((sized || type.ends_with("text")) && call.since(1, 7)) json["encrypt"] = attribute.encrypt;
  return json;
}

Json index_json(const Call& call, const Database& database, const Collection& collection, const Index& index) {
  Json json{{"$id", std::to_string(database.sequence) + "_" + std::to_string(collection.sequence) + "_" + index.key},
            {"$createdAt", index.created_at},
            {"$updatedAt", index.updated_at},
            {"key", index.key},
            {"type", index.type},
            {"status", index.status},
            {"error", index.error}};
  json[naming(call).tables ? "columns" : "attributes"] = index.attributes;
  if (call.since(1, 8)) json["lengths"] = index.lengths;
  json["orders"] = index.orders;
  return json;
}

Json collection_json(const Call& call, const Database& database, const Collection& collection) {
  const bool tables = naming(call).tables;
  Json json{{"$id", collection.id},
            {"$createdAt", collection.created_at},
            {"$updatedAt", collection.updated_at},
            {"$permissions", to_json(collection.permissions)},
            {"databaseId", database.id},
            {"name", collection.name},
            {"enabled", collection.enabled},
            {tables ? "rowSecurity" : "documentSecurity", collection.document_security}};
  Json attributes = Json::array();
  for (const auto& attribute : collection.attributes) {
    Json json_of_one = attribute_json(call, *attribute);
    if (attribute->hidden > 0) json_of_one["status"] = "processing";
    attributes.push_back(std::move(json_of_one));
  }
  json[tables ? "columns" : "attributes"] = std::move(attributes);
  Json indexes = Json::array();
  for (const auto& index : collection.indexes) indexes.push_back(index_json(call, database, collection, *index));
  json["indexes"] = std::move(indexes);
  if (call.since(1, 9)) {
    json["bytesMax"] = widest_row;
    json["bytesUsed"] = row_width(collection);
  }
  return json;
}

Json read_permissions(const Call& call, bool container) {
  const auto allowed = container ? container_actions() : content_actions();
  const Validator validator{[&call, allowed](const Json& value) {
    return value.is_null() ? std::string{} : permissions_problem(value, allowed, call.version).value_or("");
  }};
  const Json* sent = call.parameters.find("permissions");
  if (sent == nullptr || sent->is_null()) return nullptr;
  if (std::string problem = validator.problem(*sent); !problem.empty()) {
    if (call.since(1, 8)) problem += " or null";
    validate("permissions", *sent, {[problem](const Json&) { return problem; }});
  }
  return to_json(expand_permissions(*sent, allowed));
}

}  // namespace reel::emulator
