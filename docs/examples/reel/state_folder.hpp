#pragma once

#include <optional>
#include <string>

namespace tool {

/// The folder in which commands keep their progress: `$XDG_STATE_HOME/reel`, by default `~/.local/state/reel`. Empty if
/// neither XDG_STATE_HOME nor HOME is set. It need not exist.
[[nodiscard]] std::optional<std::string> state_folder();

}  // namespace tool
