#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/answer_json.hpp>
#include <reel/backends/appwrite/record_reader.hpp>
#include <reel/backends/appwrite/schema_limits.hpp>
#include <reel/backends/appwrite/setup.hpp>
#include <reel/backends/appwrite/writer.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/enumerator_name.hpp>
#include <reel/driver/fork.hpp>
#include <reel/driver/next_page.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>

namespace reel::appwrite {

/// Records which collections refer to which in the collection `reel_references`, because the server has no such
/// information. So `on_remove` is applied also by programs that have not set up the referring collections. Thread-safe.
class References {
 public:
  using SchemaPtr = std::shared_ptr<const driver::CollectionSchema>;

  /// Stores the references of a schema that was set up. If the key may not write them, only this store object knows
  /// them.
  void keep(const Client& client, const Routes& routes, const driver::CollectionSchema& schema,
            const SetupOptions& options) {
    std::vector<driver::Document> rows = rows_of(schema);
    {
      const std::scoped_lock lock(mutex_);
      own_[schema.id] = partial_schema(schema.id, rows);
      read_at_.reset();
    }
    try {
      store(client, routes, schema.id, std::move(rows), options);
    } catch (const Error& error) {
      if (error.code() != Errc::forbidden) throw;
    }
  }

  /// Returns the collections that refer to `collection`, with schemas that contain only their references. References
  /// set up by other programs are noticed after at most 10 seconds. No request within that time, otherwise 1 or more.
  [[nodiscard]] std::vector<SchemaPtr> referrers(const Client& client, const Routes& routes,
                                                 std::string_view collection) {
    refresh(client, routes);
    const std::scoped_lock lock(mutex_);
    std::map<std::string, SchemaPtr> all = stored_;
    for (const auto& [id, schema] : own_) all[id] = schema;
    std::vector<SchemaPtr> found;
    for (const auto& [id, schema] : all) {
      for (const driver::AttributeSchema& one : schema->attributes) {
        if (one.references != collection) continue;
        found.push_back(schema);
        break;
      }
    }
    return found;
  }

 private:
  /// Columns of the table.
  enum Column { holder, attribute, target, rule, list };

  /// The schema with which rows are read.
  static const driver::CollectionSchema& table() {
    static const driver::CollectionSchema schema = table_of(false);
    return schema;
  }
  /// The schema of the table. Earlier versions of Reel named the referring collection in a required column
  /// `collection`, which the server leaves out of every list (see `names_that_lists_lose`). If that column exists, it
  /// stays and becomes optional.
  static driver::CollectionSchema table_of(bool earlier) {
    driver::CollectionSchema made{.id = std::string(references_table), .name = "Reel: references between collections"};
    const auto add_text = [&](const char* name, bool required) {
      made.attributes.push_back(
          {.name = name, .kind = driver::AttributeType::text, .required = required, .max_length = 64});
    };
    add_text("holder", false);  // rows of earlier versions have no value here
    for (const char* name : {"attribute", "target", "on_remove"}) add_text(name, true);
    made.attributes.push_back({.name = "list", .kind = driver::AttributeType::boolean});
    if (earlier) add_text(earlier_holder, false);
    return made;
  }
  static constexpr const char* earlier_holder = "collection";

  /// The rule of a name in the column `on_remove`. An unknown name, which a later version may have written, counts as
  /// `restrict`: it removes nothing.
  static reel::on_remove rule_of(std::string_view name) {
    return driver::enumerator_named<reel::on_remove>(name, driver::on_remove_names).value_or(reel::on_remove::restrict);
  }

  /// The rows for the references of a schema. The id is derived from collection and attribute, so that all programs
  /// write the same row.
  static std::vector<driver::Document> rows_of(const driver::CollectionSchema& schema) {
    std::vector<driver::Document> rows;
    for (const driver::AttributeSchema& one : schema.attributes) {
      if (one.references.empty()) continue;
      const std::string path = schema.id + "/" + one.name;
      rows.push_back(
          {.id = "r" + std::to_string(id_hash(path)),
           .values = {driver::Value{schema.id}, driver::Value{one.name}, driver::Value{one.references},
                      driver::Value{std::string(driver::enumerator_name(one.on_remove, driver::on_remove_names))},
                      driver::Value{one.list}}});
    }
    return rows;
  }

  /// The value of a column. Throws `corrupt` if the row has none.
  template <class T>
  static const T& value_in(const driver::Document& row, Column column) {
    if (const T* const value = row.values[column].template as<T>()) return *value;
    const std::string& name = table().attributes[column].name;
    throw Error(Errc::corrupt,
                "record '" + row.id + "' of " + std::string(references_table) + " has no '" + name +
                    "': run setup() of the collections that have references again",
                {.collection = std::string(references_table), .id = row.id, .attribute = name});
  }

  /// A schema that contains only the references in `rows`.
  static SchemaPtr partial_schema(const std::string& id, const std::vector<driver::Document>& rows) {
    driver::CollectionSchema schema{.id = id, .name = id};
    for (const driver::Document& row : rows) {
      driver::AttributeSchema one{.kind = driver::AttributeType::reference, .required = false};
      one.name = value_in<std::string>(row, attribute);
      one.list = value_in<bool>(row, list);
      one.references = value_in<std::string>(row, target);
      one.on_remove = rule_of(value_in<std::string>(row, rule));
      schema.attributes.push_back(std::move(one));
    }
    return std::make_shared<const driver::CollectionSchema>(std::move(schema));
  }

  /// The collection whose reference the row describes. 1 more request for a row of an earlier version: GET of one
  /// document contains the column that lists leave out. Such rows never change, so a cached one is valid.
  static std::string holder_of(const Client& client, const Routes& routes, const driver::Document& row) {
    if (row.values[holder].is_null()) {
      const Answer answer = client.call({.request = {.path = routes.document(references_table, row.id)}});
      if (const auto name = optional_field<std::string>(body_of(answer.response), earlier_holder)) return *name;
    }
    return value_in<std::string>(row, holder);
  }

  /// Reads all rows, or returns `nullopt` if the table does not exist or another program is still creating it.
  static std::optional<std::vector<driver::DocumentPtr>> read(const Client& client, const Routes& routes) {
    try {
      std::vector<driver::DocumentPtr> rows;
      const auto list = [&](const driver::QueryTree& query) {
        return RecordReader(client, routes, table(), query).list();
      };
      driver::for_each_item({.limit = 1'000}, list, [&](const driver::DocumentPtr& row) { rows.push_back(row); });
      return rows;
    } catch (const Error& error) {
      for (const char* type : {"collection_not_found", "database_not_found", "general_query_invalid"})
        if (has_type(error, type)) return std::nullopt;
      throw;
    }
  }

  /// Makes the rows of one collection match `rows`: writes missing and changed ones, removes others.
  static void store(const Client& client, const Routes& routes, const std::string& id,
                    std::vector<driver::Document> rows, const SetupOptions& options) {
    const auto first = rows_about(client, routes, id);
    if (!first && rows.empty()) return;
    if (first && same_rows(*first, rows)) return;
    const bool earlier = has_earlier_column(client, routes);
    const driver::CollectionSchema schema = table_of(earlier);
    Setup(client, routes, schema, options).run();  // another program may have created a part of it
    if (earlier) {
      for (driver::Document& row : rows) row.values.push_back(row.values[holder]);
    }
    const auto stored = rows_about(client, routes, id).value_or(std::vector<driver::DocumentPtr>{});
    const Writer writer(client, routes, schema, true);  // every setup writes the same rows
    for (const driver::Document& row : rows) {
      if (!is_among(row, stored)) write(writer, row);
    }
    for (const driver::DocumentPtr& old : stored) {
      const bool wanted =
          std::any_of(rows.begin(), rows.end(), [&](const driver::Document& row) { return row.id == old->id; });
      if (!wanted) writer.remove(old->id, {});
    }
  }
  /// The rows that describe references of the collection `id`, or `nullopt` before the table exists.
  static std::optional<std::vector<driver::DocumentPtr>> rows_about(const Client& client, const Routes& routes,
                                                                    const std::string& id) {
    auto rows = read(client, routes);
    if (rows)
      std::erase_if(*rows, [&](const driver::DocumentPtr& row) { return holder_of(client, routes, *row) != id; });
    return rows;
  }
  /// Whether the table was created by an earlier version. 1 request.
  static bool has_earlier_column(const Client& client, const Routes& routes) {
    try {
      client.call({.request = {.path = routes.attributes(references_table) + path_of({earlier_holder})}});
      return true;
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) throw;
      return false;
    }
  }
  /// Whether the table has the wanted row, apart from the column that only earlier versions read.
  static bool is_among(const driver::Document& row, const std::vector<driver::DocumentPtr>& stored) {
    return std::any_of(stored.begin(), stored.end(), [&](const driver::DocumentPtr& old) {
      return old->id == row.id && std::equal(old->values.begin(), old->values.end(), row.values.begin());
    });
  }
  static bool same_rows(const std::vector<driver::DocumentPtr>& stored, const std::vector<driver::Document>& rows) {
    return stored.size() == rows.size() &&
           std::all_of(rows.begin(), rows.end(), [&](const driver::Document& row) { return is_among(row, stored); });
  }
  /// Updates the row, or creates it.
  static void write(const Writer& writer, const driver::Document& row) {
    driver::Change change;
    for (std::size_t i = 0; i < row.values.size(); ++i) change.values.emplace_back(static_cast<int>(i), row.values[i]);
    if (writer.update(row.id, change)) return;
    try {
      writer.create(row);
    } catch (const Error& error) {  // another program that sets up the same collection created it
      if (error.code() != Errc::already_exists) throw;
    }
  }

  /// Reads the rows again if they are older than 10 seconds. The lock is not held during the request, so two threads
  /// may both read.
  void refresh(const Client& client, const Routes& routes) {
    constexpr std::chrono::seconds fresh{10};
    const auto now = client.clock().now();
    {
      const std::scoped_lock lock(mutex_);
      if (read_at_ && now - *read_at_ < fresh) return;
    }
    std::map<std::string, std::vector<driver::Document>> by_collection;
    for (const driver::DocumentPtr& row : read(client, routes).value_or(std::vector<driver::DocumentPtr>{}))
      by_collection[holder_of(client, routes, *row)].push_back(*row);
    const std::scoped_lock lock(mutex_);
    stored_.clear();
    for (const auto& [id, rows] : by_collection) stored_[id] = partial_schema(id, rows);
    read_at_ = now;
  }

  driver::LeafMutex mutex_;
  std::map<std::string, SchemaPtr> own_;     ///< of collections set up through this store
  std::map<std::string, SchemaPtr> stored_;  ///< as read last
  std::optional<std::chrono::steady_clock::time_point> read_at_{};
};

}  // namespace reel::appwrite
