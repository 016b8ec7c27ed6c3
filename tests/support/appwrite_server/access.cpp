#include "support/appwrite_server/access.hpp"

#include "support/appwrite_server/server_error.hpp"

namespace appwrite_server {

std::optional<Response> answer_without_route(const Request&) { return std::nullopt; }
void finish_response(const Request&, Response&) {}
void refuse_unknown_route() { throw ServerError{404, "general_route_not_found", "Route not found."}; }
void refuse_unknown_project() { throw ServerError{404, "project_not_found", "Project not found."}; }
void refuse_without_project(const Route&, const Request&, Version) {
  throw ServerError{401, "general_access_forbidden", "No project."};
}

Caller identify(Project& project, const Request& request, Version) {
  const auto sent = request.header("x-appwrite-key");
  if (!sent) return {.roles = {"any", "guests"}, .scopes = {"documents.read", "documents.write"}};
  for (const ApiKey& key : project.keys) {
    if (key.secret == *sent) return {.is_key = true, .key_name = key.name, .scopes = key.scopes};
  }
  throw ServerError{401, "user_unauthorized", "The current user is not authorized to perform the requested action."};
}

void check_scope(const Call&) {}
void count_call(const Call& call, Response& response) {
  if (call.route.options.limit != 0) response.header("x-ratelimit-limit", std::to_string(call.route.options.limit));
}

}  // namespace appwrite_server
