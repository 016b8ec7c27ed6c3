#pragma once

#include <optional>
#include <string_view>

#include <emulator/access/caller.hpp>
#include <emulator/http/request.hpp>
#include <emulator/http/response.hpp>
#include <emulator/server/call.hpp>
#include <emulator/server/project.hpp>
#include <emulator/server/router.hpp>
#include <emulator/server/version.hpp>

namespace reel::emulator {

/// Who sent the request, by key, session or JWT; throws 401 or 403. Called with the project's mutex held.
Caller identify(Project& project, const Request& request, Version version);

/// Adds `x-appwrite-warning` if the client was made for a newer server.
void warn_about_format(const Call& call, const std::string& version, Response& response);

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

/// The project of requests that name none. It has no keys.
inline constexpr std::string_view console_project = "console";

/// Throws 401 `general_access_forbidden` for databases without a project.
void check_project(const Call& call);

}  // namespace reel::emulator
