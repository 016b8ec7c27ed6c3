#pragma once

#include <optional>

#include "support/appwrite_server/call.hpp"
#include "support/appwrite_server/caller.hpp"
#include "support/appwrite_server/project.hpp"
#include "support/appwrite_server/request.hpp"
#include "support/appwrite_server/response.hpp"
#include "support/appwrite_server/router.hpp"
#include "support/appwrite_server/version.hpp"

namespace appwrite_server {

/// Who sent the request, by key, session or JWT; throws 401 or 403. Called with the project's mutex held.
Caller identify(Project& project, const Request& request, Version version);

/// Throws 401 `general_unauthorized_scope` if the caller lacks every scope of the route.
void check_scope(const Call& call);

/// Throws 429; else remembers the call and sets the x-ratelimit headers of `response`.
void count_call(const Call& call, Response& response);

/// What needs neither route nor project: OPTIONS.
std::optional<Response> answer_without_route(const Request& request);

/// Adds what every response carries (CORS …) and compresses the body if the client takes that.
void finish_response(const Request& request, Response& response);

/// 404 `general_route_not_found`.
[[noreturn]] void refuse_unknown_route();
/// 404 `project_not_found`.
[[noreturn]] void refuse_unknown_project();

/// What is answered without a project: the error of the route's area.
[[noreturn]] void refuse_without_project(const Route& route, const Request& request, Version version);

}  // namespace appwrite_server
