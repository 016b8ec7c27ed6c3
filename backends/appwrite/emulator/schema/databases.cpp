#include <algorithm>

#include <emulator/schema/database_state.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/schema/schema_access.hpp>
#include <emulator/server/project.hpp>
#include <emulator/server/router.hpp>
#include <emulator/values/listing.hpp>

namespace reel::emulator {
namespace {

Json database_json(const Call& call, const Database& database) {
  Json json{{"$id", database.id},
            {"name", database.name},
            {"$createdAt", database.created_at},
            {"$updatedAt", database.updated_at},
            {"enabled", database.enabled}};
  if (call.since(1, 8)) json["type"] = database.type;
  return json;
}

Response create_database(Call& call) {
  const std::string id = call.parameters.required_text("databaseId", custom_id());
  auto database = std::make_shared<Database>();
  database->name = call.parameters.required_text("name", text(128));
  database->enabled = call.parameters.flag("enabled", true);
  database->id = resolve_id(id);
  database->type = naming(call).tables ? "tablesdb" : "legacy";
  database->created_at = database->updated_at = write_time(call.now);
  DatabaseState& state = *call.project.databases;
  if (state.database(database->id) != nullptr) fail(call, "database_already_exists");
  database->sequence = state.next_sequence();
  state.databases.push_back(database);
  return json_response(201, database_json(call, *database));
}

Response list_databases(Call& call) {
  const auto& databases = call.project.databases->databases;
  std::vector<Row> rows;
  for (const auto& database : databases) {
    rows.push_back({database->id,
                    0,
                    database->created_at,
                    database->updated_at,
                    {},
                    {database->name, database->id + " " + database->name}});
  }
  const Listed listed = list_objects(call, {{"name", 0}}, std::move(rows), "Database", 1);
  Json list = Json::array();
  for (const std::size_t position : listed.positions) list.push_back(database_json(call, *databases[position]));
  return json_response(200, {{"total", listed.total}, {"databases", std::move(list)}});
}

Response get_database(Call& call) {
  return json_response(200, database_json(call, *find_database(call, call.id("databaseId"))));
}

Response update_database(Call& call) {
  const std::string id = call.id("databaseId");
  const bool name_needed = !call.since(1, 9);
  const Json name =
      name_needed ? call.parameters.required("name", text(128)) : call.parameters.optional("name", nullptr, text(128));
  const bool enabled = call.parameters.flag("enabled", true);
  const std::shared_ptr<Database> database = call.project.databases->database(id);
  if (database == nullptr) fail(call, "database_not_found");
  if (!name.is_null()) database->name = name.get<std::string>();
  database->enabled = enabled;
  database->updated_at = write_time(call.now);
  return json_response(200, database_json(call, *database));
}

Response delete_database(Call& call) {
  const std::shared_ptr<Database> database = call.project.databases->database(call.id("databaseId"));
  if (database == nullptr) fail(call, "database_not_found");
  std::erase(call.project.databases->databases, database);
  return no_content();
}

}  // namespace

void add_database_routes(Router& router) {
  const RouteOptions reads{.scopes = {"databases.read"}};
  const RouteOptions writes{.scopes = {"databases.write"}};
  add_twins(router, "POST", "/databases", writes, create_database);
  add_twins(router, "GET", "/databases", reads, list_databases);
  add_twins(router, "GET", "/databases/:databaseId", reads, get_database);
  add_twins(router, "PUT", "/databases/:databaseId", writes, update_database);
  add_twins(router, "DELETE", "/databases/:databaseId", writes, delete_database);
}

}  // namespace reel::emulator
