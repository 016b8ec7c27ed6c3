#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace reel::emulator {

/// Who calls.
struct Caller {
  bool is_key = false;              ///< An API key: permissions and `enabled` do not bind it.
  std::string key_name;             ///< Of that key.
  std::string user_id;              ///< Of a signed-in user, else empty.
  std::string user_label;           ///< His e-mail, name or "User", as messages show him.
  std::vector<std::string> roles;   ///< `any`, `guests`, `users`, `user:ID` …
  std::vector<std::string> scopes;  ///< `*` alone: all.

  bool is_user() const noexcept { return !user_id.empty(); }
  bool has_role(std::string_view role) const { return std::find(roles.begin(), roles.end(), role) != roles.end(); }
  bool has_scope(std::string_view scope) const {
    return (scopes.size() == 1 && scopes[0] == "*") || std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
  }
};

}  // namespace reel::emulator
