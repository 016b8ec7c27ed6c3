#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <emulator/access/team_state.hpp>
#include <emulator/values/json.hpp>
#include <emulator/values/time.hpp>
#include <emulator/values/validator.hpp>

namespace reel::emulator {

/// A user of a project, with the members that the emulated routes need.
struct User {
  std::string id;
  std::string email;
  std::string phone;
  std::string name;
  std::string target_id;  ///< Id of the e-mail address as a messaging target.
  bool has_password = false;
  bool active = true;
  bool email_verified = false;
  std::vector<std::string> labels;
  Time created{};
  Time updated{};
  Time accessed{};  ///< Last authenticated request; the epoch: never.
};

/// A session or a JWT. A request with its secret acts as the user until it expires.
struct Credential {
  std::string session_id;  ///< Empty for a JWT.
  std::string user_id;
  Time expires{};
};

/// The calls of one counter in one minute.
struct CallCount {
  std::int64_t minute = 0;  ///< Minutes since 1970.
  int calls = 0;
};

/// The users of a project, their sessions and JWTs, their teams, and the counters of the rate limits. Guarded by the
/// project's mutex.
struct UserState {
  std::map<std::string, User, std::less<>> users;           ///< By id in lower case.
  std::map<std::string, Credential, std::less<>> sessions;  ///< By secret.
  std::map<std::string, Credential, std::less<>> tokens;    ///< JWTs, by their encoded form.
  TeamState teams;
  std::map<std::string, CallCount, std::less<>> calls;  ///< By client, route, user and chunk.

  /// The user with this id, compared without case; null if not found. Valid until the user is removed.
  User* find(std::string_view id);
  /// Adds a user; false if there is one with that id.
  bool add(User user);
  /// Removes a user with all sessions, JWTs and memberships.
  void remove(std::string_view id);
};

/// The roles of a user in addition to `any` and `users`, in the server's order.
std::vector<std::string> roles_of(const User& user, const TeamState& teams);

/// An e-mail address.
Validator email_address();
/// A phone number that starts with `+`.
Validator phone_number();

/// The user as the routes under `/users` return it.
Json to_json(const User& user);
/// The user as its own client sees it, without the password.
Json account_json(const User& user);

/// The users, sessions, JWTs and teams for a snapshot, without counters.
Json save_users(const UserState& state);
/// Restores the result of save_users() into an empty state. Throws a JSON exception if a member is missing.
void load_users(const Json& saved, UserState& state);

}  // namespace reel::emulator
