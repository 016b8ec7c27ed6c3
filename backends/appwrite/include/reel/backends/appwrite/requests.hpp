#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/answer_json.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/document_json.hpp>
#include <reel/backends/appwrite/document_reader.hpp>
#include <reel/backends/appwrite/query_text.hpp>
#include <reel/backends/appwrite/routes.hpp>
#include <reel/text/utf8.hpp>

/// The requests for records, and reading of their responses.
namespace reel::appwrite {

/// The one id that the server cannot create: its router ignores a path segment `0`, see `path_of`.
inline constexpr std::string_view impossible_id = "0";

/// Throws `unsupported` for `impossible_id`. `item`: what would get the id, for the message.
inline void check_possible(std::string_view id, const std::string& item) {
  if (id == impossible_id) throw Error(Errc::unsupported, "the server cannot store a " + item + " with the id '0'");
}

/// Throws `corrupt` for a response that is not the expected JSON.
[[noreturn]] inline void refuse_text(const HttpResponse& response) {
  throw Error(Errc::corrupt, "the server's answer is not JSON", {.http_status = response.status});
}

/// The body of a response. Throws `corrupt` if it is not a JSON object.
[[nodiscard]] inline Json body_of(const HttpResponse& response) {
  Json body = Json::parse(response.body, nullptr, false);
  if (!body.is_object()) refuse_text(response);
  return body;
}

/// A request with a JSON body.
[[nodiscard]] inline Call with_body(Method method, std::string path, Idempotency idempotency, std::string body) {
  return {.request = {.method = method, .path = std::move(path), .body = std::move(body)}, .idempotency = idempotency};
}
[[nodiscard]] inline Call with_body(Method method, std::string path, Idempotency idempotency,
                                    const json::Object& body) {
  return with_body(method, std::move(path), idempotency, body.str());
}
[[nodiscard]] inline Call with_body(Method method, std::string path, Idempotency idempotency, const Json& body) {
  return with_body(method, std::move(path), idempotency, body.dump());
}

/// Adds queries as the parameters `queries[0]`, `queries[1]`, ….
inline void append_queries(HttpRequest& request, const std::vector<std::string>& queries) {
  for (std::size_t i = 0; i < queries.size(); ++i)
    request.query.emplace_back("queries[" + std::to_string(i) + "]", queries[i]);
}

/// Lists records. `counted`: whether the response contains the number of matches, up to 5,000. Sends `total=0` to
/// switch that off, because Appwrite 1.8.1 reads `total=false` as true.
[[nodiscard]] inline Call list_call(const Routes& routes, const std::string& collection,
                                    const std::vector<std::string>& queries, bool counted) {
  Call call{.request = {.path = routes.documents(collection)}};
  append_queries(call.request, queries);
  if (!counted) call.request.query.emplace_back("total", "0");
  return call;
}

/// Lists the record with this id.
[[nodiscard]] inline Call find_call(const Routes& routes, const std::string& collection, std::string_view id) {
  return list_call(routes, collection, {id_query(id), limit_query(1)}, false);
}

/// Creates a record by POST. PUT is not used: in Appwrite 1.8.1, a PUT that creates a record and violates a unique
/// index overwrites the other record.
[[nodiscard]] inline Call create_call(const Routes& routes, const driver::CollectionSchema& schema,
                                      const driver::Document& document, bool zero_version = false) {
  return with_body(Method::post, routes.documents(schema.id), Idempotency::settled,
                   new_document(schema, document, routes.document_id_word(), zero_version));
}

/// Creates several records. `documents` is the result of `append_bulk_document`, separated by commas.
[[nodiscard]] inline Call create_many_call(const Routes& routes, const std::string& collection,
                                           const std::string& documents) {
  return with_body(Method::post, routes.documents(collection), Idempotency::settled,
                   "{\"" + std::string(routes.documents_word()) + "\":[" + documents + "]}");
}

/// The body of an update of the records that the queries select.
[[nodiscard]] inline json::Object update_of(const json::Object& data, const std::vector<std::string>& queries) {
  return json::Object{}.add("data", data).add("queries", queries);
}

/// Updates one record by PATCH /databases/…/documents with a query for its id: writes the columns in `data` and no
/// others. Repeating it writes the same values, unless an operator adds to one.
[[nodiscard]] inline Call update_call(const Routes& routes, const std::string& collection, std::string_view id,
                                      const json::Object& data, Idempotency idempotency) {
  return with_body(Method::patch, routes.documents(collection), idempotency, update_of(data, {id_query(id)}));
}

/// The same if the record was last changed at `updated_at`. Otherwise the response has no record.
[[nodiscard]] inline Call update_call(const Routes& routes, const std::string& collection, std::string_view id,
                                      Timestamp updated_at, const json::Object& data) {
  return with_body(Method::patch, routes.documents(collection), Idempotency::idempotent,
                   update_of(data, {id_query(id), time_query(updated_at)}));
}

/// Updates one record by PATCH of the document, for servers before 1.7.0. Writes all columns; the server takes those
/// that `body` does not contain from its cache.
[[nodiscard]] inline Call patch_call(const Routes& routes, const std::string& collection, std::string_view id,
                                     const json::Object& body) {
  return with_body(Method::patch, routes.document(collection, id), Idempotency::idempotent, body);
}

/// Removes one record.
[[nodiscard]] inline Call remove_call(const Routes& routes, const std::string& collection, std::string_view id) {
  return {.request = {.method = Method::remove, .path = routes.document(collection, id)},
          .idempotency = Idempotency::settled};
}

/// The records of a list response.
struct ListAnswer {
  std::vector<driver::DocumentPtr> documents{};
  std::int64_t total = 0;  ///< with `counted` only; 5,000 means that many or more
};

/// Reads a list of records. Throws `corrupt` if the response is not JSON or not a list of records of the collection.
[[nodiscard]] inline ListAnswer list_answer(const Routes& routes, const driver::CollectionSchema& schema,
                                            const HttpResponse& response, Fields fields = Fields::all) {
  const std::string_view word = routes.documents_word();
  ListAnswer answer;
  DocumentReader documents(schema, fields);
  json::Reader in(response.body);
  bool listed = false, counted = true;
  const auto take = [&](std::string_view name) {
    if (name == word) {
      answer.documents.clear();
      listed = in.peek() == '[';
      return listed ? documents.read_list(in, answer.documents) : in.skip_value();
    }
    const auto text = in.value_text();
    if (text && name == "total") counted = read_whole(*text, answer.total);
    return text.has_value();
  };
  if (!text::is_valid_utf8(response.body) || !in.members(take) || !in.ends()) refuse_text(response);
  if (!listed || !counted)
    throw Error(Errc::corrupt, "the server's answer to a list request is not a list", {.http_status = response.status});
  return answer;
}

/// Reads a single record. Throws `corrupt` if the response is not JSON or not a record of the collection.
[[nodiscard]] inline driver::DocumentPtr document_answer(const driver::CollectionSchema& schema,
                                                         const HttpResponse& response) {
  json::Reader in(response.body);
  if (text::is_valid_utf8(response.body)) {
    auto document = DocumentReader(schema).read(in);
    if (document && in.ends()) return std::make_shared<const driver::Document>(std::move(*document));
  }
  refuse_text(response);
}

/// Throws `corrupt` if a response for the record `id` contains another one, as a faulty proxy or cache may return.
inline void check_is_about(const driver::Document& document, std::string_view id) {
  if (same_id(document.id, id)) return;
  throw Error(Errc::corrupt, "the server answered with record '" + document.id + "' to a request about '" +
                                 std::string(id) + "': is a proxy or cache in between?");
}

/// Whether the error has the server's type `type`, given as `/databases` names it; see `legacy_type`.
[[nodiscard]] inline bool has_type(const Error& error, std::string_view type) {
  return legacy_type(error.context().server_type) == type;
}

/// Sends `call`, a `remove_call`. Returns false if the record does not exist.
[[nodiscard]] inline bool remove_document(const Client& client, Call call) {
  try {
    const Answer answer = client.call(std::move(call));
    // 404 in doubt: removed by an attempt whose response was lost.
    if (!answer.in_doubt || answer.response.status == 404) return true;
    throw client.error_of(answer.response);
  } catch (const Error& error) {
    if (has_type(error, "document_not_found")) return false;
    throw;
  }
}

}  // namespace reel::appwrite
