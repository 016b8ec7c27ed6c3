#include <emulator/access/user_state.hpp>

#include <algorithm>

namespace reel::emulator {
namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& letter : out) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  return out;
}

std::int64_t milliseconds(Time time) { return time.time_since_epoch().count(); }
Time time_at(const Json& milliseconds) { return Time{std::chrono::milliseconds{milliseconds.get<std::int64_t>()}}; }

Json save_credentials(const std::map<std::string, Credential, std::less<>>& credentials) {
  Json out = Json::array();
  for (const auto& [secret, credential] : credentials) {
    out.push_back({{"secret", secret},
                   {"session", credential.session_id},
                   {"user", credential.user_id},
                   {"expires", milliseconds(credential.expires)}});
  }
  return out;
}

void load_credentials(const Json& saved, std::map<std::string, Credential, std::less<>>& credentials) {
  for (const Json& credential : saved) {
    credentials[credential.at("secret")] = {credential.at("session"), credential.at("user"),
                                            time_at(credential.at("expires"))};
  }
}

}  // namespace

User* UserState::find(std::string_view id) {
  const auto found = users.find(lower(id));
  return found == users.end() ? nullptr : &found->second;
}

bool UserState::add(User user) { return users.emplace(lower(user.id), std::move(user)).second; }

void UserState::remove(std::string_view id) {
  const auto belongs = [&](const auto& entry) { return entry.second.user_id == id; };
  std::erase_if(sessions, belongs);
  std::erase_if(tokens, belongs);
  if (const User* user = find(id)) teams.remove_member(user->id);
  users.erase(lower(id));
}

std::vector<std::string> roles_of(const User& user, const TeamState& teams) {
  const std::string state = user.email_verified ? "verified" : "unverified";
  std::vector<std::string> roles{"user:" + user.id, "user:" + user.id + "/" + state, "users/" + state};
  for (std::string& role : teams.roles_of(user.id)) roles.push_back(std::move(role));
  for (const std::string& label : user.labels) roles.push_back("label:" + label);
  return roles;
}

Json to_json(const User& user) {
  const std::string created = write_time(user.created);
  const std::string updated = write_time(user.updated);
  Json targets = Json::array();
  if (!user.email.empty()) {
    targets.push_back({{"$id", user.target_id},
                       {"$createdAt", created},
                       {"$updatedAt", created},
                       {"name", ""},
                       {"userId", user.id},
                       {"providerId", nullptr},
                       {"providerType", "email"},
                       {"identifier", user.email},
                       {"expired", false}});
  }
  const bool has_password = user.has_password;
  return {{"$id", user.id},
          {"$createdAt", created},
          {"$updatedAt", updated},
          {"name", user.name},
          {"password", has_password ? "$argon2id$v=19$m=65536,t=4,p=3$" + user.target_id : std::string{}},
          {"hash", "argon2"},
          {"hashOptions", {{"type", "argon2"}, {"memory_cost", 65536}, {"time_cost", 4}, {"threads", 3}}},
          {"registration", created},
          {"status", user.active},
          {"labels", user.labels},
          {"passwordUpdate", has_password ? created : std::string{}},
          {"email", user.email},
          {"phone", user.phone},
          {"emailVerification", user.email_verified},
          {"phoneVerification", false},
          {"mfa", false},
          {"prefs", Json::object()},
          {"targets", std::move(targets)},
          {"accessedAt", user.accessed == Time{} ? std::string{} : write_time(user.accessed)}};
}

Json account_json(const User& user) {
  Json account = to_json(user);
  for (const char* hidden : {"password", "hash", "hashOptions"}) account.erase(hidden);
  return account;
}

Json save_users(const UserState& state) {
  Json users = Json::array();
  for (const auto& [key, user] : state.users) {
    users.push_back({{"id", user.id},
                     {"email", user.email},
                     {"phone", user.phone},
                     {"name", user.name},
                     {"target", user.target_id},
                     {"password", user.has_password},
                     {"active", user.active},
                     {"verified", user.email_verified},
                     {"labels", user.labels},
                     {"created", milliseconds(user.created)},
                     {"updated", milliseconds(user.updated)},
                     {"accessed", milliseconds(user.accessed)}});
  }
  return {{"users", std::move(users)},
          {"sessions", save_credentials(state.sessions)},
          {"tokens", save_credentials(state.tokens)},
          {"teams", save_teams(state.teams)}};
}

void load_users(const Json& saved, UserState& state) {
  for (const Json& user : saved.at("users")) {
    state.add({.id = user.at("id"),
               .email = user.at("email"),
               .phone = user.at("phone"),
               .name = user.at("name"),
               .target_id = user.at("target"),
               .has_password = user.at("password"),
               .active = user.at("active"),
               .email_verified = user.at("verified"),
               .labels = user.at("labels").get<std::vector<std::string>>(),
               .created = time_at(user.at("created")),
               .updated = time_at(user.at("updated")),
               .accessed = time_at(user.at("accessed"))});
  }
  load_credentials(saved.at("sessions"), state.sessions);
  load_credentials(saved.at("tokens"), state.tokens);
  // Versions without teams saved none.
  if (saved.contains("teams")) load_teams(saved.at("teams"), state.teams);
}

}  // namespace reel::emulator
