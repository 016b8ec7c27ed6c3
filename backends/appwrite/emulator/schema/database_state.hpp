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

/// A column of a collection.
struct Attribute {
  std::string key;
  std::string type;    ///< As responses show it: `string`, `integer`, `double` …
  std::string format;  ///< `email`, `url`, `ip`, `enum`, or empty.
  std::string status = "processing";
  std::string error;
  bool required = false;
  bool array = false;
  bool encrypt = false;
  std::size_t size = 0;  ///< Of texts, in characters; of integers, in bytes; of others 0.
  Json fallback;         ///< The default, as responses show it; null: none.
  Json filling;          ///< What stands for null in rows. PATCH takes a default away only from what responses show.
  Json least;            ///< Of numbers; null: no bound was given.
  Json most;
  Json elements = Json::array();  ///< Of an enum.
  Json relation;                  ///< Of a relationship: its members as responses show them; else null.
  std::string created_at;
  std::string updated_at;
  int slot = 0;
  int hidden = 0;  ///< So many creations of an index still take it for `processing`, from an old cache.

  bool is_number() const noexcept { return type == "integer" || type == "bigint" || type == "double"; }
  bool is_text() const noexcept { return type == "string" || type == "varchar" || type.ends_with("text"); }
  bool available() const noexcept { return status == "available"; }
  bool is_relationship() const noexcept { return type == "relationship"; }
};

struct Index {
  std::string key;
  std::string type;
  std::string status = "processing";
  std::string error;
  std::vector<std::string> attributes;
  Json lengths = Json::array();
  Json orders = Json::array();
  std::string created_at;
  std::string updated_at;
  std::int64_t sequence = 0;
};

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
  int missing_table = 0;    ///< So many requests still find the collection without its table.
  bool committing = false;  ///< While a transaction is committed.
  int next_slot = 0;
  std::optional<std::int64_t> staged_above;  ///< In the view of a transaction: rows above this number are staged.

  /// A copy to try things on.
  std::shared_ptr<Collection> copy() const;
  /// Null if there is none; upper and lower case are different.
  Attribute* attribute(std::string_view key) const;
  /// The same, as the paths of the schema name it: upper and lower case are the same.
  Attribute* attribute_by_path(std::string_view key) const;
  Index* index(std::string_view key) const;
  Index* index_by_path(std::string_view key) const;
  bool has_relationships() const;
};

struct Database {
  std::string id;
  std::int64_t sequence = 0;
  std::string name;
  bool enabled = true;
  std::string type;  ///< `legacy` or `tablesdb`.
  std::string created_at;
  std::string updated_at;
  std::vector<std::shared_ptr<Collection>> collections;

  std::shared_ptr<Collection> collection(std::string_view collection_id) const;
};

/// A change that waits for the commit of its transaction.
struct StagedOperation {
  std::string action;
  std::string database_id;
  std::string collection_id;
  std::string document_id;
  Json data;
  Json permissions;        ///< Null: as they are.
  std::string created_at;  ///< When it was staged.
};

struct Transaction {
  std::string id;
  std::int64_t sequence = 0;
  std::string status = "pending";
  std::vector<StagedOperation> operations;
  std::string created_at;
  std::string updated_at;
  Time expires_at{};
  std::uint64_t ended = 0;  ///< The tick of its commit or rollback.
};

/// The databases of a project.
struct DatabaseState {
  std::vector<std::shared_ptr<Database>> databases;
  std::vector<std::shared_ptr<Transaction>> transactions;
  std::int64_t last_sequence = 0;
  WorkerQueue work;

  std::shared_ptr<Database> database(std::string_view id) const;
  std::shared_ptr<Transaction> transaction(std::string_view id) const;
  std::int64_t next_sequence() { return ++last_sequence; }
};

}  // namespace reel::emulator
