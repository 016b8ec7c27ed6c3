#include <algorithm>

#include <emulator/schema/index_rules.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/schema/schema_worker.hpp>
#include <emulator/server/project.hpp>
#include <emulator/server/router.hpp>
#include <emulator/values/listing.hpp>
#include <emulator/values/validator.hpp>

namespace reel::emulator {
namespace {

constexpr std::size_t most_indexes = 58;
constexpr std::size_t most_items = 100;

/// The key of an attribute, or a system attribute that can be indexed.
Validator indexable() {
  return rule(
      [](const Json& value) {
        return value == "$id" || value == "$createdAt" || value == "$updatedAt" || key().problem(value).empty();
      },
      key_sentence());
}

Index read_index(const Call& call) {
  const Parameters& sent = call.parameters;
  Index index;
  index.key = sent.required_text("key", key());
  std::vector<std::string> types = {"key", "fulltext", "unique"};
  if (call.since(1, 8)) types.push_back("spatial");
  index.type = sent.required_text("type", one_of(types));
  index.attributes =
      sent.required(naming(call).tables ? "columns" : "attributes", list_of(indexable(), key_sentence(), most_items))
          .get<std::vector<std::string>>();
  const std::vector<std::string> orders = {"asc", "desc"};
  index.orders =
      sent.optional("orders", Json::array(), list_of(one_of(orders, true), one_of_sentence(orders), most_items));
  if (call.since(1, 8)) {
    index.lengths = sent.optional("lengths", Json::array(),
                                  list_of(nullable(integer()), "Value must be a valid integer or null", most_items));
  }
  return index;
}

Response create_index(Call& call) {
  const SchemaPath path = read_schema_path(call);
  Index index = read_index(call);
  const SchemaTarget target = find_table(call, path);
  Collection& collection = *target.collection;
  if (collection.indexes.size() >= most_indexes) fail(call, "index_limit_exceeded");
  check_index(call, collection, index);
  const std::string folded = fold_id(index.key);
  const bool taken = std::any_of(collection.indexes.begin(), collection.indexes.end(),
                                 [&](const auto& one) { return fold_id(one->key) == folded; });
  if (taken) fail(call, "index_already_exists");
  index.created_at = index.updated_at = write_time(call.now);
  index.sequence = call.project.databases->next_sequence();
  collection.indexes.push_back(std::make_unique<Index>(index));
  queue_index_creation(call, target, index.key);
  return json_response(202, index_json(call, *target.database, collection, index));
}

Response list_indexes(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const ListPlan plan =
      read_list_plan(call, {{"key", 0}, {"type", 1}, {"status", 2}, {"attributes", 3, "string", true}, {"error", 4}});
  const SchemaTarget target = find_target(call, path);
  std::vector<Row> rows;
  for (const auto& one : target.collection->indexes) {
    rows.push_back({one->key,
                    0,
                    one->created_at,
                    one->updated_at,
                    {},
                    {one->key, one->type, one->status, one->attributes, one->error}});
  }
  const Listed listed = list_objects(plan, std::move(rows), "Index");
  Json list = Json::array();
  for (const std::size_t position : listed.positions) {
    list.push_back(index_json(call, *target.database, *target.collection, *target.collection->indexes[position]));
  }
  return json_response(200, {{"total", listed.total}, {"indexes", std::move(list)}});
}

std::string read_key(const Call& call) {
  const std::string value = call.path.at("key");
  validate("key", value, key());
  return value;
}

Response get_index(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const std::string key = read_key(call);
  const SchemaTarget target = find_target(call, path);
  const Index* index = target.collection->index(key);
  if (index == nullptr) fail(call, "index_not_found");
  return json_response(200, index_json(call, *target.database, *target.collection, *index));
}

Response delete_index(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const std::string key = read_key(call);
  const SchemaTarget target = find_target(call, path);
  Index* index = target.collection->index_by_path(key);
  if (index == nullptr) fail(call, "index_not_found");
  if (index->status == "available") index->status = "deleting";
  queue_index_removal(call, target, index->key);
  return no_content();
}

}  // namespace

void add_index_routes(Router& router) {
  const std::string all = "/databases/:databaseId/collections/:collectionId/indexes";
  const RouteOptions reads{.scopes = {"collections.read"}};
  const RouteOptions writes{.scopes = {"collections.write"}};
  add_twins(router, "POST", all, writes, create_index);
  add_twins(router, "GET", all, reads, list_indexes);
  add_twins(router, "GET", all + "/:key", reads, get_index);
  add_twins(router, "DELETE", all + "/:key", writes, delete_index);
}

}  // namespace reel::emulator
