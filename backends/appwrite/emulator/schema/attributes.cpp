#include <emulator/schema/attribute_routes.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/schema/schema_worker.hpp>
#include <emulator/values/listing.hpp>

namespace reel::emulator {
namespace {

std::string read_key(const Call& call) {
  const std::string value = call.path.at("key");
  validate("key", value, key());
  return value;
}

Response list_attributes(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const ListPlan plan = read_list_plan(call, {{"key", 0},
                                              {"type", 1},
                                              {"size", 2, "integer"},
                                              {"required", 3, "boolean"},
                                              {"array", 4, "boolean"},
                                              {"status", 5},
                                              {"error", 6}});
  const SchemaTarget target = find_target(call, path);
  std::vector<Row> rows;
  for (const auto& one : target.collection->attributes) {
    rows.push_back({one->key,
                    0,
                    one->created_at,
                    one->updated_at,
                    {},
                    {one->key, one->type, one->size, one->required, one->array, one->status, one->error}});
  }
  const Listed listed = list_objects(plan, std::move(rows), naming(call).tables ? "Column" : "Attribute");
  Json list = Json::array();
  for (const std::size_t position : listed.positions) {
    list.push_back(attribute_json(call, *target.collection->attributes[position]));
  }
  return json_response(200, {{"total", listed.total}, {std::string{naming(call).attribute()} + "s", std::move(list)}});
}

Response get_attribute(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const std::string key = read_key(call);
  const SchemaTarget target = find_target(call, path);
  const Attribute* attribute = target.collection->attribute_by_path(key);
  if (attribute == nullptr) fail(call, "attribute_not_found");
  return json_response(200, attribute_json(call, *attribute));
}

Response delete_attribute(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const std::string key = read_key(call);
  const SchemaTarget target = find_target(call, path);
  Attribute* attribute = target.collection->attribute_by_path(key);
  if (attribute == nullptr) fail(call, "attribute_not_found");
  if (attribute->available()) attribute->status = "deleting";
  queue_attribute_removal(call, target, attribute->key);
  return no_content();
}

}  // namespace

void add_attribute_routes(Router& router) {
  const std::string all = attributes_pattern;
  add_twins(router, "GET", all, {.scopes = {"collections.read"}}, list_attributes);
  add_twins(router, "GET", all + "/:key", {.scopes = {"collections.read"}}, get_attribute);
  add_twins(router, "DELETE", all + "/:key", {.scopes = {"collections.write"}}, delete_attribute);
  add_attribute_creation_routes(router);
  add_attribute_update_routes(router);
  add_relationship_routes(router);
}

}  // namespace reel::emulator
