#include <emulator/transactions/transactions.hpp>

#include <algorithm>
#include <set>

#include <emulator/documents/document_access.hpp>
#include <emulator/documents/row_cache.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/server/app.hpp>
#include <emulator/server/project.hpp>
#include <emulator/server/races.hpp>
#include <emulator/server/router.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/transactions/transaction_commit.hpp>
#include <emulator/values/listing.hpp>
#include <emulator/values/validator.hpp>

namespace reel::emulator {
namespace {

constexpr std::size_t most_operations = 100;
constexpr const char* not_pending = "Invalid or non\u2011pending transaction";

Json transaction_json(const Transaction& transaction) {
  return {{"$id", transaction.id},
          {"$createdAt", transaction.created_at},
          {"$updatedAt", transaction.updated_at},
          {"status", transaction.status},
          {"operations", transaction.operations.size()},
          {"expiresAt", write_time(transaction.expires_at)}};
}

bool may_use(const Call& call, const Transaction& transaction) {
  return call.caller.is_key || (call.caller.is_user() && transaction.user_id == call.caller.user_id);
}

/// The transaction of this id; null if it does not exist or the caller may not use it.
Transaction* usable_transaction(const Call& call, const std::string& id) {
  const std::shared_ptr<Transaction> found = call.project.databases->transaction(id);
  return found != nullptr && may_use(call, *found) ? found.get() : nullptr;
}

Transaction& find_transaction(const Call& call, const std::string& id) {
  Transaction* found = usable_transaction(call, id);
  if (found == nullptr) fail(call, "transaction_not_found");
  return *found;
}

void check_limit(const Call& call, const Transaction& transaction, std::size_t more) {
  const std::size_t have = transaction.operations.size();
  if (have + more <= most_operations) return;
  fail(call, "transaction_limit_exceeded",
       "Transaction already has " + std::to_string(have) + " operations, adding " + std::to_string(more) +
           " would exceed the maximum of " + std::to_string(most_operations));
}

void add_operations(const Call& call, Transaction& transaction, std::vector<StagedOperation> operations) {
  check_limit(call, transaction, operations.size());
  for (StagedOperation& operation : operations) transaction.operations.push_back(std::move(operation));
}

StagedOperation make_operation(const Call& call, const SchemaTarget& target, const std::string& action,
                               const std::string& id, Json data, const Json& permissions) {
  return {action, target.database->id, target.collection->id, id, std::move(data), permissions, write_time(call.now)};
}

Response create_transaction(Call& call) {
  const Json ttl = call.parameters.optional("ttl", 300, integer_range(60, 3600));
  auto transaction = std::make_shared<Transaction>();
  transaction->id = make_id();
  transaction->sequence = call.project.databases->next_sequence();
  transaction->user_id = call.caller.user_id;
  transaction->created_at = transaction->updated_at = write_time(call.now);
  transaction->expires_at =
      call.now + std::chrono::seconds{ttl.is_string() ? std::stoi(ttl.get<std::string>()) : ttl.get<int>()};
  call.project.databases->transactions.push_back(transaction);
  return json_response(201, transaction_json(*transaction));
}

Response list_transactions(Call& call) {
  std::vector<std::shared_ptr<Transaction>> transactions = call.project.databases->transactions;
  std::erase_if(transactions, [&](const auto& one) { return !may_use(call, *one); });
  std::vector<Row> rows;
  for (const auto& one : transactions) {
    rows.push_back({one->id, 0, one->created_at, one->updated_at, {}, {one->status, write_time(one->expires_at)}});
  }
  const Listed listed =
      list_objects(call, {{"status", 0}, {"expiresAt", 1, "datetime"}}, std::move(rows), "Transaction");
  Json list = Json::array();
  for (const std::size_t position : listed.positions) list.push_back(transaction_json(*transactions[position]));
  return json_response(200, {{"total", listed.total}, {"transactions", std::move(list)}});
}

Response get_transaction(Call& call) {
  return json_response(200, transaction_json(find_transaction(call, call.id("transactionId"))));
}

Response delete_transaction(Call& call) {
  const std::string id = find_transaction(call, call.id("transactionId")).id;
  std::erase_if(call.project.databases->transactions, [&](const auto& one) { return one->id == id; });
  return no_content();
}

void commit_transaction(Call& call, Transaction& transaction) try {
  const RemovedRows removed = commit_operations(call, transaction);
  announce_commit(call, transaction, removed);
} catch (const ServerError& error) {
  if (fails_transaction(error)) {
    transaction.status = "failed";
    transaction.updated_at = write_time(call.now);
  }
  throw;
}

/// Whether a second commit of the transaction succeeds. The server checks the status in its cache, so a commit that
/// arrived before another one had ended executes all operations again (races).
bool is_committed_again(const Call& call, const Transaction& transaction) {
  return transaction.status == "committed" && transaction.ended > call.arrived &&
         call.app.races().happens("commit twice", static_cast<std::uint64_t>(transaction.sequence), 0, 2);
}

Response end_transaction(Call& call) {
  const std::string id = call.id("transactionId");
  const bool commit = call.parameters.flag("commit", false);
  const bool rollback = call.parameters.flag("rollback", false);
  if (!commit && !rollback) fail(call, "general_bad_request", "Either commit or rollback must be true");
  if (commit && rollback) fail(call, "general_bad_request", "Cannot commit and rollback at the same time");
  Transaction& transaction = find_transaction(call, id);
  if (!(commit && is_committed_again(call, transaction))) find_pending(call, id, true);
  if (commit) commit_transaction(call, transaction);
  transaction.status = commit ? "committed" : "failed";
  transaction.updated_at = write_time(call.now);
  transaction.ended = call.app.races().tick();
  return json_response(200, transaction_json(transaction));
}

/// The validator of the parameter `operations`.
Validator operation_list(const Call& call) {
  const Naming names = naming(call);
  return {[names](const Json& value) -> std::string {
    const std::string start = "Value must a valid array and ";
    if (!value.is_array()) return start + "Value must be a valid operation";
    for (const Json& operation : value) {
      if (!operation.is_object()) return start + "Value must be an array";
      for (const std::string& name : {std::string{"databaseId"}, names.collection_id(), std::string{"action"}}) {
        if (!operation.contains(name) || !operation.at(name).is_string())
          return start + "Missing required key: " + name;
      }
      static const std::vector<std::string> actions = {"create",     "update",    "upsert",     "delete",
                                                       "increment",  "decrement", "bulkCreate", "bulkUpdate",
                                                       "bulkUpsert", "bulkDelete"};
      const auto action = operation.at("action").get<std::string>();
      if (std::find(actions.begin(), actions.end(), action) == actions.end())
        return start + "Invalid action: " + action;
      const bool bulk = action.starts_with("bulk");
      if (!bulk && !operation.contains(names.document_id()))
        return start + "Missing required key: " + names.document_id();
      if (action != "delete" && !operation.contains("data")) return start + "Missing required key: data";
    }
    return {};
  }};
}

/// Whether a staged operation may be added. `row` is the row it starts from; null: it does not exist, or the request
/// itself creates it. The server checks some rights now and the others when the transaction is committed.
bool may_stage(const Call& call, const Collection& collection, const std::string& action, const Row* row) {
  const bool creates = action == "create" || (action == "upsert" && row == nullptr);
  const std::string_view right = creates ? "create" : action == "delete" ? "delete" : "update";
  return creates || row == nullptr ? may(call, collection, right) : may(call, collection, *row, right);
}

/// Throws 401 if a user or guest grants permissions to a role that they do not have. The server does not look at
/// `write` here.
void check_staged_roles(const Call& call, const Json& permissions) {
  if (!permissions.is_array()) return;
  Json single = Json::array();
  for (const Json& permission : permissions) {
    if (permission.is_string() && !permission.get_ref<const std::string&>().starts_with("write")) {
      single.push_back(permission);
    }
  }
  check_granted_roles(call, single);
}

/// Throws the errors of a staged operation on one document. `made` are the ids that earlier operations of the request
/// create.
void check_operation(const Call& call, const SchemaTarget& target, const std::string& transaction,
                     const StagedOperation& operation, const std::set<std::string>& made) {
  const SchemaTarget view = staged_view(call, target, transaction);
  const bool starts_from_row = operation.action != "create";
  const Row* row = starts_from_row ? readable_staged_row(call, target, view, operation.document_id) : nullptr;
  const bool needs_row = starts_from_row && operation.action != "upsert";
  if (needs_row && row == nullptr && !made.contains(operation.document_id)) fail(call, "document_not_found");
  demand(call, may_stage(call, *target.collection, operation.action, row));
  check_staged_roles(call, operation.permissions);
}

/// The member as a string; empty if it is missing or not a string.
std::string text_or_empty(const Json& object, const char* name) {
  const Json* text = member(object, name);
  return text != nullptr && text->is_string() ? text->get<std::string>() : std::string{};
}

Response stage_operations(Call& call) {
  const std::string id = call.id("transactionId");
  const Json sent = call.parameters.optional("operations", Json::array(), operation_list(call));
  if (sent.empty()) fail(call, "general_bad_request", "Operations array cannot be empty");
  Transaction& transaction = find_pending(call, id, false);
  check_limit(call, transaction, sent.size());
  const Naming names = naming(call);
  std::vector<StagedOperation> operations;
  std::set<std::string> made;  // ids that earlier operations of this request create
  for (const Json& one : sent) {
    const auto action = one.at("action").get<std::string>();
    const bool bulk = action.starts_with("bulk");
    demand(call, !bulk || call.caller.is_key);
    const SchemaTarget target =
        find_target(call, {one.at("databaseId").get<std::string>(), one.at(names.collection_id()).get<std::string>()});
    Json data = one.value("data", Json::object());
    Json permissions = data.is_object() ? data.value("$permissions", Json()) : Json();
    const std::string written_id = data.is_object() ? text_or_empty(data, "$id") : std::string{};
    if (!bulk && !action.ends_with("crement") && data.is_object()) drop_reserved(call, data);
    const std::string document_id = resolve_id(one.value(names.document_id(), std::string{}));
    StagedOperation operation = make_operation(call, target, action, document_id, std::move(data), permissions);
    if (!bulk) check_operation(call, target, id, operation, made);
    if (action == "create") made.insert(document_id);
    if (action == "upsert") operation.upserted_id = written_id.empty() ? make_id() : written_id;
    operations.push_back(std::move(operation));
  }
  add_operations(call, transaction, std::move(operations));
  return json_response(201, transaction_json(transaction));
}

}  // namespace

namespace {

/// The response to a staged increment of a document that does not exist. The commit reports that it does not.
Json counted_json(const Call& call, const SchemaTarget& target, const StagedOperation& operation) {
  return {{"$id", operation.document_id},
          {naming(call).tables ? "$tableId" : "$collectionId", target.collection->id},
          {"$databaseId", target.database->id},
          {operation.data.at(naming(call).attribute()).get<std::string>(), operation.data.at("value")}};
}

}  // namespace

Transaction& find_pending(const Call& call, const std::string& id, bool for_single_document) {
  Transaction& transaction = find_transaction(call, id);
  if (transaction.status != "pending") {
    if (for_single_document) fail(call, "transaction_not_ready");
    fail(call, "general_bad_request", not_pending);
  }
  if (call.now > transaction.expires_at) fail(call, "transaction_expired");
  return transaction;
}

std::string read_transaction_id(const Call& call) {
  if (!call.since(1, 8)) return {};
  return call.parameters.optional("transactionId", "", nullable(uid())).get<std::string>();
}

Response stage_write(Call& call, const SchemaTarget& target, const std::string& transaction_id,
                     const std::string& action, const std::string& document_id, const Json& data,
                     const Json& permissions) {
  const bool counts = action.ends_with("crement");
  if (counts && usable_transaction(call, transaction_id) == nullptr) fail(call, "general_bad_request", not_pending);
  Transaction& transaction = find_pending(call, transaction_id, !counts);
  const StagedOperation operation = make_operation(call, target, action, document_id, data, permissions);
  add_operations(call, transaction, {operation});
  if (action == "delete") return no_content();
  const bool creates = action == "create" || action == "upsert";
  SchemaTarget view = staged_view(call, target, creates ? "" : transaction_id);
  if (creates) {
    view.collection = target.collection->copy();
    view.collection->table = Table{};
    view.collection->staged_above = 0;
    preview(call, view, operation);
  }
  const Row* row = view.collection->table.find(document_id);
  if (row == nullptr && counts) return json_response(200, counted_json(call, target, operation));
  if (row == nullptr) fail(call, "document_not_found");
  return json_response(creates ? 201 : 200, document_json(call, view, shown_row(view, *row)));
}

Response stage_bulk(Call& call, const SchemaTarget& target, const std::string& transaction_id,
                    const std::string& action, const Json& data, std::size_t total) {
  if (usable_transaction(call, transaction_id) == nullptr) fail(call, "general_bad_request", not_pending);
  Transaction& transaction = find_pending(call, transaction_id, false);
  add_operations(call, transaction, {make_operation(call, target, action, "", data, nullptr)});
  return json_response(200, {{"total", total}, {std::string{naming(call).document()} + "s", Json::array()}});
}

SchemaTarget staged_view(const Call& call, const SchemaTarget& target, const std::string& transaction_id) {
  const std::shared_ptr<Transaction> transaction = call.project.databases->transaction(transaction_id);
  if (transaction == nullptr || transaction->status != "pending") return target;
  SchemaTarget view{target.database, target.collection->copy()};
  view.collection->staged_above = view.collection->table.last_number();
  for (const StagedOperation& operation : transaction->operations) {
    if (operation.collection_id == target.collection->id && operation.database_id == target.database->id) {
      preview(call, view, operation);
    }
  }
  return view;
}

const Row* readable_staged_row(const Call& call, const SchemaTarget& target, const SchemaTarget& view,
                               const std::string& id) {
  const Row* staged = view.collection->table.find(id);
  if (staged == nullptr) return nullptr;
  const Row* stored = cached_row(call, *target.collection, id);
  return stored == nullptr || may(call, *target.collection, *stored, "read") ? staged : nullptr;
}

Row shown_row(const SchemaTarget& view, const Row& row) {
  Row shown = row;
  if (view.collection->staged_above && row.sequence > *view.collection->staged_above) shown.sequence = 0;
  return shown;
}

void add_transaction_routes(Router& router) {
  const RouteOptions writes{.scopes = {"documents.write"}, .since = {1, 8, 0}};
  const RouteOptions reads{.scopes = {"rows.read"}, .since = {1, 8, 0}};
  const std::string all = "/databases/transactions";
  const std::string one = all + "/:transactionId";
  add_twins(router, "POST", all, writes, create_transaction);
  add_twins(router, "GET", all, reads, list_transactions);
  add_twins(router, "GET", one, reads, get_transaction);
  add_twins(router, "PATCH", one, writes, end_transaction);
  add_twins(router, "DELETE", one, writes, delete_transaction);
  add_twins(router, "POST", one + "/operations", writes, stage_operations);
}

}  // namespace reel::emulator
