#include <emulator/schema/database_snapshot.hpp>

#include <utility>

#include <emulator/schema/schema_worker.hpp>

namespace reel::emulator {
namespace {

Json save_attribute(const Attribute& attribute) {
  return {{"key", attribute.key},
          {"type", attribute.type},
          {"format", attribute.format},
          {"status", attribute.status},
          {"error", attribute.error},
          {"required", attribute.required},
          {"array", attribute.array},
          {"encrypt", attribute.encrypt},
          {"size", attribute.size},
          {"default", attribute.fallback},
          {"filling", attribute.filling},
          {"least", attribute.least},
          {"most", attribute.most},
          {"elements", attribute.elements},
          {"relation", attribute.relation},
          {"created", attribute.created_at},
          {"updated", attribute.updated_at},
          {"slot", attribute.slot}};
}

std::unique_ptr<Attribute> load_attribute(const Json& saved) {
  auto attribute = std::make_unique<Attribute>();
  attribute->key = saved.at("key");
  attribute->type = saved.at("type");
  attribute->format = saved.at("format");
  attribute->status = saved.at("status");
  attribute->error = saved.at("error");
  attribute->required = saved.at("required");
  attribute->array = saved.at("array");
  attribute->encrypt = saved.at("encrypt");
  attribute->size = saved.at("size");
  attribute->fallback = saved.at("default");
  attribute->filling = saved.at("filling");
  attribute->least = saved.at("least");
  attribute->most = saved.at("most");
  attribute->elements = saved.at("elements");
  attribute->relation = saved.at("relation");
  attribute->created_at = saved.at("created");
  attribute->updated_at = saved.at("updated");
  attribute->slot = saved.at("slot");
  return attribute;
}

Json save_index(const Index& index) {
  return {{"key", index.key},
          {"type", index.type},
          {"status", index.status},
          {"error", index.error},
          {"attributes", index.attributes},
          {"lengths", index.lengths},
          {"orders", index.orders},
          {"created", index.created_at},
          {"updated", index.updated_at},
          {"sequence", index.sequence}};
}

std::unique_ptr<Index> load_index(const Json& saved) {
  auto index = std::make_unique<Index>();
  index->key = saved.at("key");
  index->type = saved.at("type");
  index->status = saved.at("status");
  index->error = saved.at("error");
  index->attributes = saved.at("attributes").get<std::vector<std::string>>();
  index->lengths = saved.at("lengths");
  index->orders = saved.at("orders");
  index->created_at = saved.at("created");
  index->updated_at = saved.at("updated");
  index->sequence = saved.at("sequence");
  return index;
}

Json save_row(const Row& row) {
  return {{"id", row.id},
          {"sequence", row.sequence},
          {"created", row.created_at},
          {"updated", row.updated_at},
          {"permissions", row.permissions},
          {"values", row.values}};
}

Row load_row(const Json& saved) {
  Row row;
  row.id = saved.at("id");
  row.sequence = saved.at("sequence");
  row.created_at = saved.at("created");
  row.updated_at = saved.at("updated");
  row.permissions = permissions_from(saved.at("permissions"));
  row.values = saved.at("values").get<std::vector<Json>>();
  return row;
}

Json save_collection(const Collection& collection) {
  Json attributes = Json::array();
  for (const auto& attribute : collection.attributes) attributes.push_back(save_attribute(*attribute));
  Json indexes = Json::array();
  for (const auto& index : collection.indexes) indexes.push_back(save_index(*index));
  Json rows = Json::array();
  for (const auto& [sequence, row] : collection.table.rows()) rows.push_back(save_row(row));
  return {{"id", collection.id},
          {"sequence", collection.sequence},
          {"name", collection.name},
          {"enabled", collection.enabled},
          {"documentSecurity", collection.document_security},
          {"permissions", collection.permissions},
          {"created", collection.created_at},
          {"updated", collection.updated_at},
          {"slots", collection.next_slot},
          {"attributes", std::move(attributes)},
          {"indexes", std::move(indexes)},
          {"rows", std::move(rows)},
          {"last", collection.table.last_number()}};
}

std::shared_ptr<Collection> load_collection(const Json& saved) {
  auto collection = std::make_shared<Collection>();
  collection->id = saved.at("id");
  collection->sequence = saved.at("sequence");
  collection->name = saved.at("name");
  collection->enabled = saved.at("enabled");
  collection->document_security = saved.at("documentSecurity");
  collection->permissions = permissions_from(saved.at("permissions"));
  collection->created_at = saved.at("created");
  collection->updated_at = saved.at("updated");
  collection->next_slot = saved.at("slots");
  for (const Json& attribute : saved.at("attributes")) collection->attributes.push_back(load_attribute(attribute));
  for (const Json& row : saved.at("rows")) collection->table.restore(load_row(row));
  collection->table.set_last_number(saved.at("last"));
  for (const Json& index : saved.at("indexes")) {
    collection->indexes.push_back(load_index(index));
    if (collection->indexes.back()->status == "available") finish_index(*collection, *collection->indexes.back());
  }
  return collection;
}

Json save_database(const Database& database) {
  Json collections = Json::array();
  for (const auto& collection : database.collections) collections.push_back(save_collection(*collection));
  return {{"id", database.id},
          {"sequence", database.sequence},
          {"name", database.name},
          {"enabled", database.enabled},
          {"type", database.type},
          {"created", database.created_at},
          {"updated", database.updated_at},
          {"collections", std::move(collections)}};
}

std::shared_ptr<Database> load_database(const Json& saved) {
  auto database = std::make_shared<Database>();
  database->id = saved.at("id");
  database->sequence = saved.at("sequence");
  database->name = saved.at("name");
  database->enabled = saved.at("enabled");
  database->type = saved.at("type");
  database->created_at = saved.at("created");
  database->updated_at = saved.at("updated");
  for (const Json& collection : saved.at("collections")) database->collections.push_back(load_collection(collection));
  return database;
}

}  // namespace

Json save_databases(const DatabaseState& state) {
  Json databases = Json::array();
  for (const auto& database : state.databases) databases.push_back(save_database(*database));
  return {{"databases", std::move(databases)}, {"last", state.last_sequence}};
}

void load_databases(const Json& saved, DatabaseState& state) {
  for (const Json& database : saved.at("databases")) state.databases.push_back(load_database(database));
  state.last_sequence = saved.at("last");
}

}  // namespace reel::emulator
