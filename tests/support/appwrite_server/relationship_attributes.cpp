#include "support/appwrite_server/attribute_routes.hpp"
#include "support/appwrite_server/naming.hpp"
#include "support/appwrite_server/validator.hpp"

namespace appwrite_server {
namespace {

const std::vector<std::string> on_delete_choices = {"cascade", "restrict", "setNull"};

Attribute make_side(const std::string& key, const std::string& related, const Json& common,
                    const std::string& other_key, const char* side) {
  Attribute attribute;
  attribute.key = key;
  attribute.type = "relationship";
  attribute.relation = {{"relatedCollection", related},      {"relationType", common.at("type")},
                        {"twoWay", common.at("twoWay")},     {"twoWayKey", other_key},
                        {"onDelete", common.at("onDelete")}, {"side", side}};
  return attribute;
}

Response create_relationship(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const Parameters& sent = call.parameters;
  const std::string related_name = naming(call).tables ? "relatedTableId" : "relatedCollectionId";
  const std::string related = sent.required_text(related_name, uid());
  const Json type = sent.required("type", one_of({"oneToOne", "manyToOne", "manyToMany", "oneToMany"}));
  const Json common{{"type", type},
                    {"twoWay", sent.flag("twoWay", false)},
                    {"onDelete", sent.optional("onDelete", "restrict", one_of(on_delete_choices))}};
  const std::string own_key = sent.optional("key", related, nullable(key())).get<std::string>();
  const std::string other_key = sent.optional("twoWayKey", path.collection_id, nullable(key())).get<std::string>();
  const SchemaPlace place = find_place(call, path);
  const std::shared_ptr<Collection> other = find_collection(call, *place.database, related);
  Attribute& attribute = add_attribute(call, place, make_side(own_key, other->id, common, other_key, "parent"));
  const Json answer = attribute_json(call, attribute);
  if (common.at("twoWay").get<bool>()) {
    add_attribute(call, {place.database, other}, make_side(other_key, place.collection->id, common, own_key, "child"));
  }
  return json_response(202, answer);
}

Response update_relationship(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const Json on_delete = call.parameters.optional("onDelete", nullptr, nullable(one_of(on_delete_choices)));
  const SchemaPlace place = find_place(call, path);
  Attribute* attribute = place.collection->attribute(call.path.at("key"));
  if (attribute == nullptr || !attribute->is_relationship()) fail(call, "attribute_not_found");
  if (!on_delete.is_null()) attribute->relation["onDelete"] = on_delete;
  attribute->updated_at = write_time(call.now);
  return json_response(200, attribute_json(call, *attribute));
}

}  // namespace

void add_relationship_routes(Router& router) {
  const std::string all = attributes_pattern;
  const RouteOptions writes{.scopes = {"collections.write"}};
  add_twins(router, "POST", all + "/relationship", writes, create_relationship);
  add_twins(router, "PATCH", all + "/:key/relationship", writes, update_relationship);
  RouteOptions since_1_9 = writes;
  since_1_9.since = {1, 9, 0};
  add_twins(router, "PATCH", all + "/relationship/:key", since_1_9, update_relationship);
}

}  // namespace appwrite_server
