#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/document_json.hpp>
#include <reel/backends/appwrite/routes.hpp>

/// The requests about records, and their answers.
namespace reel::appwrite {

/// The one id that the server cannot create, and that its router takes for nothing.
inline constexpr std::string_view impossible_id = "0";

/// The body of an answer. `corrupt` if it is no JSON.
[[nodiscard]] inline Json body_of(const HttpResponse& response) {
  Json body = Json::parse(response.body, nullptr, false);
  if (body.is_discarded())
    throw Error(Errc::corrupt, "the server's answer is no JSON", {.http_status = response.status});
  return body;
}

[[nodiscard]] inline Call with_body(Method method, std::string path, Idempotency idempotency, const Json& body) {
  return {.request = {.method = method, .path = std::move(path), .body = body.dump()}, .idempotency = idempotency};
}

inline void only_if_unchanged_since(Call& call, std::optional<Timestamp> since) {
  if (since) call.request.headers.add("X-Appwrite-Timestamp", format_timestamp(*since));
}

inline void append_queries(HttpRequest& request, const std::vector<std::string>& queries) {
  for (std::size_t i = 0; i < queries.size(); ++i)
    request.query.emplace_back("queries[" + std::to_string(i) + "]", queries[i]);
}

[[nodiscard]] inline Call find_call(const Routes& routes, const std::string& collection, std::string_view id) {
  return {.request = {.path = routes.document(collection, id)}};
}

/// `counted`: whether the answer is to tell how many match, up to 5,000. `total=false` would count all the same.
[[nodiscard]] inline Call list_call(const Routes& routes, const std::string& collection,
                                    const std::vector<std::string>& queries, bool counted) {
  Call call{.request = {.path = routes.documents(collection)}};
  append_queries(call.request, queries);
  if (!counted) call.request.query.emplace_back("total", "0");
  return call;
}

/// POST: a PUT that creates and breaks a unique index overwrites another row.
[[nodiscard]] inline Call create_call(const Routes& routes, const CollectionSchema& schema, const Document& document) {
  const Json body{{routes.document_id_word(), document.id},
                  {"data", data_of(schema, document)},
                  {"permissions", to_json(document.permissions)}};
  return with_body(Method::post, routes.documents(schema.id), Idempotency::settled, body);
}

/// One of the documents of a request that creates many.
[[nodiscard]] inline Json bulk_document(const CollectionSchema& schema, const Document& document) {
  Json data = data_of(schema, document);
  data["$id"] = document.id;
  data["$permissions"] = to_json(document.permissions);
  return data;
}
[[nodiscard]] inline Call create_many_call(const Routes& routes, const std::string& collection, Json documents) {
  return with_body(Method::post, routes.documents(collection), Idempotency::settled,
                   Json{{routes.documents_word(), std::move(documents)}});
}

/// Done only if the record is as it was at `seen`, so that a second attempt is refused.
[[nodiscard]] inline Call patch_call(const Routes& routes, const std::string& collection, std::string_view id,
                                     const Json& body, Timestamp seen) {
  Call call = with_body(Method::patch, routes.document(collection, id), Idempotency::settled, body);
  only_if_unchanged_since(call, seen);
  return call;
}

[[nodiscard]] inline Call remove_call(const Routes& routes, const std::string& collection, std::string_view id,
                                      std::optional<Timestamp> since) {
  Call call{.request = {.method = Method::remove, .path = routes.document(collection, id)},
            .idempotency = Idempotency::settled};
  only_if_unchanged_since(call, since);
  return call;
}

struct ListAnswer {
  std::vector<DocumentPtr> documents{};
  std::int64_t total = 0;  ///< 5,000 means that or more
};

[[nodiscard]] inline ListAnswer list_answer(const Routes& routes, const CollectionSchema& schema,
                                            const HttpResponse& response) {
  const Json body = body_of(response);
  const auto stored = body.find(routes.documents_word());
  if (stored == body.end() || !stored->is_array())
    throw Error(Errc::corrupt, "the server's answer to a list is no list", {.http_status = response.status});
  ListAnswer answer{.total = body.value("total", std::int64_t{0})};
  answer.documents.reserve(stored->size());
  for (const Json& one : *stored)
    answer.documents.push_back(std::make_shared<const Document>(document_of(schema, one)));
  return answer;
}

[[nodiscard]] inline DocumentPtr document_answer(const CollectionSchema& schema, const HttpResponse& response) {
  return std::make_shared<const Document>(document_of(schema, body_of(response)));
}

/// Whether the error is the server's of that type, in the words of `/databases`.
[[nodiscard]] inline bool has_type(const Error& error, std::string_view type) {
  return legacy_type(error.context().server_type) == type;
}

}  // namespace reel::appwrite
