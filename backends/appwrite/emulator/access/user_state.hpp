#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <emulator/values/json.hpp>
#include <emulator/values/time.hpp>

namespace reel::emulator {

/// A user, as far as permissions ask.
struct User {
  std::string id;
  std::string email;
  std::string phone;
  std::string name;
  std::string target_id;  ///< Of the e-mail as a place to send messages to.
  bool has_password = false;
  bool active = true;
  bool email_verified = false;
  std::vector<std::string> labels;
  Time created{};
  Time updated{};
  Time accessed{};  ///< The epoch: never.
};

/// A session or a JWT: whoever shows the secret is the user, until it expires.
struct Pass {
  std::string session_id;
  std::string user_id;
  Time expires{};
};

/// Calls counted in one minute.
struct CallCount {
  std::int64_t minute = 0;
  int calls = 0;
};

/// The users of a project, who is signed in, and how often each has called.
struct UserState {
  std::map<std::string, User, std::less<>> users;  ///< By id in lower case.
  std::map<std::string, Pass, std::less<>> sessions;
  std::map<std::string, Pass, std::less<>> tokens;  ///< JWTs.
  std::map<std::string, CallCount, std::less<>> calls;

  User* find(std::string_view id);
  /// False if there is one with that id.
  bool add(User user);
  /// With his sessions.
  void remove(std::string_view id);
};

/// The roles of a user beyond `any` and `users`, in the server's order.
std::vector<std::string> roles_of(const User& user);

/// As the routes under `/users` show him.
Json to_json(const User& user);

Json save_users(const UserState& state);
void load_users(const Json& saved, UserState& state);

}  // namespace reel::emulator
