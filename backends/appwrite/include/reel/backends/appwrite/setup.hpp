#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/collection_reader.hpp>
#include <reel/backends/appwrite/operator_text.hpp>
#include <reel/backends/appwrite/patience.hpp>
#include <reel/backends/appwrite/query_text.hpp>
#include <reel/backends/appwrite/requests.hpp>
#include <reel/backends/appwrite/schema_check.hpp>
#include <reel/backends/appwrite/schema_plan.hpp>
#include <reel/backends/appwrite/server_access.hpp>
#include <reel/backends/appwrite/setup_options.hpp>
#include <reel/driver/stored_access.hpp>

namespace reel::appwrite {

/// Makes a collection on the server match its schema. Each round reads the collection, carries out the next steps of a
/// `SchemaPlan` and starts over, until nothing is left to do. So a setup can be repeated after any failure, and several
/// programs can run it at once. Used once, by one thread; the references must outlive the object.
class Setup {
 public:
  Setup(const Client& client, const Routes& routes, const driver::CollectionSchema& schema, const SetupOptions& options)
      : client_(client), routes_(routes), schema_(schema), options_(options), collection_(client, routes, schema.id) {}

  /// Runs the setup. Throws `invalid`, `conflict` or `unsupported` as `check_limits` and `check_plan`, `timed_out` if
  /// the server's background work takes longer than `SetupOptions::timeout`, and what `Client::call` throws. 2 requests
  /// if the collection is up to date, up to 1 more to look for records without a version, and 1 more if the schema has
  /// permissions.
  void run() {
    check_limits(schema_);
    for (int round = 1;; ++round) {
      ServerCollection stored = settled_collection();
      SchemaPlan plan = SchemaComparison(schema_, stored)();
      if (!plan.new_attributes.empty()) wait_for_table();
      // If there is a conflict only with records, reads the collection again: another program may have completed it
      // before it created these records, which then have the values.
      const bool has_records = !plan.conflicts_with_records.empty() && collection_.has_records();
      if (has_records) {
        stored = settled_collection();
        plan = SchemaComparison(schema_, stored)();
      }
      refuse_failed_index(stored);
      check_plan(client_, plan, has_records);
      if (!apply(plan)) break;
      if (round == most_rounds)
        throw Error(Errc::conflict,
                    "other programs keep changing the collection; run setup() again when they have finished");
    }
    fill_defaults();
    fill_versions();
    if (schema_.access) CollectionAccess(client_, routes_, schema_.id).store(*schema_.access);
  }

 private:
  /// Rounds after which another program must be undoing the changes.
  static constexpr int most_rounds = 20;

  /// Reports a step to `SetupOptions::on_progress`.
  void report(std::string what, std::size_t waiting = 0) const {
    if (options_.on_progress) options_.on_progress({schema_.id, std::move(what), waiting});
  }

  /// Sends a creation. Returns false if the server answers with the type `taken`: another program created the same.
  bool make(Call call, std::string_view taken) const {
    try {
      client_.call(std::move(call));
      return true;
    } catch (const Error& error) {
      if (!has_type(error, taken)) throw;
      return false;
    }
  }
  /// The request for a creation. It may be repeated: a second creation is refused as taken.
  [[nodiscard]] static Call making(std::string path, const Json& body) {
    return with_body(Method::post, std::move(path), Idempotency::idempotent, body);
  }

  void make_database() const {
    report("database '" + routes_.database_id() + "' is created");
    make(making(routes_.databases(), {{"databaseId", routes_.database_id()}, {"name", routes_.database_id()}}),
         "database_already_exists");
  }
  void make_collection() const {
    report("collection is created");
    const AccessRules access = driver::specified_access(schema_);
    const Json body{{routes_.collection_id_word(), schema_.id},
                    {"name", schema_.name},
                    {routes_.document_security_word(), access.item_security},
                    {"permissions", permissions_json(access.permissions)}};
    make(making(routes_.collections(), body), "collection_already_exists");
  }

  /// The collection, without attributes or indexes that the server is still processing. Creates database and collection
  /// if they are missing.
  [[nodiscard]] ServerCollection settled_collection() const {
    Patience patience(client_, options_.timeout);
    for (bool is_made = false;;) {
      try {
        ServerCollection stored = collection_.read();
        const std::vector<std::string> unfinished = unfinished_in(stored);
        if (unfinished.empty()) return stored;
        report("waiting for " + unfinished.front(), unfinished.size());
        patience.pause(unfinished.front());
      } catch (const Error& error) {
        const bool lacks_database = has_type(error, "database_not_found");
        if (!lacks_database && !has_type(error, "collection_not_found")) throw;
        if (is_made) patience.pause("the collection '" + schema_.id + "'");
        if (lacks_database) {
          make_database();
        } else {
          make_collection();
          is_made = true;
        }
      }
    }
  }

  /// Waits for the collection's table. An attribute that is requested before it exists fails permanently (Appwrite
  /// 1.8.1), whichever program created the collection.
  void wait_for_table() {
    if (table_is_ready_) return;
    Patience patience(client_, options_.timeout);
    while (!collection_.has_table()) {
      report("waiting for the table of the collection", 1);
      patience.pause("the table of the collection");
    }
    table_is_ready_ = true;
  }

  /// The attributes and indexes that the server is still processing.
  static std::vector<std::string> unfinished_in(const ServerCollection& stored) {
    const auto is_unfinished = [](const auto& one) { return one.status == "processing" || one.status == "deleting"; };
    std::vector<std::string> unfinished;
    for (const ServerAttribute& one : stored.attributes)
      if (is_unfinished(one)) unfinished.push_back("attribute '" + one.key + "'");
    for (const ServerIndex& one : stored.indexes)
      if (is_unfinished(one)) unfinished.push_back("index '" + one.key + "'");
    return unfinished;
  }

  /// Throws `conflict` if an index requested by this run could not be created, and removes it. The server reports the
  /// failure only in the status of the index.
  void refuse_failed_index(const ServerCollection& stored) const {
    for (const ServerIndex& index : stored.indexes) {
      if (index.status == "available" || !made_.contains(index.key)) continue;
      remove_index(index.key);
      throw Error(Errc::conflict,
                  "the index '" + index.key + "' cannot be created (" + index.error +
                      "); a unique index requires that no two records have the same values",
                  {.index = index.key});
    }
  }

  /// Carries out the next steps of the plan; the caller then reads the collection again. Returns false if there was
  /// nothing to do. Widened columns come first: a string column that becomes a TEXT column frees space in the row for
  /// new ones.
  bool apply(const SchemaPlan& plan) {
    for (const std::string& key : plan.broken_attributes) remove_broken(key);
    if (!plan.broken_attributes.empty()) return true;
    for (const ServerAttribute& one : plan.first_defaults) fill_default(one);
    for (const ServerAttribute& one : plan.changed_attributes) change(one);
    for (const ServerAttribute& one : plan.new_attributes) make(one);
    if (!plan.changed_attributes.empty() || !plan.new_attributes.empty()) return true;
    for (const std::string& key : plan.unwanted_indexes) remove_index(key);
    if (!plan.unwanted_indexes.empty()) return true;
    for (const ServerIndex& one : plan.new_indexes) make(one);
    return !plan.new_indexes.empty();
  }

  /// Removes a column whose creation failed, unless another program has removed it and created it again.
  void remove_broken(const std::string& key) const {
    const std::string path = routes_.attributes(schema_.id) + path_of({key});
    try {
      const Json stored = body_of(client_.call({.request = {.path = path}}).response);
      if (!is_broken_by_haste(server_attribute_of(stored))) return;
      report("attribute '" + key + "', which failed, is removed");
      client_.call({.request = {.method = Method::remove, .path = path}, .idempotency = Idempotency::idempotent});
    } catch (const Error& error) {
      if (!has_type(error, "attribute_not_found")) throw;
    }
  }

  /// Runs `body`, which needs attributes that the list reports as available, until all routes of the server see them as
  /// available. A route may see an older state in the server's cache; a PUT of the collection drops that entry
  /// (Appwrite 1.8.1).
  template <class F>
  void when_available(const std::string& what, F body) const {
    Patience patience(client_, options_.timeout);
    for (int attempt = 1;; ++attempt) {
      try {
        return body();
      } catch (const Error& error) {
        if (!has_type(error, "attribute_not_available") && !has_type(error, "attribute_unknown")) throw;
      }
      report("waiting for the attributes of " + what, 1);
      patience.pause(what);
      if (attempt > 1) touch_collection();
    }
  }
  /// Sends PUT of the collection with its present settings.
  void touch_collection() const {
    client_.call(
        with_body(Method::put, routes_.collection(schema_.id), Idempotency::idempotent, collection_.settings()));
  }

  /// The members of a request that creates or changes an attribute.
  [[nodiscard]] static Json rules_of(const ServerAttribute& attribute) {
    Json body{{"required", attribute.required}, {"default", attribute.default_value}};
    if (attribute.route == "string") body["size"] = attribute.size;
    if (attribute.kind == "enum") body["elements"] = attribute.elements;
    if (!attribute.minimum.is_null()) body["min"] = attribute.minimum;
    if (!attribute.maximum.is_null()) body["max"] = attribute.maximum;
    return body;
  }
  /// Creates an attribute. If there are records and it has a default, it is created without, so that `fill_default`
  /// writes the default into the records first; an interrupted setup is then resumed by the next one.
  void make(const ServerAttribute& attribute) {
    report("attribute '" + attribute.key + "' is created");
    Json body = rules_of(attribute);
    body["key"] = attribute.key;
    body["array"] = attribute.list;
    const bool fills = !attribute.default_value.is_null() && has_records();
    // The default is set after it was written into the records, so that the next setup resumes an interrupted one.
    if (fills) body["default"] = nullptr;
    const bool made =
        make(making(routes_.attributes(schema_.id) + path_of({attribute.route}), body), "attribute_already_exists");
    if (made && fills) made_here_.insert(attribute.key);
    if (made && !fills && !attribute.default_value.is_null()) new_defaults_.push_back(attribute);
  }
  /// Changes an attribute in place.
  void change(const ServerAttribute& attribute) const {
    report("attribute '" + attribute.key + "' is changed");
    const std::string path = routes_.attributes(schema_.id) + path_of({attribute.route, attribute.key});
    when_available("attribute '" + attribute.key + "'",
                   [&] { client_.call(with_body(Method::patch, path, Idempotency::idempotent, rules_of(attribute))); });
  }
  /// Creates an index. A failure is noticed in the next round.
  void make(const ServerIndex& index) {
    report("index '" + index.key + "' is created");
    Json body{{"key", index.key}, {"type", index.type}, {routes_.attributes_word(), index.attributes}};
    if (!index.orders.empty()) body["orders"] = index.orders;
    if (!index.lengths.empty()) {
      body["lengths"] = Json::array();
      for (const std::int64_t length : index.lengths) body["lengths"].push_back(length > 0 ? Json(length) : Json());
    }
    when_available("index '" + index.key + "'",
                   [&] { make(making(routes_.indexes(schema_.id), body), "index_already_exists"); });
    made_.insert(index.key);
  }
  void remove_index(const std::string& key) const {
    report("index '" + key + "' is removed");
    Call call{.request = {.method = Method::remove, .path = routes_.indexes(schema_.id) + path_of({key})},
              .idempotency = Idempotency::idempotent};
    try {
      client_.call(std::move(call));
    } catch (const Error& error) {
      if (!has_type(error, "index_not_found")) throw;
    }
  }

  /// Whether the collection had records when this run first needed to know. If not, new attributes are created with
  /// their default.
  [[nodiscard]] bool has_records() {
    if (!has_records_) has_records_ = collection_.has_records();
    return *has_records_;
  }
  /// Writes defaults into records that were created between `has_records` and the creation of the attribute.
  void fill_defaults() const {
    for (const ServerAttribute& attribute : new_defaults_) {
      if (can_fill(attribute)) fill(attribute.key, attribute.default_value);
    }
  }
  /// Writes the default into the records without a value, before the attribute gets it: the server applies a default to
  /// new records only. If an earlier setup created the attribute, only records older than the attribute are changed,
  /// because a null written since is intended.
  void fill_default(const ServerAttribute& attribute) const {
    if (!can_fill(attribute)) return;
    Json::array_t queries{query_without_value(attribute.key)};
    if (!made_here_.contains(attribute.key) && !attribute.created_at.empty())
      queries.push_back(query_of("lessThanEqual", "$updatedAt", {driver::Value{attribute.created_at}}));
    fill(attribute.key, attribute.default_value, std::move(queries));
  }
  /// Whether the server can write the default by PATCH /databases/…/documents, and would not execute it as an operator.
  [[nodiscard]] bool can_fill(const ServerAttribute& attribute) const {
    const Json& value = attribute.default_value;
    const bool executed = value.is_string() && looks_like_operator(value.get_ref<const std::string&>());
    return !executed && client_.has(Ability::bulk_writes);
  }
  /// Writes version 0 into the records without a version. Needed on Appwrite 1.8.0, where null plus one stays null and
  /// guards nothing. Records lack a version if they were created before an upgrade of the server, or if an earlier
  /// setup was interrupted. 1 request there, and 2 more for each round with such records.
  void fill_versions() const {
    if (!client_.has(Ability::transactions) || client_.has(Ability::operators)) return;
    const std::string key(version_attribute);
    for (int round = 0; round < most_rounds && lacks_value(key); ++round) fill(key, 0);
  }
  /// Whether a record has no value in the column. 1 request.
  [[nodiscard]] bool lacks_value(const std::string& key) const {
    const std::vector<std::string> queries{query_without_value(key), limit_query(1)};
    const Json body = body_of(client_.call(list_call(routes_, schema_.id, queries, false)).response);
    return !field<Json::array_t>(body, routes_.documents_word()).empty();
  }
  /// Writes a value into the records without one, or into those that `queries` select. 1 request.
  void fill(const std::string& key, const Json& value) const { fill(key, value, {query_without_value(key)}); }
  void fill(const std::string& key, const Json& value, Json::array_t queries) const {
    const Json body{{"data", {{key, value}}}, {"queries", std::move(queries)}};
    client_.call(with_body(Method::patch, routes_.documents(schema_.id), Idempotency::idempotent, body));
  }
  static std::string query_without_value(const std::string& key) { return query_of("isNull", key); }

  const Client& client_;
  const Routes& routes_;
  const driver::CollectionSchema& schema_;
  const SetupOptions& options_;
  CollectionReader collection_;
  bool table_is_ready_ = false;
  std::set<std::string> made_;  ///< indexes created by this run
  std::optional<bool> has_records_;
  std::set<std::string> made_here_;            ///< attributes whose default this run is about to write into the records
  std::vector<ServerAttribute> new_defaults_;  ///< attributes that this run created with their default
};

}  // namespace reel::appwrite
