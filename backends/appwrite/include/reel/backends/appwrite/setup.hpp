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
#include <reel/backends/appwrite/requests.hpp>
#include <reel/backends/appwrite/schema_check.hpp>
#include <reel/backends/appwrite/schema_plan.hpp>
#include <reel/backends/appwrite/setup_options.hpp>

namespace reel::appwrite {

/// Makes a collection what its schema says: looks, does what is missing, and looks again until nothing is. So it may be
/// repeated, and several programs may do it at once.
class Setup {
 public:
  Setup(const Client& client, const Routes& routes, const driver::CollectionSchema& schema, const SetupOptions& options)
      : client_(client), routes_(routes), schema_(schema), options_(options), collection_(client, routes, schema.id) {}

  void run() {
    check_limits(schema_);
    for (int round = 1;; ++round) {
      ServerCollection stored = settled_collection();
      SchemaPlan plan = SchemaComparison(schema_, stored)();
      if (!plan.new_attributes.empty()) wait_for_table();
      // Another program may have completed the collection before it created records; later records refuse nothing.
      const bool has_records = !plan.conflicts_with_records.empty() && collection_.has_records();
      if (has_records) {
        stored = settled_collection();
        plan = SchemaComparison(schema_, stored)();
      }
      refuse_failed_index(stored);
      check_plan(client_, plan, has_records);
      if (!apply(plan)) break;
      if (round == most_rounds)
        throw Error(Errc::conflict, "the collection is being changed by somebody else all the time");
    }
    fill_defaults();
    fill_versions();
  }

 private:
  static constexpr int most_rounds = 20;

  void tell(std::string what, std::size_t waiting = 0) const {
    if (options_.on_progress) options_.on_progress({schema_.id, std::move(what), waiting});
  }

  /// False if it is there already, made by somebody else at the same time.
  bool make(Call call, std::string_view taken) const {
    try {
      client_.call(std::move(call));
      return true;
    } catch (const Error& error) {
      if (!has_type(error, taken)) throw;
      return false;
    }
  }
  [[nodiscard]] static Call making(std::string path, const Json& body) {
    return with_body(Method::post, std::move(path), Idempotency::idempotent, body);
  }

  void make_database() const {
    tell("database '" + routes_.database_id() + "' is made");
    make(making(routes_.databases(), {{"databaseId", routes_.database_id()}, {"name", routes_.database_id()}}),
         "database_already_exists");
  }
  void make_collection() const {
    tell("collection is made");
    const Json body{
        {routes_.collection_id_word(), schema_.id}, {"name", schema_.name}, {routes_.document_security_word(), true}};
    make(making(routes_.collections(), body), "collection_already_exists");
  }

  /// The collection, once the server has finished all it was asked to make; made if it is not there.
  [[nodiscard]] ServerCollection settled_collection() const {
    Patience patience(client_, options_.timeout);
    for (bool is_made = false;;) {
      try {
        ServerCollection stored = collection_.read();
        const std::vector<std::string> unfinished = unfinished_in(stored);
        if (unfinished.empty()) return stored;
        tell("waiting for " + unfinished.front(), unfinished.size());
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

  /// Attributes requested before the collection has its table fail for good, whichever program creates the collection.
  void wait_for_table() {
    if (table_is_ready_) return;
    Patience patience(client_, options_.timeout);
    while (!collection_.has_table()) {
      tell("waiting for the table of the collection", 1);
      patience.pause("the table of the collection");
    }
    table_is_ready_ = true;
  }

  static std::vector<std::string> unfinished_in(const ServerCollection& stored) {
    const auto is_unfinished = [](const auto& one) { return one.status == "processing" || one.status == "deleting"; };
    std::vector<std::string> unfinished;
    for (const ServerAttribute& one : stored.attributes)
      if (is_unfinished(one)) unfinished.push_back("attribute '" + one.key + "'");
    for (const ServerIndex& one : stored.indexes)
      if (is_unfinished(one)) unfinished.push_back("index '" + one.key + "'");
    return unfinished;
  }

  /// `conflict` if an index that this run has asked for could not be created; it is removed then.
  void refuse_failed_index(const ServerCollection& stored) const {
    for (const ServerIndex& index : stored.indexes) {
      if (index.status == "available" || !made_.contains(index.key)) continue;
      remove_index(index.key);
      throw Error(Errc::conflict,
                  "the index '" + index.key + "' cannot be made (" + index.error +
                      "): a unique one if several records have the same values",
                  {.index = index.key});
    }
  }

  /// False if there was nothing to do. Widened columns come first, for they may free the place that new ones need.
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

  /// Removes a column whose creation failed, unless another program has done so and created it again.
  void remove_broken(const std::string& key) const {
    const std::string path = routes_.attributes(schema_.id) + path_of({key});
    try {
      const Json stored = body_of(client_.call({.request = {.path = path}}).response);
      if (!is_broken_by_haste(server_attribute_of(stored))) return;
      tell("attribute '" + key + "', which failed, is removed");
      client_.call({.request = {.method = Method::remove, .path = path}, .idempotency = Idempotency::idempotent});
    } catch (const Error& error) {
      if (!has_type(error, "attribute_not_found")) throw;
    }
  }

  /// Runs `body`, which needs attributes that the list shows as available, until every route of the server sees them
  /// so. A route that still sees an older state from the cache is freed by a PUT of the collection.
  template <class F>
  void when_available(const std::string& what, F body) const {
    Patience patience(client_, options_.timeout);
    for (int attempt = 1;; ++attempt) {
      try {
        return body();
      } catch (const Error& error) {
        if (!has_type(error, "attribute_not_available") && !has_type(error, "attribute_unknown")) throw;
      }
      tell("waiting for the attributes of " + what, 1);
      patience.pause(what);
      if (attempt > 1) touch_collection();
    }
  }
  void touch_collection() const {
    const std::string path = routes_.collection(schema_.id);
    const Json stored = body_of(client_.call({.request = {.path = path}}).response);
    Json same{{"name", member_of(stored, "name", schema_.name)},
              {"enabled", member_of(stored, "enabled", true)},
              {routes_.document_security_word(), member_of(stored, routes_.document_security_word(), true)}};
    if (stored.contains("$permissions")) same["permissions"] = stored["$permissions"];
    client_.call(with_body(Method::put, path, Idempotency::idempotent, same));
  }

  [[nodiscard]] static Json rules_of(const ServerAttribute& attribute) {
    Json body{{"required", attribute.required}, {"default", attribute.default_value}};
    if (attribute.route == "string") body["size"] = attribute.size;
    if (attribute.kind == "enum") body["elements"] = attribute.elements;
    if (!attribute.minimum.is_null()) body["min"] = attribute.minimum;
    if (!attribute.maximum.is_null()) body["max"] = attribute.maximum;
    return body;
  }
  void make(const ServerAttribute& attribute) {
    tell("attribute '" + attribute.key + "' is made");
    Json body = rules_of(attribute);
    body["key"] = attribute.key;
    body["array"] = attribute.list;
    const bool fills = !attribute.default_value.is_null() && has_records();
    if (fills) body["default"] = nullptr;  // set once it is filled in, so that the next setup resumes this one
    const bool made =
        make(making(routes_.attributes(schema_.id) + path_of({attribute.route}), body), "attribute_already_exists");
    if (made && fills) made_here_.insert(attribute.key);
    if (made && !fills && !attribute.default_value.is_null()) new_defaults_.push_back(attribute);
  }
  void change(const ServerAttribute& attribute) const {
    tell("attribute '" + attribute.key + "' is changed");
    const std::string path = routes_.attributes(schema_.id) + path_of({attribute.route, attribute.key});
    when_available("attribute '" + attribute.key + "'",
                   [&] { client_.call(with_body(Method::patch, path, Idempotency::idempotent, rules_of(attribute))); });
  }
  void make(const ServerIndex& index) {
    tell("index '" + index.key + "' is made");
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
    tell("index '" + key + "' is removed");
    Call call{.request = {.method = Method::remove, .path = routes_.indexes(schema_.id) + path_of({key})},
              .idempotency = Idempotency::idempotent};
    try {
      client_.call(std::move(call));
    } catch (const Error& error) {
      if (!has_type(error, "index_not_found")) throw;
    }
  }

  /// Only those that are there before a new attribute need its default filled in.
  [[nodiscard]] bool has_records() {
    if (!has_records_) has_records_ = collection_.has_records();
    return *has_records_;
  }
  /// For records that were created since `has_records`.
  void fill_defaults() const {
    for (const ServerAttribute& attribute : new_defaults_) {
      if (can_fill(attribute)) fill(attribute.key, attribute.default_value);
    }
  }
  /// A default is for what is written from now on: records that are there have a null until it is filled in. Where a
  /// setup before has made the attribute, a null that was written since is kept.
  void fill_default(const ServerAttribute& attribute) const {
    if (!can_fill(attribute)) return;
    Json::array_t queries{query_without_value(attribute.key)};
    if (!made_here_.contains(attribute.key) && !attribute.created_at.empty())
      queries.push_back(
          Json{{"method", "lessThanEqual"}, {"attribute", "$updatedAt"}, {"values", {attribute.created_at}}}.dump());
    fill(attribute.key, attribute.default_value, std::move(queries));
  }
  [[nodiscard]] bool can_fill(const ServerAttribute& attribute) const {
    const Json& value = attribute.default_value;
    const bool executed = value.is_string() && looks_like_operator(value.get_ref<const std::string&>());
    return !executed && client_.has(Ability::bulk_writes);
  }
  /// Where a transaction cannot execute operators, null plus one stays null and would guard nothing. Records have no
  /// version if they were created before the server was upgraded, or if a setup ended before it filled them. 1 request
  /// there, and 2 more if there are such records.
  void fill_versions() const {
    if (!client_.has(Ability::transactions) || client_.has(Ability::operators)) return;
    const std::string key(version_attribute);
    for (int round = 0; round < most_rounds && lacks_value(key); ++round) fill(key, 0);
  }
  [[nodiscard]] bool lacks_value(const std::string& key) const {
    const std::string one = Json{{"method", "limit"}, {"values", {1}}}.dump();
    const Json body =
        body_of(client_.call(list_call(routes_, schema_.id, {query_without_value(key), one}, false)).response);
    return !field<Json::array_t>(body, routes_.documents_word()).empty();
  }
  void fill(const std::string& key, const Json& value) const { fill(key, value, {query_without_value(key)}); }
  void fill(const std::string& key, const Json& value, Json::array_t queries) const {
    const Json body{{"data", {{key, value}}}, {"queries", std::move(queries)}};
    client_.call(with_body(Method::patch, routes_.documents(schema_.id), Idempotency::idempotent, body));
  }
  static std::string query_without_value(const std::string& key) {
    return Json{{"method", "isNull"}, {"attribute", key}}.dump();
  }

  const Client& client_;
  const Routes& routes_;
  const driver::CollectionSchema& schema_;
  const SetupOptions& options_;
  CollectionReader collection_;
  bool table_is_ready_ = false;
  std::set<std::string> made_;  ///< indexes, by this run
  std::optional<bool> has_records_;
  std::set<std::string> made_here_;            ///< attributes whose default this run is about to fill in
  std::vector<ServerAttribute> new_defaults_;  ///< attributes that this run made with their default
};

}  // namespace reel::appwrite
