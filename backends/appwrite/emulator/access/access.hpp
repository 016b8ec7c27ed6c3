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

struct User;  // user_state.hpp

/// Authenticates a request by API key, session or JWT; without any of them the caller is a guest. Marks a user as
/// accessed now. The caller of this function holds the project's mutex. Throws 401 `user_unauthorized` for an unknown
/// key, 401 `user_jwt_invalid` for a JWT that is unknown or expired, and 403 if a request uses two of the methods that
/// exclude each other in this version. An unknown or expired session counts as none.
Caller identify(Project& project, const Request& request, Version version);

/// The user whose session or JWT a request sends, whether or not it sends a key; null for a guest. Throws the errors of
/// identify() for a JWT. The caller of this function holds the project's mutex.
User* signed_in_user(Project& project, const Request& request, Version version);
/// The user of a session with this secret; null if it is unknown or has expired.
User* user_of_session(Project& project, std::string_view secret);

/// Adds `x-appwrite-warning` if the X-Appwrite-Response-Format header names a newer version than `version`.
void warn_about_format(const Call& call, const std::string& version, Response& response);

/// Throws 401 `general_unauthorized_scope` if the caller has none of the route's scopes, and 401 (403 from 1.9)
/// `user_blocked` if the caller is a blocked user.
void check_scope(const Call& call);

/// Sets the x-ratelimit headers of `response` if the route has a limit, and counts the call if `Config::rate_limits` is
/// on and the caller is not a key. Throws 429 `general_rate_limit_exceeded` when the limit of the minute is reached.
void count_call(const Call& call, Response& response);

/// The response to a request that needs neither route nor project, which is OPTIONS; empty for other methods.
std::optional<Response> answer_without_route(const Request& request);

/// Adds the headers of every response, such as CORS, and compresses the body if the client accepts that.
void finish_response(const Request& request, Response& response);

/// Throws 404 `general_route_not_found`.
[[noreturn]] void refuse_unknown_route();
/// Throws 404 `project_not_found`.
[[noreturn]] void refuse_unknown_project();

/// Id of the project that serves requests without a project id. It has no keys.
inline constexpr std::string_view console_project = "console";

/// Throws 401 `general_access_forbidden` if a request to a database does not name a project.
void check_project(const Call& call);

}  // namespace reel::emulator
