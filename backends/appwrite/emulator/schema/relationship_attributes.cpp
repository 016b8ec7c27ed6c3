#include <emulator/schema/attribute_routes.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/values/validator.hpp>

namespace reel::emulator {
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
  const SchemaTarget target = find_target(call, path);
  const std::shared_ptr<Collection> other = find_collection(call, *target.database, related);
  Attribute& attribute = add_attribute(call, target, make_side(own_key, other->id, common, other_key, "parent"));
  const Json answer = attribute_json(call, attribute);
  if (common.at("twoWay").get<bool>()) {
    add_attribute(call, {target.database, other},
                  make_side(other_key, target.collection->id, common, own_key, "child"));
  }
  return json_response(202, answer);
}

/// The attribute on the other side; null if the relationship is one-way.
Attribute* other_side(const Call& call, const SchemaTarget& target, const Attribute& attribute) {
  if (!attribute.relation.at("twoWay").get<bool>()) return nullptr;
  const auto related = attribute.relation.at("relatedCollection").get<std::string>();
  return find_collection(call, *target.database, related)
      ->attribute(attribute.relation.at("twoWayKey").get<std::string>());
}

/// Throws 500 if an attribute of this key exists, even if it is the attribute itself: the server does not expect that.
void rename(const Collection& collection, Attribute& attribute, Attribute* other, const std::string& new_key) {
  if (collection.attribute(new_key) != nullptr) unknown_error();
  attribute.key = new_key;
  if (other != nullptr) other->relation["twoWayKey"] = new_key;
}

Response update_relationship(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const std::string old_key = call.path.at("key");
  validate("key", old_key, key());
  const Json on_delete = call.parameters.optional("onDelete", nullptr, nullable(one_of(on_delete_choices)));
  const Json new_key = call.parameters.optional("newKey", nullptr, nullable(key()));
  const SchemaTarget target = find_target(call, path);
  Attribute* attribute = target.collection->attribute(old_key);
  if (attribute == nullptr || !attribute->is_relationship()) fail(call, "attribute_not_found");
  if (!attribute->available()) fail(call, "attribute_not_available");
  Attribute* other = other_side(call, target, *attribute);
  if (!new_key.is_null()) rename(*target.collection, *attribute, other, new_key.get<std::string>());
  for (Attribute* side : {attribute, other}) {
    if (side == nullptr) continue;
    if (!on_delete.is_null()) side->relation["onDelete"] = on_delete;
    side->updated_at = write_time(call.now);
  }
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

}  // namespace reel::emulator
