#include <emulator/documents/bulk.hpp>
#include <emulator/documents/document_access.hpp>
#include <emulator/documents/document_queries.hpp>
#include <emulator/documents/document_writes.hpp>
#include <emulator/documents/operators.hpp>
#include <emulator/documents/relationships.hpp>
#include <emulator/documents/row_cache.hpp>
#include <emulator/realtime/events.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/server/router.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/transactions/transactions.hpp>
#include <emulator/values/datetime.hpp>
#include <emulator/values/listing.hpp>

namespace reel::emulator {
namespace {

std::string read_document_id(const Call& call) { return call.id(naming(call).document_id()); }

/// The row that a read by id returns. Throws 404.
const Row& find_document(const Call& call, const SchemaTarget& target, const std::string& id) {
  const Row* row = cached_row(call, *target.collection, id);
  if (row == nullptr) fail(call, "document_not_found");
  return *row;
}
/// The row a write of a single document starts from. Throws 404.
Row lock_document(const Call& call, const SchemaTarget& target, const std::string& id) {
  const Row* row = locked_row(call, *target.collection, id);
  if (row == nullptr) fail(call, "document_not_found");
  return *row;
}

/// Throws 404 if a write in a transaction finds no document: it must exist, and the caller must be able to read it.
void find_staged_document(const Call& call, const SchemaTarget& target, const std::string& transaction,
                          const std::string& id) {
  const SchemaTarget view = staged_view(call, target, transaction);
  if (readable_staged_row(call, target, view, id) == nullptr) fail(call, "document_not_found");
}

/// The header X-Appwrite-Timestamp; empty if it was not sent. Throws 400.
std::optional<Time> read_timestamp(const Call& call) {
  const auto header = call.request.header("x-appwrite-timestamp");
  if (!header || header->empty()) return std::nullopt;
  const std::optional<Time> time = parse_datetime(*header);
  if (!time) invalid_argument("Invalid X-Appwrite-Timestamp header value");
  return time;
}

void check_one_or_many(const Call& call, const Json& data, const Json& id, const Json& documents,
                       const Json& permissions) {
  const std::string noun = naming(call).document();
  if (data.empty() && documents.empty()) fail(call, "document_missing_data");
  if (!data.empty() && !documents.empty()) {
    fail(call, "general_bad_request", "You can only send one of the following parameters: data, " + noun + "s");
  }
  if (!data.empty() && !php_bool(id)) {
    fail(call, "document_missing_data",
         (naming(call).tables ? "Row" : "Document") + std::string{" ID is required when creating a single "} + noun +
             ".");
  }
  if (!documents.empty() && !id.is_null()) {
    fail(call, "general_bad_request",
         "Param \"" + naming(call).document_id() + "\" is not allowed when creating multiple " + noun +
             "s, set \"$id\" on each instead.");
  }
  if (!documents.empty() && !permissions.is_null() && !permissions.empty()) {
    fail(call, "general_bad_request",
         "Param \"permissions\" is disallowed when creating multiple " + noun +
             "s, set \"$permissions\" on each instead");
  }
}

Response create(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const Json id = call.parameters.optional(naming(call).document_id(), nullptr, custom_id());
  Json data = read_data(call, false);
  const Json permissions = read_permissions(call, false);
  const Json documents = call.since(1, 7) ? read_documents(call, false) : Json::array();
  const std::string transaction = read_transaction_id(call);
  check_one_or_many(call, data, id, documents, permissions);
  if (!documents.empty()) return bulk_create(call, path, documents, transaction);

  const SchemaTarget target = find_table(call, path);
  demand_members(data);
  data.erase("$id");
  check_types(data);
  drop_reserved(call, data);
  check_granted_roles(call, permissions);
  const std::string document_id = resolve_id(id.get<std::string>());
  if (!transaction.empty()) {
    demand(call, may(call, *target.collection, "create"));
    return stage_write(call, target, transaction, "create", document_id, data,
                       to_json(permissions_for_new(call, permissions)));
  }
  const Row row = create_document(call, target, document_id, data, permissions);
  Json json = written_json(call, target, row, data);
  add_relations(call, target, row, {}, true, json);
  announce_document(call, target, "create", EventWords::collections, json);
  return json_response(201, json);
}

Response get(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const std::string id = read_document_id(call);
  const std::vector<std::string> texts = read_query_texts(call);
  const std::string transaction = read_transaction_id(call);
  const SchemaTarget target = staged_view(call, find_table(call, path), transaction);
  const std::vector<Query> queries = read_document_queries(call, texts);
  const QueryPlan plan = plan_document_queries(call, target, queries, {.only_select = true});
  const Row& row = find_document(call, target, id);
  if (!may(call, *target.collection, row, "read")) fail(call, "document_not_found");
  Json json = document_json(call, target, shown_row(target, row), plan.selected);
  add_relations(call, target, row, plan.selected, !call.since(1, 8), json);
  return json_response(200, json);
}

Response list(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const ListRequest request = read_list_request(call);
  const std::string transaction = read_transaction_id(call);
  const SchemaTarget target = staged_view(call, find_table(call, path), transaction);
  const Table& table = target.collection->table;
  const std::vector<Query> queries = read_document_queries(call, request.queries);
  const Row* at = find_cursor(call, table, queries);
  QueryPlan plan = plan_document_queries(call, target, queries);
  limit_to_readable(call, *target.collection, plan);
  const Table::Rows named = plan.ids ? table.find_all(*plan.ids) : Table::Rows();
  const Table::Rows& rows = plan.ids ? named : table.rows();
  Json documents = Json::array();
  for (const Row* row : find_documents(call, rows, plan, at)) {
    Json json = listed_json(call, target, shown_row(target, *row), plan.selected);
    add_relations(call, target, *row, plan.selected, !call.since(1, 8), json);
    documents.push_back(std::move(json));
  }
  const std::int64_t total = request.total ? count_matches(rows, plan) : 0;
  return json_response(200, {{"total", total}, {std::string{naming(call).document()} + "s", std::move(documents)}});
}

Response update(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const std::string id = read_document_id(call);
  Json data = read_data(call, false);
  const Json permissions = read_permissions(call, false);
  const std::string transaction = read_transaction_id(call);
  const std::optional<Time> timestamp = read_timestamp(call);
  if (data.empty() && permissions.is_null()) fail(call, "document_missing_payload");
  const SchemaTarget target = find_table(call, path);
  if (!data.is_object()) find_document(call, staged_view(call, target, transaction), id);
  demand_members(data);
  drop_reserved(call, data);
  if (!transaction.empty()) {
    find_staged_document(call, target, transaction, id);
    check_granted_roles(call, permissions);
    return stage_write(call, target, transaction, "update", id, data, permissions);
  }
  const Row stored = lock_document(call, target, id);
  check_granted_roles(call, permissions);
  const Row row = update_document(call, target, stored, id, data, permissions, timestamp);
  Json json = document_json(call, target, row);
  if (target.collection->table.find(id) == nullptr)
    show_unresolved(json, apply_operators(call, *target.collection, &stored, data));
  add_relations(call, target, row, {}, true, json);
  announce_change(call, target, "update", json);
  return json_response(200, json);
}

/// Adds an upsert to a transaction. It keeps the permissions of a document that the caller may read, if it sends none.
Response stage_upsert(Call& call, const SchemaTarget& target, const std::string& transaction, const std::string& id,
                      const Json& data, const Json& permissions) {
  const SchemaTarget view = staged_view(call, target, transaction);
  const Row* staged = readable_staged_row(call, target, view, id);
  const bool keeps = permissions.is_null() && staged != nullptr;
  const Json granted = to_json(keeps ? staged->permissions : permissions_for_new(call, permissions));
  check_granted_roles(call, granted);
  return stage_write(call, target, transaction, "upsert", id, data, granted);
}

Response upsert(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const std::string id = call.path.at(naming(call).document_id());
  validate(naming(call).document_id(), id, custom_id());
  Json data = read_data(call, true);
  const Json permissions = read_permissions(call, false);
  const std::string transaction = read_transaction_id(call);
  if (data.empty() && permissions.is_null()) fail(call, "document_missing_payload");
  if (data.size() > 1 && is_list(data)) fail(call, "document_missing_payload");
  const SchemaTarget target = find_table(call, path);
  demand_members(data);
  drop_reserved(call, data);
  if (!transaction.empty()) return stage_upsert(call, target, transaction, id, data, permissions);
  const Row* stored = locked_row(call, *target.collection, id);
  check_granted_roles(call, permissions.is_null() && stored != nullptr ? to_json(stored->permissions) : permissions);
  const Row done = upsert_document(call, target, id, data, permissions);
  if (done.id.empty()) return json_response(200, unread_json(call, target));
  Json json = written_json(call, target, done, data);
  add_relations(call, target, done, {}, true, json);
  announce_change(call, target, "upsert", json);
  return json_response(200, json);
}

Response remove(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const std::string id = read_document_id(call);
  const std::string transaction = read_transaction_id(call);
  const std::optional<Time> timestamp = read_timestamp(call);
  const SchemaTarget target = find_table(call, path);
  if (!transaction.empty()) {
    find_staged_document(call, target, transaction, id);
    return stage_write(call, target, transaction, "delete", id, nullptr, nullptr);
  }
  const Row found = find_document(call, target, id);
  const Row* locked = locked_row(call, *target.collection, id);
  if (locked != nullptr) delete_document(call, target, Row{*locked}, timestamp);
  announce_change(call, target, "delete", document_json(call, target, found));
  return no_content();
}

Response change_number(Call& call, bool down) {
  const SchemaPath path = read_schema_path(call);
  const std::string id = read_document_id(call);
  const std::string key = call.path.at(naming(call).attribute());
  const Validator number = rule(is_numeric, "Value must be a valid number");
  const Json value = numeric_value(call.parameters.optional("value", 1, number));
  Json bound = call.parameters.optional(down ? "min" : "max", nullptr, nullable(number));
  if (!bound.is_null()) bound = numeric_value(bound);
  const std::string transaction = read_transaction_id(call);
  if (value <= 0) invalid_argument("Value must be numeric and greater than 0");
  const SchemaTarget target = find_target_even_disabled(call, path);
  if (!transaction.empty()) {
    const Json data{{naming(call).attribute(), key}, {"value", value}, {down ? "min" : "max", bound}};
    return stage_write(call, target, transaction, down ? "decrement" : "increment", id, data, nullptr);
  }
  const Row row = increment_document(call, target, id, key, value, down, bound);
  Json json = document_json(call, target, row);
  if (!call.since(1, 9)) {
    for (const char* name : {"$databaseId", "$collectionId", "$tableId"}) json.erase(name);
  }
  announce_change(call, target, "update", json);
  return json_response(200, json);
}

}  // namespace

void add_document_routes(Router& router) {
  const std::string all = "/databases/:databaseId/collections/:collectionId/documents";
  const std::string one = all + "/:documentId";
  const RouteOptions reads{.scopes = {"documents.read"}};
  const auto writes = [](int limit, Version since = {}) {
    return RouteOptions{.scopes = {"documents.write"}, .limit = limit, .since = since};
  };
  add_twins(router, "POST", all, writes(120), create);
  add_twins(router, "GET", all, reads, list);
  add_twins(router, "GET", one, reads, get);
  add_twins(router, "PATCH", one, writes(120), update);
  add_twins(router, "PUT", one, writes(120, {1, 7, 4}), upsert);
  add_twins(router, "DELETE", one, writes(60), remove);
  add_twins(router, "PATCH", one + "/:attribute/increment", writes(120, {1, 8, 0}),
            [](Call& call) { return change_number(call, false); });
  add_twins(router, "PATCH", one + "/:attribute/decrement", writes(120, {1, 8, 0}),
            [](Call& call) { return change_number(call, true); });
}

}  // namespace reel::emulator
