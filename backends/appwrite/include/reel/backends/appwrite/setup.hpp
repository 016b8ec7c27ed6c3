#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/operator_text.hpp>
#include <reel/backends/appwrite/requests.hpp>
#include <reel/backends/appwrite/schema_plan.hpp>

namespace reel::appwrite {

/// What setting up a collection is doing.
struct SetupProgress {
  std::string collection{};
  std::string what{};       ///< such as `attribute 'title' is made`
  std::size_t waiting = 0;  ///< attributes and indexes that the server is still working on
};

struct SetupOptions {
  std::chrono::milliseconds timeout{120'000};  ///< for what the server makes in the background
  std::function<void(const SetupProgress&)> on_progress{};
  /// A bucket that is to take larger files than the server does takes what the server does, instead of `too_large`.
  /// A larger blob is then `too_large` when it is put.
  bool limit_buckets_to_server = false;
};

/// Makes a collection what its schema says: looks, does what is missing, and looks again until nothing is. So it may be
/// repeated, and several programs may do it at once.
class Setup {
 public:
  Setup(const Client& client, const Routes& routes, const CollectionSchema& schema, const SetupOptions& options)
      : client_(client), routes_(routes), schema_(schema), options_(options) {}

  void run() {
    check_limits(schema_);
    for (int round = 1;; ++round) {
      const ServerCollection stored = settled_collection();
      const SchemaPlan plan = SchemaComparison(schema_, stored)();
      check(stored, plan);
      if (!apply(plan)) break;
      if (round == most_rounds)
        throw Error(Errc::conflict, "the collection is being changed by somebody else all the time");
    }
    fill_defaults();
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
    using std::chrono::milliseconds;
    milliseconds pause{10}, waited{0};
    for (;;) {
      try {
        ServerCollection stored = read_collection();
        const std::vector<std::string> unfinished = unfinished_in(stored);
        if (unfinished.empty()) return stored;
        if (waited >= options_.timeout)
          throw Error(Errc::timed_out, unfinished.front() + " is not there after " +
                                           std::to_string(waited.count() / 1'000) +
                                           " s: see whether the server's worker for databases is running");
        tell("waiting for " + unfinished.front(), unfinished.size());
        client_.wait(pause);
        waited += pause;
        pause = std::min(pause * 3 / 2, milliseconds{1'000});
      } catch (const Error& error) {
        if (has_type(error, "database_not_found")) {
          make_database();
        } else if (has_type(error, "collection_not_found")) {
          make_collection();
        } else {
          throw;
        }
      }
    }
  }

  /// From the lists: the collection itself may show an attribute as `processing` for ever.
  [[nodiscard]] ServerCollection read_collection() const {
    ServerCollection stored;
    for (const Json& json : read_list(routes_.attributes(schema_.id), routes_.attributes_word()))
      stored.attributes.push_back(server_attribute_of(json));
    for (const Json& json : read_list(routes_.indexes(schema_.id), "indexes"))
      stored.indexes.push_back(server_index_of(json, routes_.attributes_word()));
    return stored;
  }
  [[nodiscard]] Json read_list(std::string path, const char* word) const {
    Call call{.request = {.path = std::move(path)}};
    append_queries(call.request, {Json{{"method", "limit"}, {"values", {5'000}}}.dump()});
    return body_of(client_.call(std::move(call)).response).at(word);
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

  /// `conflict` with all that stands against the plan, `invalid` if it does not fit; nothing has changed then.
  void check(const ServerCollection& stored, const SchemaPlan& plan) {
    std::vector<std::string> conflicts = plan.conflicts;
    if (!plan.conflicts_with_records.empty() && has_records())
      conflicts.insert(conflicts.end(), plan.conflicts_with_records.begin(), plan.conflicts_with_records.end());
    for (const ServerIndex& index : stored.indexes) {
      if (index.status != "available" && made_.contains(index.key)) {
        remove_index(index.key);
        throw Error(Errc::conflict,
                    "the index '" + index.key + "' cannot be made (" + index.error +
                        "): a unique one if several records have the same values",
                    {.index = index.key});
      }
    }
    if (conflicts.empty()) return check_row(stored, plan);
    std::string all;
    for (const std::string& one : conflicts) all += (all.empty() ? "" : "; ") + one;
    throw Error(Errc::conflict, all);
  }
  static void check_row(const ServerCollection& stored, const SchemaPlan& plan) {
    std::vector<ServerAttribute> all = plan.new_attributes;
    for (const ServerAttribute& one : stored.attributes) {
      const auto changed = std::find_if(plan.changed_attributes.begin(), plan.changed_attributes.end(),
                                        [&](const ServerAttribute& other) { return other.key == one.key; });
      all.push_back(changed == plan.changed_attributes.end() ? one : *changed);
    }
    if (!plan.new_attributes.empty() || !plan.changed_attributes.empty()) check_row_width(all);
  }

  [[nodiscard]] bool has_records() const {
    const std::string one = Json{{"method", "limit"}, {"values", {1}}}.dump();
    const Json body = body_of(client_.call(list_call(routes_, schema_.id, {one}, false)).response);
    return !body.at(routes_.documents_word()).empty();
  }

  /// False if there was nothing to do. Widened columns come first, for they may free the place that new ones need.
  bool apply(const SchemaPlan& plan) {
    for (const ServerAttribute& one : plan.changed_attributes) change(one);
    for (const ServerAttribute& one : plan.new_attributes) make(one);
    if (!plan.changed_attributes.empty() || !plan.new_attributes.empty()) return true;
    for (const std::string& key : plan.unwanted_indexes) remove_index(key);
    if (!plan.unwanted_indexes.empty()) return true;
    for (const ServerIndex& one : plan.new_indexes) make(one);
    return !plan.new_indexes.empty();
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
    const bool made =
        make(making(routes_.attributes(schema_.id) + path_of({attribute.route}), body), "attribute_already_exists");
    if (made && !attribute.default_value.is_null()) new_defaults_.push_back(attribute);
  }
  void change(const ServerAttribute& attribute) const {
    tell("attribute '" + attribute.key + "' is changed");
    client_.call(with_body(Method::patch, routes_.attributes(schema_.id) + path_of({attribute.route, attribute.key}),
                           Idempotency::idempotent, rules_of(attribute)));
  }
  void make(const ServerIndex& index) {
    tell("index '" + index.key + "' is made");
    Json body{{"key", index.key}, {"type", index.type}, {routes_.attributes_word(), index.attributes}};
    if (!index.orders.empty()) body["orders"] = index.orders;
    if (!index.lengths.empty()) {
      if (!client_.has(Ability::sequence))
        throw Error(Errc::unsupported,
                    "the index '" + index.key + "' has a text of more than 768 characters, which a server before " +
                        first_version_with(Ability::sequence).str() + " cannot index: leave it out",
                    {.index = index.key});
      body["lengths"] = Json::array();
      for (const std::int64_t length : index.lengths) body["lengths"].push_back(length > 0 ? Json(length) : Json());
    }
    make(making(routes_.indexes(schema_.id), body), "index_already_exists");
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

  /// A default is for what is written from now on: records that are there have a null until it is filled in.
  void fill_defaults() const {
    for (const ServerAttribute& attribute : new_defaults_) {
      const Json& value = attribute.default_value;
      const bool executed = value.is_string() && looks_like_operator(value.get_ref<const std::string&>());
      if (executed || !client_.has(Ability::bulk_writes)) continue;
      const Json body{{"data", {{attribute.key, value}}}, {"queries", {query_without_value(attribute.key)}}};
      client_.call(with_body(Method::patch, routes_.documents(schema_.id), Idempotency::idempotent, body));
    }
  }
  static std::string query_without_value(const std::string& key) {
    return Json{{"method", "isNull"}, {"attribute", key}}.dump();
  }

  const Client& client_;
  const Routes& routes_;
  const CollectionSchema& schema_;
  const SetupOptions& options_;
  std::set<std::string> made_;                 ///< indexes, by this run
  std::vector<ServerAttribute> new_defaults_;  ///< attributes made by this run that have a default
};

}  // namespace reel::appwrite
