#pragma once

#include <string>
#include <vector>

namespace reel::emulator {

/// What anybody may call.
std::vector<std::string> scopes_of_guests();
/// What somebody who is signed in may call.
std::vector<std::string> scopes_of_users();
/// What a key with these scopes may call; `*` stands for every scope that a key can have.
std::vector<std::string> scopes_of_key(const std::vector<std::string>& granted);

}  // namespace reel::emulator
