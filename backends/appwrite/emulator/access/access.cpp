#include <emulator/access/access.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <emulator/access/scopes.hpp>
#include <emulator/access/user_state.hpp>
#include <emulator/server/server_error.hpp>

namespace reel::emulator {
namespace {

[[noreturn]] void refuse_token(const std::string& why) {
  throw ServerError{401, "user_jwt_invalid", "Failed to verify JWT. " + why};
}

/// Throws the error for a JWT that this server did not issue. The message depends on how far the real server's checks
/// of its structure get.
[[noreturn]] void refuse_unknown_token(std::string_view token) {
  if (std::count(token.begin(), token.end(), '.') != 2) refuse_token("Invalid token: Incomplete segments");
  // The header of a real JWT is JSON in base64, which starts with `{"`.
  if (!token.starts_with("eyJ")) refuse_token("JSON failed: Syntax error");
  refuse_token("Invalid token: Signature failed");
}

std::string session_secret(const Project& project, const Request& request) {
  if (const auto header = request.header("x-appwrite-session"); header && !header->empty()) return std::string{*header};
  const std::string_view cookies = request.header("cookie").value_or("");
  const std::string name = "a_session_" + project.id + "=";
  const std::size_t at = cookies.find(name);
  if (at == std::string_view::npos || (at > 0 && cookies[at - 1] != ' ' && cookies[at - 1] != ';')) return {};
  const std::string_view rest = cookies.substr(at + name.size());
  return std::string{rest.substr(0, rest.find(';'))};
}

/// The key with this secret. Null if the secret starts with the name of another kind of key (`dynamic_…`), which makes
/// the caller a guest; otherwise throws 401.
const ApiKey* find_key(const Project& project, std::string_view secret) {
  for (const ApiKey& key : project.keys) {
    if (!key.secret.empty() && key.secret == secret) return &key;
  }
  const std::size_t underscore = secret.find('_');
  const bool other_kind = underscore != std::string_view::npos && secret.substr(0, underscore) != "standard";
  if (other_kind) return nullptr;
  throw ServerError{401, "user_unauthorized", "The current user is not authorized to perform the requested action."};
}

std::string hostname(const Request& request) {
  const std::string_view host = request.header("host").value_or("localhost");
  return std::string{host.substr(0, host.find(':'))};
}

Caller key_caller(const Project& project, const Request& request, const ApiKey& key) {
  return {.is_key = true,
          .key_name = key.name,
          .user_id = {},
          .user_label = "app." + project.id + "@service." + hostname(request),
          .roles = {"any", "applications"},
          .scopes = scopes_of_key(key.scopes)};
}

Caller user_caller(User& user, const TeamState& teams) {
  user.accessed = current_time();
  std::vector<std::string> roles{"any", "users"};
  for (std::string& role : roles_of(user, teams)) roles.push_back(std::move(role));
  return {.is_key = false,
          .key_name = {},
          .user_id = user.id,
          .user_label = user.email.empty() ? "User" : user.email,
          .roles = std::move(roles),
          .scopes = scopes_of_users()};
}

Caller guest_caller() {
  return {.is_key = false,
          .key_name = {},
          .user_id = {},
          .user_label = "User",
          .roles = {"any", "guests"},
          .scopes = scopes_of_guests()};
}

}  // namespace

User* user_of_session(Project& project, std::string_view secret) {
  const auto found = project.users->sessions.find(secret);
  if (found == project.users->sessions.end() || found->second.expires < current_time()) return nullptr;
  return project.users->find(found->second.user_id);
}

User* signed_in_user(Project& project, const Request& request, Version version) {
  User* user = user_of_session(project, session_secret(project, request));
  const std::string_view token = request.header("x-appwrite-jwt").value_or("");
  if (token.empty()) return user;
  if (user != nullptr && version >= Version{1, 9, 0}) {
    throw ServerError{403, "user_jwt_and_cookie_set",
                      "JWT and cookie used in the same request. Use either `setJWT` or `setCookie`. Learn about which "
                      "authentication method to use in the SSR docs: "
                      "https://appwrite.io/docs/products/auth/server-side-rendering"};
  }
  const auto found = project.users->tokens.find(token);
  if (found == project.users->tokens.end()) refuse_unknown_token(token);
  if (found->second.expires < current_time()) refuse_token("Invalid token: Expired");
  User* named = project.users->find(found->second.user_id);
  return named == nullptr ? user : named;
}

Caller identify(Project& project, const Request& request, Version version) {
  User* user = signed_in_user(project, request, version);
  if (const auto secret = request.header("x-appwrite-key"); secret && !secret->empty()) {
    const ApiKey* key = find_key(project, *secret);
    if (key != nullptr && user != nullptr && version < Version{1, 9, 0}) {
      throw ServerError{403, "user_key_and_session_set",
                        "API key and session used in the same request. Use either `setSession` or `setKey`. Learn "
                        "about which authentication method to use in the SSR docs: "
                        "https://appwrite.io/docs/products/auth/server-side-rendering"};
    }
    if (key != nullptr) return key_caller(project, request, *key);
  }
  return user == nullptr ? guest_caller() : user_caller(*user, project.users->teams);
}

void check_scope(const Call& call) {
  const std::vector<std::string>& scopes = call.route.options.scopes;
  const Caller& caller = call.caller;
  const bool allowed = scopes.empty() || std::any_of(scopes.begin(), scopes.end(),
                                                     [&](const std::string& scope) { return caller.has_scope(scope); });
  if (!allowed) {
    const std::string role = caller.is_key ? "applications" : caller.is_user() ? "users" : "guests";
    const std::string missing = call.since(1, 8) ? "missing scopes (" + write_json(Json(scopes)) + ")"
                                                 : "missing scope (" + scopes.front() + ")";
    throw ServerError{401, "general_unauthorized_scope", caller.user_label + " (role: " + role + ") " + missing};
  }
  if (!caller.is_user()) return;
  const User* user = call.project.users->find(caller.user_id);
  if (user != nullptr && !user->active) {
    throw ServerError{call.since(1, 9) ? 403 : 401, "user_blocked",
                      "The current user has been blocked. You can unblock the user by making a request to the User "
                      "API's \"Update User Status\" endpoint with the appropriate scope."};
  }
}

void check_project(const Call& call) {
  const std::string& area = call.route.options.area;
  if (call.project.id != console_project || (area != "databases" && area != "tablesdb")) return;
  throw ServerError{401, "general_access_forbidden",
                    "No Appwrite project was specified. Please specify your project ID when initializing your Appwrite "
                    "SDK."};
}

void refuse_unknown_route() {
  throw ServerError{404, "general_route_not_found",
                    "Route not found. Please ensure the endpoint is configured correctly and that the API route is "
                    "valid for this SDK version. Refer to the API docs for more details."};
}

void refuse_unknown_project() {
  throw ServerError{404, "project_not_found",
                    "Project with the requested ID could not be found. Please check the value of the "
                    "X-Appwrite-Project header to ensure the correct project ID is being used."};
}

}  // namespace reel::emulator
