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

/// The requests about records, and their answers.
namespace reel::appwrite {

/// The one id that the server cannot create, and that its router takes for nothing.
inline constexpr std::string_view impossible_id = "0";

[[noreturn]] inline void refuse_text(const HttpResponse& response) {
  throw Error(Errc::corrupt, "the server's answer is no JSON", {.http_status = response.status});
}

/// The body of an answer. `corrupt` if it is not a JSON object.
[[nodiscard]] inline Json body_of(const HttpResponse& response) {
  Json body = Json::parse(response.body, nullptr, false);
  if (!body.is_object()) refuse_text(response);
  return body;
}

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

inline void append_queries(HttpRequest& request, const std::vector<std::string>& queries) {
  for (std::size_t i = 0; i < queries.size(); ++i)
    request.query.emplace_back("queries[" + std::to_string(i) + "]", queries[i]);
}

/// `counted`: whether the answer is to tell how many match, up to 5,000. `total=false` would count all the same.
[[nodiscard]] inline Call list_call(const Routes& routes, const std::string& collection,
                                    const std::vector<std::string>& queries, bool counted) {
  Call call{.request = {.path = routes.documents(collection)}};
  append_queries(call.request, queries);
  if (!counted) call.request.query.emplace_back("total", "0");
  return call;
}

[[nodiscard]] inline Call find_call(const Routes& routes, const std::string& collection, std::string_view id) {
  return list_call(routes, collection, {id_query(id), limit_query(1)}, false);
}

/// POST: a PUT that creates and breaks a unique index overwrites another row.
[[nodiscard]] inline Call create_call(const Routes& routes, const driver::CollectionSchema& schema,
                                      const driver::Document& document, bool zero_version = false) {
  return with_body(Method::post, routes.documents(schema.id), Idempotency::settled,
                   new_document(schema, document, routes.document_id_word(), zero_version));
}

/// `documents`: made by `append_bulk_document`, with commas between.
[[nodiscard]] inline Call create_many_call(const Routes& routes, const std::string& collection,
                                           const std::string& documents) {
  return with_body(Method::post, routes.documents(collection), Idempotency::settled,
                   "{\"" + std::string(routes.documents_word()) + "\":[" + documents + "]}");
}

/// The body of a change of one record.
[[nodiscard]] inline json::Object update_of(std::string_view id, const json::Object& data) {
  return json::Object{}.add("data", data).add("queries", std::vector{id_query(id)});
}

/// Writes the columns that `data` names, and no others, of the record that `queries` name. Carried out again it writes
/// the same values, unless an operator adds to one.
[[nodiscard]] inline Call update_call(const Routes& routes, const std::string& collection, std::string_view id,
                                      const json::Object& data, Idempotency idempotency) {
  return with_body(Method::patch, routes.documents(collection), idempotency, update_of(id, data));
}

/// For servers before 1.7. Writes all columns, those that `body` does not name from the server's cache.
[[nodiscard]] inline Call patch_call(const Routes& routes, const std::string& collection, std::string_view id,
                                     const json::Object& body) {
  return with_body(Method::patch, routes.document(collection, id), Idempotency::idempotent, body);
}

[[nodiscard]] inline Call remove_call(const Routes& routes, const std::string& collection, std::string_view id) {
  return {.request = {.method = Method::remove, .path = routes.document(collection, id)},
          .idempotency = Idempotency::settled};
}

struct ListAnswer {
  std::vector<driver::DocumentPtr> documents{};
  std::int64_t total = 0;  ///< 5,000 means that or more
};

/// `corrupt` if it is no JSON, or no list of documents of the collection.
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
    throw Error(Errc::corrupt, "the server's answer to a list is no list", {.http_status = response.status});
  return answer;
}

/// `corrupt` if it is no JSON, or no document of the collection.
[[nodiscard]] inline driver::DocumentPtr document_answer(const driver::CollectionSchema& schema,
                                                         const HttpResponse& response) {
  json::Reader in(response.body);
  if (text::is_valid_utf8(response.body)) {
    auto document = DocumentReader(schema).read(in);
    if (document && in.ends()) return std::make_shared<const driver::Document>(std::move(*document));
  }
  refuse_text(response);
}

/// `corrupt` if an answer about the record `id` has another one: connections mixed up, or a cache in between.
inline void check_is_about(const driver::Document& document, std::string_view id) {
  if (same_id(document.id, id)) return;
  throw Error(Errc::corrupt, "the server answered with record '" + document.id + "' to a request about '" +
                                 std::string(id) + "': is a proxy or cache in between?");
}

/// Whether the error is the server's of that type, in the words of `/databases`.
[[nodiscard]] inline bool has_type(const Error& error, std::string_view type) {
  return legacy_type(error.context().server_type) == type;
}

}  // namespace reel::appwrite
