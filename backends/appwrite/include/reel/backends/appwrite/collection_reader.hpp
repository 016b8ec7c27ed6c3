#pragma once

#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/requests.hpp>
#include <reel/backends/appwrite/schema_plan.hpp>

namespace reel::appwrite {

/// Reads the settings, attributes and indexes that a collection has on the server. Changes nothing. Functions throw
/// what `Client::call` throws. `client` and `routes` must outlive the object.
class CollectionReader {
 public:
  CollectionReader(const Client& client, const Routes& routes, std::string id)
      : client_(client), routes_(routes), id_(std::move(id)) {}

  /// The collection as the server returns it. 1 request. Throws `not_found` if the collection or the database does not
  /// exist.
  [[nodiscard]] Json stored() const {
    return body_of(client_.call({.request = {.path = routes_.collection(id_)}}).response);
  }
  /// The settings of the collection, as a PUT must contain them so that they keep their values. 1 request. Throws
  /// `not_found` if the collection or the database does not exist.
  [[nodiscard]] Json settings() const { return settings_of(stored()); }
  /// The same of a collection that `stored` returned.
  [[nodiscard]] Json settings_of(const Json& stored) const {
    Json settings{{"name", member_of(stored, "name", id_)},
                  {"enabled", member_of(stored, "enabled", true)},
                  {routes_.document_security_word(), member_of(stored, routes_.document_security_word(), true)}};
    if (stored.contains("$permissions")) settings["permissions"] = stored["$permissions"];
    return settings;
  }

  /// Reads attributes and indexes in 2 requests. Reads their lists, because in Appwrite 1.8.1 GET
  /// /databases/…/collections/… answers from a cache and may report an attribute as `processing` indefinitely. Throws
  /// `not_found` if the collection or the database does not exist.
  [[nodiscard]] ServerCollection read() const {
    ServerCollection stored;
    for (const Json& json : read_list(routes_.attributes(id_), routes_.attributes_word()))
      stored.attributes.push_back(server_attribute_of(json));
    for (const Json& json : read_list(routes_.indexes(id_), "indexes"))
      stored.indexes.push_back(server_index_of(json, routes_.attributes_word()));
    return stored;
  }

  /// Whether the collection has a record that the key may read. 1 request.
  [[nodiscard]] bool has_records() const {
    const Json body = body_of(client_.call(list_call(routes_, id_, {limit_query(1)}, false)).response);
    return !field<Json::array_t>(body, routes_.documents_word()).empty();
  }

  /// Whether the collection's table exists in the server's database: the server creates it some time after the
  /// collection. Returns true if the key may not list records, because then it cannot be determined. 1 request.
  [[nodiscard]] bool has_table() const {
    try {
      static_cast<void>(has_records());
      return true;
    } catch (const Error& error) {
      if (error.code() == Errc::forbidden) return true;
      if (error.code() != Errc::not_found && error.context().http_status != 500) throw;
      return false;
    }
  }

 private:
  /// Reads a list in one request. The limit is above the number of entries that a collection can have.
  [[nodiscard]] Json::array_t read_list(std::string path, const char* word) const {
    Call call{.request = {.path = std::move(path)}};
    append_queries(call.request, {limit_query(5'000)});
    return field<Json::array_t>(body_of(client_.call(std::move(call)).response), word);
  }

  const Client& client_;
  const Routes& routes_;
  std::string id_;
};

}  // namespace reel::appwrite
