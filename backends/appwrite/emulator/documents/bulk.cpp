#include <emulator/documents/bulk.hpp>

#include <limits>
#include <optional>
#include <set>

#include <emulator/documents/document_access.hpp>
#include <emulator/documents/document_queries.hpp>
#include <emulator/documents/document_writes.hpp>
#include <emulator/documents/operators.hpp>
#include <emulator/documents/row_cache.hpp>
#include <emulator/documents/structure.hpp>
#include <emulator/realtime/events.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/server/router.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/transactions/transactions.hpp>
#include <emulator/values/listing.hpp>

namespace reel::emulator {
namespace {

constexpr std::size_t most_documents = 100;
constexpr std::size_t most_shown = 100;

std::string plural(const Call& call) { return std::string{naming(call).document()} + "s"; }

void refuse_relationships(const Call& call, const Collection& collection, const std::string& action) {
  if (!collection.has_relationships()) return;
  fail(call, "general_bad_request",
       "Bulk " + action + " is not supported for " + naming(call).service() + " with relationship attributes");
}

/// Throws 400 for invalid permissions. Unlike elsewhere for documents the server accepts `create` here.
void check_permissions(const Call& call, const Json& permissions) {
  if (!php_bool(permissions)) return;
  const auto problem = permissions_problem(permissions, container_actions(), call.version);
  if (problem) fail(call, "general_bad_request", *problem);
}

/// A document of a bulk write.
struct BulkItem {
  std::string id;
  Json permissions;  ///< Null: none were sent.
  Json data;
};

Json read_item(const Json& document) {
  std::optional<Json> data = document;
  if (document.is_string()) data = parse_json(document.get_ref<const std::string&>());
  if (!data) unknown_error();  // staged operations were not validated before
  return is_php_array(*data) ? with_names(std::move(*data)) : Json::object();
}

BulkItem read_new_item(const Call& call, const Json& document) {
  BulkItem item{.id = {}, .permissions = {}, .data = read_item(document)};
  const Json* given = member(item.data, "$id");
  const Json id = given == nullptr || given->is_null() ? Json("unique()") : *given;
  if (const std::string problem = custom_id().problem(id); !problem.empty()) fail(call, "general_bad_request", problem);
  item.id = resolve_id(id.get<std::string>());
  check_types(item.data);
  item.permissions = item.data.value("$permissions", Json());
  check_permissions(call, item.permissions);
  if (!item.permissions.is_null()) item.permissions = to_json(expand_permissions(item.permissions, content_actions()));
  drop_reserved(call, item.data);
  return item;
}

/// A document of a bulk upsert. The server accepts any id, does not check permissions and does not parse strings here.
BulkItem read_upserted_item(const Call& call, const Json& document) {
  if (!is_php_array(document)) unknown_error();
  BulkItem item{.id = {}, .permissions = {}, .data = read_item(document)};
  check_types(item.data);
  const Json* id = member(item.data, "$id");
  item.id = id != nullptr && php_bool(*id) ? id->get<std::string>() : make_id();
  item.permissions = item.data.value("$permissions", Json());
  drop_reserved(call, item.data);
  return item;
}

struct Matches {
  std::vector<Row> rows;  ///< As they were read before they were locked.
  std::vector<std::string> selected;
};

/// All matching rows in the requested order, without the usual limit of 25.
Matches find_matches(const Call& call, const SchemaTarget& target, const std::vector<std::string>& texts) {
  QueryPlan plan = plan_document_queries(call, target, read_document_queries(call, texts));
  if (plan.cursor) unknown_error();  // the server expects a document there and finds its id
  if (!plan.limited) plan.limit = std::numeric_limits<std::int64_t>::max();
  Matches matches{.rows = {}, .selected = plan.selected};
  Table::Rows copy;
  const Table::Rows& rows = found_rows(call, *target.collection, copy);
  for (const Row* row : find_documents(call, rows, plan, nullptr)) matches.rows.push_back(*row);
  return matches;
}

Json answer(const Call& call, std::size_t total, Json documents) {
  return {{"total", total}, {plural(call), std::move(documents)}};
}

/// A document of a bulk update as the response shows it: values that were neither selected nor written are null or the
/// default.
Json updated_json(const Call& call, const SchemaTarget& target, const Row& row, const Matches& matches,
                  const Json& written) {
  Json values = values_of(*target.collection, row);
  for (auto& [key, value] : values.items()) {
    if (!is_selected(matches.selected, key) && !written.contains(key)) value = nullptr;
  }
  fill_defaults(*target.collection, values);
  Row shown = row;
  store_values(*target.collection, values, shown);
  Json json = listed_json(call, target, shown);
  if (const Json* mistaken = member(written, "collection")) json["collection"] = *mistaken;
  return json;
}

/// Whether `data` has members other than those the server removes. They count even if they change nothing.
bool has_payload(const Call& call, Json data) {
  const bool tables = naming(call).tables;
  for (const char* name : {"$sequence", "$databaseId", tables ? "$tableId" : "$collectionId"}) data.erase(name);
  return !data.empty();
}

/// The collection of a bulk write to existing documents. Throws 404 `database_not_found` unless the caller is a key, as
/// the server does.
SchemaTarget find_bulk_target(const Call& call, const SchemaPath& path) {
  if (!call.caller.is_key) fail(call, "database_not_found");
  return find_table(call, path);
}

/// A table transaction that is rolled back unless commit() is called.
class TableTransaction {
 public:
  explicit TableTransaction(Table& table) : table_{table} { table_.begin(); }
  ~TableTransaction() { table_.rollback(); }
  TableTransaction(const TableTransaction&) = delete;
  TableTransaction& operator=(const TableTransaction&) = delete;
  void commit() { table_.commit(); }

 private:
  Table& table_;
};

Response update_many(Call& call) {
  const SchemaPath path = read_schema_path(call);
  Json data = read_data(call, false);
  const std::vector<std::string> queries = read_query_texts(call);
  const std::string transaction = read_transaction_id(call);
  if (data.empty()) fail(call, "document_missing_payload");
  const SchemaTarget target = find_bulk_target(call, path);
  refuse_relationships(call, *target.collection, "update");
  if (!transaction.empty())
    return stage_bulk(call, target, transaction, "bulkUpdate", {{"data", data}, {"queries", queries}});
  TableTransaction all{target.collection->table};
  try {
    Json done = bulk_update(call, target, std::move(data), queries);
    all.commit();
    announce_many(call, target, "update", done);
    return json_response(200, done);
  } catch (const ServerError& error) {
    if (!error.type().ends_with("_limit_exceeded")) throw;
    unknown_error();  // the route does not handle numbers beyond the range of the column
  }
}

Response upsert_many(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const Json documents = read_documents(call, true);
  const std::string transaction = read_transaction_id(call);
  const SchemaTarget target = find_bulk_target(call, path);
  refuse_relationships(call, *target.collection, "upsert");
  if (!transaction.empty()) {
    for (const Json& document : documents) read_upserted_item(call, document);
    return stage_bulk(call, target, transaction, "bulkUpsert", documents, documents.size());
  }
  TableTransaction all{target.collection->table};
  Json done = bulk_upsert(call, target, documents);
  all.commit();
  announce_many(call, target, "upsert", done);
  return json_response(200, done);
}

Response delete_many(Call& call) {
  const SchemaPath path = read_schema_path(call);
  const std::vector<std::string> queries = read_query_texts(call);
  const std::string transaction = read_transaction_id(call);
  const SchemaTarget target = find_bulk_target(call, path);
  refuse_relationships(call, *target.collection, "delete");
  if (!transaction.empty()) return stage_bulk(call, target, transaction, "bulkDelete", {{"queries", queries}});
  const Json done = bulk_delete(call, target, queries);
  announce_many(call, target, "delete", done);
  return json_response(200, done);
}

}  // namespace

Json read_documents(const Call& call, bool required) {
  const std::string name = plural(call);
  const char* const sentence = "Value must be a valid JSON string";
  const Validator object = rule(
      [](const Json& value) {
        return is_php_array(value) || (value.is_string() && parse_json(value.get_ref<const std::string&>()));
      },
      sentence);
  const Validator list = list_of(object, sentence, most_documents);
  return required ? call.parameters.required(name, list) : call.parameters.optional(name, Json::array(), list);
}

Response bulk_create(Call& call, const SchemaPath& path, const Json& documents, const std::string& transaction) {
  if (!call.caller.is_key) {
    throw ServerError{
        401, "general_unauthorized_scope",
        "The current user or API key does not have the required scopes to access the requested resource."};
  }
  const SchemaTarget target = find_table(call, path);
  refuse_relationships(call, *target.collection, "create");
  if (!transaction.empty()) {
    for (const Json& document : documents) read_new_item(call, document);
    return stage_bulk(call, target, transaction, "bulkCreate", documents, documents.size());
  }
  TableTransaction all{target.collection->table};
  Json done = bulk_insert(call, target, documents);
  all.commit();
  announce_many(call, target, "create", done);
  return json_response(201, done);
}

Json bulk_insert(const Call& call, const SchemaTarget& target, const Json& documents) {
  std::vector<BulkItem> items;
  for (const Json& document : documents) items.push_back(read_new_item(call, document));
  std::vector<Row> rows;
  for (BulkItem& item : items) {
    rows.push_back(plan_creation(call, *target.collection, item.id, item.data, item.permissions));
  }
  const NumbersTaken taken{target.collection->table, rows.size()};
  Json made = Json::array();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row* row = target.collection->table.insert(bound_row(*target.collection, items[i].data, rows[i]));
    if (row == nullptr) fail(call, "document_already_exists");
    rows[i].sequence = row->sequence;
    made.push_back(written_json(call, target, rows[i], items[i].data));
  }
  return answer(call, made.size(), made);
}

// The plans of all documents are made before the first is written. A repeated id is an error only if both documents are
// written.
Json bulk_upsert(const Call& call, const SchemaTarget& target, const Json& documents) {
  std::vector<BulkItem> items;
  for (const Json& document : documents) items.push_back(read_upserted_item(call, document));
  std::vector<Upsertion> plans;
  std::vector<Json> sent;
  std::set<std::string> seen;
  bool repeated = false;
  for (const BulkItem& item : items) {
    Upsertion plan = plan_upsertion(call, target, item.id, item.data, item.permissions);
    if (!plan.writes()) continue;
    repeated = !seen.insert(item.id).second || repeated;
    plans.push_back(std::move(plan));
    sent.push_back(item.data);
  }
  if (repeated) fail(call, "document_already_exists");
  Json written = Json::array();
  for (const Row& row : write_upsertions(call, target, plans)) {
    written.push_back(written_json(call, target, row, sent[written.size()]));
  }
  return answer(call, written.size(), written);
}

Json bulk_update(const Call& call, const SchemaTarget& target, Json data, const std::vector<std::string>& queries) {
  const Collection& collection = *target.collection;
  read_document_queries(call, queries);
  demand_members(data);
  Json permissions = data.value("$permissions", Json());
  check_permissions(call, permissions);
  if (!has_payload(call, data)) return answer(call, 0, Json::array());
  const Matches matches = find_matches(call, target, queries);
  drop_reserved(call, data);
  Json shown = Json::array();
  Json checked = data;
  const std::set<std::string> operator_keys = apply_operators(call, collection, nullptr, checked);
  encode(collection, checked);
  validate_structure(call, collection, checked, Completeness::partial, operator_keys);
  for (const Row& found : matches.rows) {
    const auto current = collection.table.rows().find(found.sequence);
    const bool gone = current == collection.table.rows().end();
    const Row stored = gone ? found : current->second;
    Json values = data;
    apply_operators(call, collection, &stored, values, Bounds::ignored);
    for (const std::string& key : operator_keys) check_column_range(call, *collection.attribute(key), values.at(key));
    encode(collection, values);
    Row row = stored;
    row.updated_at = write_time(call.now);
    if (!permissions.is_null()) row.permissions = permissions_from(permissions);
    store_values(collection, values, row);
    Row bound = bound_row(collection, values, row, operator_keys);
    // With operators the server reads the documents again.
    if (shown.size() < most_shown) {
      shown.push_back(operator_keys.empty() ? updated_json(call, target, row, matches, data)
                                            : listed_json(call, target, bound));
      if (gone) show_unresolved(shown.back(), operator_keys);
    }
    if (gone) continue;
    note_write(call, *target.collection, stored, Purge::after_commit);
    if (!target.collection->table.replace(std::move(bound))) unknown_error();
  }
  return answer(call, matches.rows.size(), std::move(shown));
}

Json bulk_delete(const Call& call, const SchemaTarget& target, const std::vector<std::string>& queries) {
  const Matches matches = find_matches(call, target, queries);
  Json shown = Json::array();
  for (const Row& row : matches.rows) {
    if (shown.size() < most_shown) shown.push_back(listed_json(call, target, row, matches.selected));
    if (!target.collection->table.rows().contains(row.sequence)) continue;
    note_write(call, *target.collection, row, Purge::after_commit);
    target.collection->table.erase(row.sequence);
  }
  return answer(call, matches.rows.size(), std::move(shown));
}

void add_bulk_routes(Router& router) {
  const std::string all = "/databases/:databaseId/collections/:collectionId/documents";
  const auto writes = [](int limit) {
    return RouteOptions{.scopes = {"documents.write"}, .limit = limit, .since = {1, 7, 0}};
  };
  add_twins(router, "PUT", all, writes(120), upsert_many);
  add_twins(router, "PATCH", all, writes(120), update_many);
  add_twins(router, "DELETE", all, writes(60), delete_many);
}

}  // namespace reel::emulator
