#pragma once

#include <string>
#include <vector>

namespace reel::emulator {

/// The scopes of a caller without credentials.
std::vector<std::string> scopes_of_guests();
/// The scopes of a signed-in user.
std::vector<std::string> scopes_of_users();
/// The scopes of a key that was granted `granted`; `*` alone stands for all scopes a key can have. Some scopes come
/// with every key.
std::vector<std::string> scopes_of_key(const std::vector<std::string>& granted);

}  // namespace reel::emulator
