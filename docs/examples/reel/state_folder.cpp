#include "state_folder.hpp"

#include <cstdlib>

namespace tool {

std::optional<std::string> state_folder() {
  const char* const state = std::getenv("XDG_STATE_HOME");
  const char* const home = std::getenv("HOME");
  if (state && *state != '\0') return std::string(state) + "/reel";
  if (home && *home != '\0') return std::string(home) + "/.local/state/reel";
  return std::nullopt;
}

}  // namespace tool
