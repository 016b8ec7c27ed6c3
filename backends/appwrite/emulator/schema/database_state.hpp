#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <emulator/access/permissions.hpp>
#include <emulator/documents/row_cache.hpp>
#include <emulator/documents/table.hpp>
#include <emulator/server/worker_queue.hpp>
#include <emulator/values/json.hpp>
#include <emulator/values/time.hpp>

namespace reel::emulator {

/// An attribute of a collection.
struct Attribute {
  std::string key;
  std::string type;                   ///< As in responses: `string`, `integer`, `double` …
  std::string format;                 ///< `email`, `url`, `ip`, `enum`, or empty.
  std::string status = "processing";  ///< `processing`, `available`, `deleting`, `stuck` or `failed`.
  std::string error;                  ///< Reason of `failed`.
  bool required = false;
  bool array = false;
  bool encrypt = false;
  std::size_t size = 0;  ///< Of strings in characters, of integers in bytes; otherwise 0.
  Json fallback;         ///< The default in responses; null: none.
  Json filling;          ///< The default that rows get. It stays when PATCH removes the default from responses.
  Json least;            ///< Lower bound of a number; null: none.
  Json most;             ///< Upper bound of a number; null: none.
  Json elements = Json::array();  ///< Values of an enum.
  Json relation;                  ///< Members of a relationship as in responses; otherwise null.
  std::string created_at;
  std::string updated_at;
  int slot = 0;    ///< Index of its values in rows. Never reused within a collection.
  int hidden = 0;  ///< Number of index creations that still see it as `processing`, from a stale cache (races).

  /// Whether values are numbers.
  bool is_number() const noexcept { return type == "integer" || type == "bigint" || type == "double"; }
  bool is_text() const noexcept { return type == "string" || type == "varchar" || type.ends_with("text"); }
  bool available() const noexcept { return status == "available"; }
  bool is_relationship() const noexcept { return type == "relationship"; }
};

/// An index of a collection. Only unique indexes affect writes; full-text indexes permit `search`.
struct Index {
  std::string key;
  std::string type;                   ///< `key`, `unique`, `fulltext` or `spatial`.
  std::string status = "processing";  ///< `processing`, `available`, `deleting` or `failed`.
  std::string error;                  ///< Reason of `failed`.
  std::vector<std::string> attributes;
  Json lengths = Json::array();  ///< Length of each attribute in characters; 0 or null: all.
  Json orders = Json::array();   ///< Order of each attribute; an object where PHP makes it one.
  std::string created_at;
  std::string updated_at;
  std::int64_t sequence = 0;
};

/// A collection or table with its schema and rows.
struct Collection {
  std::string id;
  std::int64_t sequence = 0;
  std::string name;
  bool enabled = true;
  bool document_security = false;
  Permissions permissions;
  std::string created_at;
  std::string updated_at;
  std::vector<std::unique_ptr<Attribute>> attributes;
  std::vector<std::unique_ptr<Index>> indexes;
  Table table;
  RowCache cache;
  int missing_table = 0;    ///< Number of requests that still find the collection without a table (races).
  bool committing = false;  ///< Whether a transaction is being committed.
  int next_slot = 0;        ///< Slot of the next attribute.
  std::optional<std::int64_t> staged_above;  ///< In the view of a transaction: rows with greater numbers are staged.

  /// A deep copy without the cache, for the view of a transaction. Takes time and memory in proportion to the rows.
  std::shared_ptr<Collection> copy() const;
  /// The attribute of this key, compared with case; null if not found.
  Attribute* attribute(std::string_view key) const;
  /// The attribute of this key, compared without case, as schema routes do; null if not found.
  Attribute* attribute_by_path(std::string_view key) const;
  /// The index of this key; null if not found. index_by_path() compares without case.
  Index* index(std::string_view key) const;
  Index* index_by_path(std::string_view key) const;
  /// Whether an attribute is a relationship.
  bool has_relationships() const;
};

/// A database of a project.
struct Database {
  std::string id;
  std::int64_t sequence = 0;
  std::string name;
  bool enabled = true;
  std::string type;  ///< `legacy` or `tablesdb`.
  std::string created_at;
  std::string updated_at;
  std::vector<std::shared_ptr<Collection>> collections;

  /// The collection of this id, compared without case; null if not found.
  std::shared_ptr<Collection> collection(std::string_view collection_id) const;
};

/// A write that is executed when its transaction is committed.
struct StagedOperation {
  std::string action;  ///< `create`, `update`, `upsert`, `delete`, `increment`, `bulkCreate` …
  std::string database_id;
  std::string collection_id;
  std::string document_id;  ///< Empty for bulk writes.
  Json data;                ///< As sent; for bulk writes also the queries.
  Json permissions;         ///< Null: unchanged, or the default.
  std::string created_at;   ///< When it was staged.
  /// The id that an upsert of POST …/operations writes, unless the transaction has changed `document_id` before: the
  /// one in its data, or a new one. Empty: `document_id`.
  std::string upserted_id{};
};

/// A transaction and its staged operations.
struct Transaction {
  std::string id;
  std::int64_t sequence = 0;
  std::string user_id;             ///< The user who created it; empty: a key or a guest.
  std::string status = "pending";  ///< `pending`, `committed` or `failed`.
  std::vector<StagedOperation> operations;
  std::string created_at;
  std::string updated_at;
  Time expires_at{};
  std::uint64_t ended = 0;  ///< Tick of its commit or rollback (Races::tick).
};

/// The databases of a project. Guarded by the project's mutex.
struct DatabaseState {
  std::vector<std::shared_ptr<Database>> databases;
  std::vector<std::shared_ptr<Transaction>> transactions;
  std::int64_t last_sequence = 0;  ///< Last number given to a database, collection, index or transaction.
  WorkerQueue work;                ///< Pending changes of attributes and indexes.

  /// The database of this id, compared without case; null if not found.
  std::shared_ptr<Database> database(std::string_view id) const;
  /// The transaction of this id; null if not found.
  std::shared_ptr<Transaction> transaction(std::string_view id) const;
  std::int64_t next_sequence() { return ++last_sequence; }
};

}  // namespace reel::emulator
