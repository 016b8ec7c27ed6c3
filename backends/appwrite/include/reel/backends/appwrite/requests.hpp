#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/document_json.hpp>
#include <reel/backends/appwrite/document_reader.hpp>
#include <reel/backends/appwrite/routes.hpp>
#include <reel/utf8.hpp>

/// The requests about records, and their answers.
namespace reel::appwrite {

/// The one id that the server cannot create, and that its router takes for nothing.
inline constexpr std::string_view impossible_id = "0";

namespace detail {

[[noreturn]] inline void refuse_text(const HttpResponse& response) {
  throw Error(Errc::corrupt, "the server's answer is no JSON", {.http_status = response.status});
}

}  // namespace detail

/// The body of an answer. `corrupt` if it is no JSON.
[[nodiscard]] inline Json body_of(const HttpResponse& response) {
  Json body = Json::parse(response.body, nullptr, false);
  if (body.is_discarded()) detail::refuse_text(response);
  return body;
}

[[nodiscard]] inline Call with_body(Method method, std::string path, Idempotency idempotency, std::string body) {
  return {.request = {.method = method, .path = std::move(path), .body = std::move(body)}, .idempotency = idempotency};
}
[[nodiscard]] inline Call with_body(Method method, std::string path, Idempotency idempotency, const Json& body) {
  return with_body(method, std::move(path), idempotency, body.dump());
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
  return with_body(Method::post, routes.documents(schema.id), Idempotency::settled,
                   new_document(schema, document, routes.document_id_word()));
}

/// `documents`: made by `append_bulk_document`, with commas between.
[[nodiscard]] inline Call create_many_call(const Routes& routes, const std::string& collection,
                                           const std::string& documents) {
  return with_body(Method::post, routes.documents(collection), Idempotency::settled,
                   "{\"" + std::string(routes.documents_word()) + "\":[" + documents + "]}");
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

/// `corrupt` if it is no JSON, or no list of documents of the collection.
[[nodiscard]] inline ListAnswer list_answer(const Routes& routes, const CollectionSchema& schema,
                                            const HttpResponse& response) {
  const std::string_view word = routes.documents_word();
  ListAnswer answer;
  DocumentReader documents(schema);
  json::Reader in(response.body);
  bool listed = false, counted = true;
  const auto take = [&](std::string_view name) {
    if (name == word) {
      answer.documents.clear();
      listed = in.peek() == '[';
      return listed ? documents.read_list(in, answer.documents) : in.skip_value();
    }
    const auto text = read_text(in);
    if (text && name == "total") counted = detail::read_number(*text, answer.total);
    return text.has_value();
  };
  if (!is_valid_utf8(response.body) || !read_members(in, take) || !in.ends()) detail::refuse_text(response);
  if (!listed || !counted)
    throw Error(Errc::corrupt, "the server's answer to a list is no list", {.http_status = response.status});
  return answer;
}

/// `corrupt` if it is no JSON, or no document of the collection.
[[nodiscard]] inline DocumentPtr document_answer(const CollectionSchema& schema, const HttpResponse& response) {
  json::Reader in(response.body);
  if (is_valid_utf8(response.body)) {
    auto document = DocumentReader(schema).read(in);
    if (document && in.ends()) return std::make_shared<const Document>(std::move(*document));
  }
  detail::refuse_text(response);
}

/// Whether the error is the server's of that type, in the words of `/databases`.
[[nodiscard]] inline bool has_type(const Error& error, std::string_view type) {
  return legacy_type(error.context().server_type) == type;
}

}  // namespace reel::appwrite
