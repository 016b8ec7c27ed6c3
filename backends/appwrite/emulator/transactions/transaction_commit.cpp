#include <emulator/transactions/transaction_commit.hpp>

#include <map>
#include <set>
#include <utility>

#include <emulator/documents/bulk.hpp>
#include <emulator/documents/document_access.hpp>
#include <emulator/documents/document_writes.hpp>
#include <emulator/documents/operators.hpp>
#include <emulator/documents/row_cache.hpp>
#include <emulator/documents/structure.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/server/server_error.hpp>

namespace reel::emulator {
namespace {

/// The attribute of an increment: the member `attribute` or `column`.
std::string counted(const Json& data) { return data.value("attribute", data.value("column", std::string{})); }

Row increment(const Call& call, const SchemaTarget& target, const StagedOperation& operation) {
  const bool down = operation.action == "decrement";
  const Json bound = operation.data.value(down ? "min" : "max", Json());
  try {
    return increment_document(call, target, operation.document_id, counted(operation.data),
                              operation.data.value("value", Json(1)), down, bound);
  } catch (const ServerError& error) {
    if (!error.type().ends_with("_limit_exceeded") || bound.is_null()) throw;
    throw ServerError{
        400, "attribute_limit_exceeded",
        std::string{"Attribute value exceeds "} + (down ? "minimum" : "maximum") + " limit: " + write_json(bound)};
  }
}

/// Removes `$createdAt` and `$updatedAt`, which a commit sets itself.
Json without_times(Json data) {
  if (!data.is_object()) return data;
  data.erase("$createdAt");
  data.erase("$updatedAt");
  return data;
}

Json timeless(Json data) {
  if (data.contains("data")) data["data"] = without_times(data["data"]);
  if (!data.is_array()) return data;
  for (Json& document : data) document = without_times(std::move(document));
  return data;
}

/// Executes a bulk operation and returns the documents of the response, at most 100.
Json apply_bulk(const Call& call, const SchemaTarget& target, const StagedOperation& operation) {
  const Json data = timeless(operation.data);
  const auto queries =
      data.is_object() ? data.value("queries", std::vector<std::string>{}) : std::vector<std::string>{};
  Json done;
  if (operation.action == "bulkCreate") done = bulk_insert(call, target, data);
  if (operation.action == "bulkUpsert") done = bulk_upsert(call, target, data);
  if (operation.action == "bulkUpdate") done = bulk_update(call, target, data.value("data", Json::object()), queries);
  if (operation.action == "bulkDelete") done = bulk_delete(call, target, queries);
  return done.value(std::string{naming(call).document()} + "s", Json::array());
}

/// `$updatedAt` of documents by id.
using Times = std::map<std::string, std::string>;

Times times_of(const Collection& collection) {
  Times times;
  for (const auto& [sequence, row] : collection.table.rows()) times.emplace(row.id, row.updated_at);
  return times;
}

bool holds(const Times& times, const std::string& id, const std::string& time) {
  const auto found = times.find(id);
  return found != times.end() && found->second == time;
}

/// A commit in progress. Each collection is put into a table transaction when the first operation touches it; the
/// destructor rolls back all that finish() has not committed.
class Commit {
 public:
  explicit Commit(const Call& call) : call_{call} {}
  ~Commit() {
    for (const auto& collection : touched_) {
      collection->table.rollback();
      collection->committing = false;
    }
  }
  Commit(const Commit&) = delete;
  Commit& operator=(const Commit&) = delete;

  void apply(const StagedOperation& operation) {
    const SchemaTarget target = find_target(call_, {operation.database_id, operation.collection_id});
    if (touched_.insert(target.collection).second) {
      target.collection->table.begin();
      target.collection->committing = true;
    }
    if (operation.action.starts_with("bulk")) return apply_to_many(target, operation);
    const bool counts = operation.action.ends_with("crement");
    const std::string id = written_id(target, operation);
    const Row* row = locked_row(call_, *target.collection, id);
    if (row != nullptr && !counts) check_unchanged(target, operation, row->id, row->updated_at);
    changed_.insert({target.collection->id, id});
    if (counts) {
      increment(call_, target, operation);
    } else {
      write(target, operation, id, without_times(operation.data));
    }
  }

  RemovedRows finish() {
    for (const auto& collection : touched_) {
      const Table::Journal journal = collection->table.journal();
      collection->table.commit();
      collection->committing = false;
      for (const auto& [sequence, before] : journal) {
        if (before) note_write(call_, *collection, *before, Purge::before_commit);
      }
    }
    touched_.clear();
    return std::move(removed_);
  }

 private:
  /// The row an update starts from. Throws 404.
  Row locked(const SchemaTarget& target, const StagedOperation& operation) const {
    const Row* row = locked_row(call_, *target.collection, operation.document_id);
    if (row == nullptr) fail(call_, "document_not_found");
    return *row;
  }
  /// The row a deletion removes. Throws 404. A deletion checks how many rows it affected, so it needs the stored row,
  /// not a cached one.
  const Row& stored(const SchemaTarget& target, const StagedOperation& operation) const {
    const Row* row = target.collection->table.find(operation.document_id);
    if (row == nullptr) fail(call_, "document_not_found");
    return *row;
  }

  /// The permissions of a document that an operation creates. Without any it has none, also if a user created it.
  static Json granted(const StagedOperation& operation) {
    return operation.permissions.is_null() ? Json::array() : operation.permissions;
  }

  /// The id of the document that an operation writes.
  std::string written_id(const SchemaTarget& target, const StagedOperation& operation) const {
    const bool is_known = changed_.contains({target.collection->id, operation.document_id}) &&
                          target.collection->table.find(operation.document_id) != nullptr;
    return operation.upserted_id.empty() || is_known ? operation.document_id : operation.upserted_id;
  }

  void write(const SchemaTarget& target, const StagedOperation& operation, const std::string& id, const Json& data) {
    if (operation.action == "create") {
      create_document(call_, target, id, data, granted(operation));
    } else if (operation.action == "upsert") {
      const bool is_new = locked_row(call_, *target.collection, id) == nullptr;
      upsert_document(call_, target, id, data, is_new ? granted(operation) : operation.permissions);
    } else if (operation.action == "update") {
      update_document(call_, target, locked(target, operation), id, data, operation.permissions);
    } else {
      removed_[&operation] = stored(target, operation);
      delete_document(call_, target, stored(target, operation));
    }
  }

  /// `$updatedAt` of each document as a bulk operation reads it before it locks the rows.
  Times found_times(const SchemaTarget& target) const {
    Table::Rows copy;
    Times times = times_of(*target.collection);
    for (const auto& [sequence, row] : found_rows(call_, *target.collection, copy)) times[row.id] = row.updated_at;
    return times;
  }

  void apply_to_many(const SchemaTarget& target, const StagedOperation& operation) {
    const Times before = times_of(*target.collection);
    const Times found = found_times(target);
    const Json done = apply_bulk(call_, target, operation);
    const Times after = times_of(*target.collection);
    for (const auto& [id, time] : before) {
      if (!holds(after, id, time)) check_unchanged(target, operation, id, found.at(id));
    }
    std::set<std::string> written;  // a write within the same millisecond shows only in the response
    for (const Json& document : done) written.insert(document.at("$id").get<std::string>());
    for (const auto& [id, time] : after) {
      if (!holds(before, id, time)) written.insert(id);
    }
    for (const std::string& id : written) note_change(target, operation, id);
  }

  /// Records that the transaction has changed a document. If a bulk update meets a document that the transaction has
  /// changed before, the server builds it from what the transaction already knows and refuses operators there.
  void note_change(const SchemaTarget& target, const StagedOperation& operation, const std::string& id) {
    const bool first = changed_.insert({target.collection->id, id}).second;
    if (first || operation.action != "bulkUpdate") return;
    if (!has_operators(call_, *target.collection, operation.data.value("data", Json::object()))) return;
    throw ServerError{400, "document_invalid_structure", "Invalid document structure: Unexpected operator"};
  }

  /// Throws 409 if another caller has changed the document since the operation was staged.
  void check_unchanged(const SchemaTarget& target, const StagedOperation& operation, const std::string& id,
                       const std::string& time) const {
    if (changed_.contains({target.collection->id, id})) return;
    if (time > operation.created_at) fail(call_, "transaction_conflict");
  }

  const Call& call_;
  std::set<std::shared_ptr<Collection>> touched_;
  std::set<std::pair<std::string, std::string>> changed_;
  RemovedRows removed_;
};

/// A document that is only staged. It has no times yet, and its values are discarded JSON until they are set.
Row staged_row(const Call& call, const SchemaTarget& view, const StagedOperation& operation) {
  Row row;
  row.id = operation.document_id;
  row.permissions = permissions_for_new(call, operation.permissions);
  for (const auto& attribute : view.collection->attributes) row.set(attribute->slot, Json(Json::value_t::discarded));
  return row;
}

void set_values(const SchemaTarget& view, Row& row, Json data) {
  encode(*view.collection, data);
  for (const auto& [key, value] : data.items()) {
    if (const Attribute* attribute = view.collection->attribute(key)) row.set(attribute->slot, value);
    if (key == "$createdAt") row.created_at = value.get<std::string>();
    if (key == "$updatedAt") row.updated_at = value.get<std::string>();
  }
}

/// Throws the error of a failed commit. The server reports it in the words of documents, also under `/tablesdb`.
[[noreturn]] void fail_commit(const Call& call, const ServerError& error) {
  const std::string& type = error.type();
  if (error.status() == 409) fail(call, "transaction_conflict");
  if (error.status() == 404) {
    throw ServerError{404, "document_not_found", "Document with the requested ID could not be found."};
  }
  if (type.ends_with("_invalid_structure")) throw ServerError{400, "document_invalid_structure", error.what()};
  if (type.ends_with("_type_invalid")) unknown_error();
  throw error;
}

}  // namespace

bool fails_transaction(const ServerError& error) {
  return error.status() == 400 || error.status() == 404 || error.status() == 409;
}

RemovedRows commit_operations(const Call& call, const Transaction& transaction) {
  Commit commit{call};
  try {
    for (const StagedOperation& operation : transaction.operations) commit.apply(operation);
  } catch (const ServerError& error) {
    fail_commit(call, error);
  }
  return commit.finish();
}

void preview(const Call& call, const SchemaTarget& view, const StagedOperation& operation) {
  Table& table = view.collection->table;
  try {
    if (operation.action.starts_with("bulk")) {
      apply_bulk(call, view, operation);
      return;
    }
    if (operation.action.ends_with("crement")) {
      increment(call, view, operation);
      return;
    }
  } catch (const ServerError&) {
    return;  // the commit reports it
  }
  const Row* stored = table.find(operation.document_id);
  if (operation.action == "delete") {
    if (stored != nullptr) table.erase(stored->sequence);
    return;
  }
  const bool creates = operation.action == "create" || operation.action == "upsert";
  if (stored == nullptr && !creates) return;
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

}  // namespace reel::emulator
