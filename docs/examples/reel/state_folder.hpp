#pragma once

#include <filesystem>
#include <string>

namespace tool {

/// The folder `reel/<name>` below `$XDG_STATE_HOME`, by default `~/.local/state`. Creates it. Throws `invalid` if
/// neither XDG_STATE_HOME nor HOME is set, and `unavailable` if it cannot be created.
///
/// - `content`: for messages, `the progress of uploads`
[[nodiscard]] std::filesystem::path state_folder(const std::string& name, const std::string& content);

}  // namespace tool
