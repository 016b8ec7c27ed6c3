#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace reel::emulator {

/// The authenticated sender of a request.
struct Caller {
  bool is_key = false;              ///< An API key. Permissions and `enabled` do not restrict it.
  std::string key_name;             ///< Name of that key, else empty.
  std::string user_id;              ///< Id of a signed-in user, else empty.
  std::string user_label;           ///< The caller in messages: e-mail address, "User" or a label of the key.
  std::vector<std::string> roles;   ///< `any`, `guests`, `users`, `user:ID` …
  std::vector<std::string> scopes;  ///< `*` alone means all scopes.

  bool is_user() const noexcept { return !user_id.empty(); }
  /// Whether the caller has exactly this role.
  bool has_role(std::string_view role) const { return std::find(roles.begin(), roles.end(), role) != roles.end(); }
  bool has_scope(std::string_view scope) const {
    return (scopes.size() == 1 && scopes[0] == "*") || std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
  }
};

}  // namespace reel::emulator
