#include <algorithm>

#include <emulator/access/permissions.hpp>
#include <emulator/schema/database_state.hpp>
#include <emulator/schema/inline_schema.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/schema/schema_access.hpp>
#include <emulator/server/app.hpp>
#include <emulator/server/project.hpp>
#include <emulator/server/races.hpp>
#include <emulator/server/router.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/values/listing.hpp>

namespace reel::emulator {
namespace {

const char* security_name(const Call& call) { return naming(call).tables ? "rowSecurity" : "documentSecurity"; }

Response create_collection(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const std::string id = call.parameters.required_text(naming(call).collection_id(), custom_id());
  auto collection = std::make_shared<Collection>();
  collection->name = call.parameters.required_text("name", text(128));
  const Json permissions = read_permissions(call, true);
  collection->document_security = call.parameters.optional_bool(security_name(call), false);
  collection->enabled = call.parameters.flag("enabled", true);
  const std::shared_ptr<Database> database = find_database(call, path.database_id);
  collection->id = resolve_id(id);
  if (!permissions.is_null()) collection->permissions = permissions_from(permissions);
  collection->created_at = collection->updated_at = write_time(call.now);
  if (database->collection(collection->id) != nullptr || collide(collection->permissions))
    fail(call, "collection_already_exists");
  collection->sequence = call.project.databases->next_sequence();
  add_inline_schema(call, {database, collection});
  const Races& races = call.app.races();
  const auto number = static_cast<std::uint64_t>(collection->sequence);
  constexpr std::uint64_t longest = 4;
  if (races.happens("table is missing", number, 0, 2)) {
    collection->missing_table = static_cast<int>(1 + races.draw("requests without table", number, 0) % longest);
  }
  database->collections.push_back(collection);
  return json_response(201, collection_json(call, *database, *collection));
}

Response list_collections(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const ListPlan plan =
      read_list_plan(call, {{"name", 0}, {"enabled", 1, "boolean"}, {security_name(call), 2, "boolean"}}, 3);
  const std::shared_ptr<Database> database = find_database(call, path.database_id);
  std::vector<Row> rows;
  for (const auto& one : database->collections) {
    rows.push_back({one->id,
                    0,
                    one->created_at,
                    one->updated_at,
                    {},
                    {one->name, one->enabled, one->document_security, one->id + " " + one->name}});
  }
  const Listed listed = list_objects(plan, std::move(rows), naming(call).tables ? "Table" : "Collection");
  Json list = Json::array();
  for (const std::size_t position : listed.positions) {
    list.push_back(collection_json(call, *database, *database->collections[position]));
  }
  return json_response(200,
                       {{"total", listed.total}, {naming(call).tables ? "tables" : "collections", std::move(list)}});
}

Response get_collection(Call& call) {
  const SchemaTarget target = find_target(call, read_schema_path(call));
  return json_response(200, collection_json(call, *target.database, *target.collection));
}

Response update_collection(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const Json name = call.since(1, 9) ? call.parameters.optional("name", nullptr, text(128))
                                     : call.parameters.required("name", text(128));
  const Json permissions = read_permissions(call, true);
  const bool document_security = call.parameters.optional_bool(security_name(call), false);
  const bool enabled = call.parameters.flag("enabled", true);
  const SchemaTarget target = find_target(call, path);
  Collection& collection = *target.collection;
  if (!permissions.is_null() && collide(permissions_from(permissions))) unknown_error();
  if (!name.is_null()) collection.name = name.get<std::string>();
  if (!permissions.is_null()) collection.permissions = permissions_from(permissions);
  collection.document_security = document_security;
  collection.enabled = enabled;
  for (const auto& attribute : collection.attributes) attribute->hidden = 0;  // the update purges the cache
  collection.updated_at = write_time(call.now);
  return json_response(200, collection_json(call, *target.database, collection));
}

/// Removes the other sides of the collection's relationships.
void drop_other_sides(Database& database, const Collection& collection) {
  for (const auto& other : database.collections) {
    std::erase_if(other->attributes, [&](const auto& attribute) {
      return attribute->is_relationship() && attribute->relation.value("relatedCollection", "") == collection.id;
    });
  }
}

Response delete_collection(Call& call) {
  const SchemaTarget target = find_target(call, read_schema_path(call));
  std::erase(target.database->collections, target.collection);
  drop_other_sides(*target.database, *target.collection);
  return no_content();
}

}  // namespace

void add_collection_routes(Router& router) {
  const RouteOptions reads{.scopes = {"collections.read"}};
  const RouteOptions writes{.scopes = {"collections.write"}};
  const std::string all = "/databases/:databaseId/collections";
  const std::string one = all + "/:collectionId";
  add_twins(router, "POST", all, writes, create_collection);
  add_twins(router, "GET", all, reads, list_collections);
  add_twins(router, "GET", one, reads, get_collection);
  add_twins(router, "PUT", one, writes, update_collection);
  add_twins(router, "DELETE", one, writes, delete_collection);
}

}  // namespace reel::emulator
