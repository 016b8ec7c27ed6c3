#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <emulator/access/user_state.hpp>
#include <emulator/server/app.hpp>
#include <emulator/server/project.hpp>
#include <emulator/server/router.hpp>
#include <emulator/server/server_error.hpp>

namespace reel::emulator {
namespace {

Validator password() {
  return rule([](const Json& value) { return value.is_string() && characters(value.get<std::string>()) >= 8; },
              "Password must be between 8 and 256 characters long.");
}

User& user_of(Call& call) {
  if (User* user = call.project.users->find(call.id("userId"))) return *user;
  throw ServerError{404, "user_not_found", "User with the requested ID could not be found."};
}

std::string text_or_empty(const Json& value) { return value.is_null() ? std::string{} : value.get<std::string>(); }

Response create_user(Call& call) {
  const std::string id = call.parameters.required_text("userId", custom_id());
  const std::string email = text_or_empty(call.parameters.optional("email", nullptr, nullable(email_address())));
  const std::string phone = text_or_empty(call.parameters.optional("phone", nullptr, nullable(phone_number())));
  const bool has_password = !call.parameters.optional("password", "", password()).get<std::string>().empty();
  const std::string name = call.parameters.optional("name", "", text(128, 0)).get<std::string>();
  UserState& state = *call.project.users;
  const bool taken = !email.empty() && std::any_of(state.users.begin(), state.users.end(),
                                                   [&](const auto& entry) { return entry.second.email == email; });
  User user{.id = id == "unique()" ? make_id() : id,
            .email = email,
            .phone = phone,
            .name = name,
            .target_id = make_id(),
            .has_password = has_password,
            .labels = {},
            .created = call.now,
            .updated = call.now};
  Json shown = to_json(user);
  if (taken || !state.add(std::move(user))) {
    throw ServerError{409, "user_already_exists",
                      "A user with the same id, email, or phone already exists in this project."};
  }
  return json_response(201, shown);
}

Response list_users(Call& call) {
  Json users = Json::array();
  for (const auto& [key, user] : call.project.users->users) users.push_back(to_json(user));
  return json_response(200, {{"total", users.size()}, {"users", std::move(users)}});
}

Response show_user(Call& call) { return json_response(200, to_json(user_of(call))); }

Response delete_user(Call& call) {
  call.project.users->remove(user_of(call).id);
  return no_content();
}

Response update_status(Call& call) {
  User& user = user_of(call);
  user.active = php_bool(call.parameters.required("status", boolean()));
  user.updated = call.now;
  return json_response(200, to_json(user));
}

Response update_labels(Call& call) {
  User& user = user_of(call);
  user.labels =
      call.parameters.required("labels", list_of(text(36), text_sentence(36), 1000)).get<std::vector<std::string>>();
  user.updated = call.now;
  return json_response(200, to_json(user));
}

Response update_verification(Call& call) {
  User& user = user_of(call);
  user.email_verified = php_bool(call.parameters.required("emailVerification", boolean()));
  user.updated = call.now;
  return json_response(200, to_json(user));
}

Json session_json(const std::string& id, const std::string& user_id, const std::string& secret, Time now,
                  Time expires) {
  return {{"$id", id},
          {"$createdAt", write_time(now)},
          {"$updatedAt", write_time(now)},
          {"userId", user_id},
          {"expire", write_time(expires)},
          {"provider", "server"},
          {"providerUid", ""},
          {"providerAccessToken", ""},
          {"providerAccessTokenExpiry", ""},
          {"providerRefreshToken", ""},
          {"ip", "127.0.0.1"},
          {"osCode", ""},
          {"osName", ""},
          {"osVersion", ""},
          {"clientType", ""},
          {"clientCode", ""},
          {"clientName", ""},
          {"clientVersion", ""},
          {"clientEngine", ""},
          {"clientEngineVersion", ""},
          {"deviceName", ""},
          {"deviceBrand", ""},
          {"deviceModel", ""},
          {"countryCode", "--"},
          {"countryName", "Unknown"},
          {"current", false},
          {"factors", {"server"}},
          {"secret", secret},
          {"mfaUpdatedAt", ""}};
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k > group.size() ? '=' : digits[bits >> (18 - 6 * k) & 63];
  }
  return text;
}

Response create_session(Call& call) {
  const User& user = user_of(call);
  const std::string id = make_id();
  const std::string secret = base64(Json{{"id", user.id}, {"secret", random_hex(256)}}.dump());
  const Time expires = call.now + call.app.config().session_lifetime;
  call.project.users->sessions[secret] = {id, user.id, expires};
  return json_response(201, session_json(id, user.id, secret, call.now, expires));
}

Response delete_sessions(Call& call) {
  const User& user = user_of(call);
  std::erase_if(call.project.users->sessions, [&](const auto& entry) { return entry.second.user_id == user.id; });
  return no_content();
}

Response delete_session(Call& call) {
  const User& user = user_of(call);
  const std::string id = call.id("sessionId");
  const auto removed = std::erase_if(call.project.users->sessions, [&](const auto& entry) {
    return entry.second.user_id == user.id && entry.second.session_id == id;
  });
  if (removed > 0) return no_content();
  throw ServerError{404, "user_session_not_found", "The current user session could not be found."};
}

Response create_token(Call& call) {
  const User& user = user_of(call);
  const Json duration = call.parameters.optional("duration", 900, integer_range(0, 3600));
  const std::chrono::seconds lifetime{duration.is_string() ? std::stoll(duration.get<std::string>())
                                                           : duration.get<std::int64_t>()};
  // Starts like a real JWT. Only this server reads it, so the rest is random.
  const std::string token = "eyJ" + random_hex(33) + ".eyJ" + random_hex(120) + "." + random_hex(43);
  call.project.users->tokens[token] = {{}, user.id, call.now + lifetime};
  return json_response(201, {{"jwt", token}});
}

Response show_account(Call& call) {
  return json_response(200, account_json(*call.project.users->find(call.caller.user_id)));
}

}  // namespace

Validator email_address() {
  return rule(
      [](const Json& value) {
        if (!value.is_string()) return false;
        const auto& text = value.get_ref<const std::string&>();
        const std::size_t at = text.find('@');
        return at != std::string::npos && at > 0 && text.find('.', at) != std::string::npos && !text.ends_with('.');
      },
      "Value must be a valid email address");
}

Validator phone_number() {
  return rule([](const Json& value) { return value.is_string() && value.get<std::string>().starts_with('+'); },
              "Phone number must start with a '+' can have a maximum of fifteen digits.");
}

void add_user_routes(Router& router) {
  const RouteOptions read{.area = "users", .scopes = {"users.read"}};
  const RouteOptions write{.area = "users", .scopes = {"users.write"}};
  router.add("POST", "/users", write, create_user);
  router.add("GET", "/users", read, list_users);
  router.add("GET", "/users/:userId", read, show_user);
  router.add("DELETE", "/users/:userId", write, delete_user);
  router.add("PATCH", "/users/:userId/status", write, update_status);
  router.add("PUT", "/users/:userId/labels", write, update_labels);
  router.add("PATCH", "/users/:userId/verification", write, update_verification);
  router.add("POST", "/users/:userId/sessions", write, create_session);
  router.add("DELETE", "/users/:userId/sessions", write, delete_sessions);
  router.add("DELETE", "/users/:userId/sessions/:sessionId", write, delete_session);
  router.add("POST", "/users/:userId/jwts", write, create_token);
  router.add("GET", "/account", {.area = "account", .scopes = {"account"}}, show_account);
}

}  // namespace reel::emulator
