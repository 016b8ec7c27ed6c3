#include "support/appwrite_server/transaction_commit.hpp"

#include <set>

#include "support/appwrite_server/bulk.hpp"
#include "support/appwrite_server/document_access.hpp"
#include "support/appwrite_server/document_writes.hpp"
#include "support/appwrite_server/naming.hpp"
#include "support/appwrite_server/server_error.hpp"
#include "support/appwrite_server/structure.hpp"

namespace appwrite_server {
namespace {

/// `attribute` or `column` of an increment.
std::string counted(const Json& data) { return data.value("attribute", data.value("column", std::string{})); }

Row increment(const Call& call, const SchemaPlace& place, const StagedOperation& operation) {
  const bool down = operation.action == "decrement";
  return increment_document(call, place, operation.document_id, counted(operation.data),
                            operation.data.value("value", Json(1)), down,
                            operation.data.value(down ? "min" : "max", Json()));
}

void apply_bulk(const Call& call, const SchemaPlace& place, const StagedOperation& operation) {
  const Json& data = operation.data;
  const auto queries =
      data.is_object() ? data.value("queries", std::vector<std::string>{}) : std::vector<std::string>{};
  if (operation.action == "bulkCreate") bulk_insert(call, place, data);
  if (operation.action == "bulkUpsert") bulk_upsert(call, place, data);
  if (operation.action == "bulkUpdate") bulk_update(call, place, data.value("data", Json::object()), queries);
  if (operation.action == "bulkDelete") bulk_delete(call, place, queries);
}

/// Applies operations to the collections they name.
class Commit {
 public:
  explicit Commit(const Call& call) : call_{call} {}
  ~Commit() {
    for (const auto& collection : touched_) collection->table.rollback();
  }
  Commit(const Commit&) = delete;
  Commit& operator=(const Commit&) = delete;

  void apply(const StagedOperation& operation) {
    const SchemaPlace place = find_place(call_, {operation.database_id, operation.collection_id});
    if (touched_.insert(place.collection).second) place.collection->table.begin();
    if (operation.action.starts_with("bulk")) return apply_bulk(call_, place, operation);
    check_unchanged(place, operation);
    changed_.insert({place.collection->id, operation.document_id});
    if (operation.action == "create") {
      create_document(call_, place, operation.document_id, operation.data, operation.permissions);
    } else if (operation.action == "upsert") {
      upsert_document(call_, place, operation.document_id, operation.data, operation.permissions);
    } else if (operation.action == "update") {
      update_document(call_, place, stored(place, operation), operation.document_id, operation.data,
                      operation.permissions);
    } else if (operation.action == "delete") {
      delete_document(call_, place, stored(place, operation));
    } else {
      increment(call_, place, operation);
    }
  }

  void finish() {
    for (const auto& collection : touched_) collection->table.commit();
    touched_.clear();
  }

 private:
  const Row& stored(const SchemaPlace& place, const StagedOperation& operation) const {
    const Row* row = place.collection->table.find(operation.document_id);
    if (row == nullptr) fail(call_, "document_not_found");
    return *row;
  }

  /// Nobody else may have changed the document since.
  void check_unchanged(const SchemaPlace& place, const StagedOperation& operation) const {
    const Row* row = place.collection->table.find(operation.document_id);
    if (row == nullptr || changed_.contains({place.collection->id, operation.document_id})) return;
    if (row->updated_at > operation.created_at) fail(call_, "transaction_conflict");
  }

  const Call& call_;
  std::set<std::shared_ptr<Collection>> touched_;
  std::set<std::pair<std::string, std::string>> changed_;
};

/// A staged document has no times yet.
Row staged_row(const Call& call, const SchemaPlace& view, const StagedOperation& operation) {
  Row row;
  row.id = operation.document_id;
  row.permissions = permissions_for_new(call, operation.permissions);
  for (const auto& attribute : view.collection->attributes) row.set(attribute->slot, Json(Json::value_t::discarded));
  return row;
}

void set_values(const SchemaPlace& view, Row& row, Json data) {
  encode(*view.collection, data);
  for (const auto& [key, value] : data.items()) {
    if (const Attribute* attribute = view.collection->attribute(key)) row.set(attribute->slot, value);
    if (key == "$createdAt") row.created_at = value.get<std::string>();
    if (key == "$updatedAt") row.updated_at = value.get<std::string>();
  }
}

}  // namespace

void commit_operations(const Call& call, const Transaction& transaction) {
  Commit commit{call};
  try {
    for (const StagedOperation& operation : transaction.operations) commit.apply(operation);
  } catch (const ServerError& error) {
    if (error.status() == 409) fail(call, "transaction_conflict");
    throw;
  }
  commit.finish();
}

void preview(const Call& call, const SchemaPlace& view, const StagedOperation& operation) {
  Table& table = view.collection->table;
  try {
    if (operation.action.starts_with("bulk")) return apply_bulk(call, view, operation);
    if (operation.action.ends_with("crement")) {
      increment(call, view, operation);
      return;
    }
  } catch (const ServerError&) {
    return;  // the commit will tell
  }
  const Row* stored = table.find(operation.document_id);
  if (operation.action == "delete") {
    if (stored != nullptr) table.erase(stored->sequence);
    return;
  }
  const bool makes = operation.action == "create" || operation.action == "upsert";
  if (stored == nullptr && !makes) return;
  if (stored != nullptr && operation.action == "create") return;
  Row row = stored != nullptr ? *stored : staged_row(call, view, operation);
  set_values(view, row, operation.data);
  if (!row.updated_at.empty()) row.updated_at = write_time(call.now);
  if (stored != nullptr && !operation.permissions.is_null()) row.permissions = permissions_from(operation.permissions);
  if (stored != nullptr) {
    table.replace(std::move(row));
  } else {
    table.insert(std::move(row));
  }
}

}  // namespace appwrite_server
