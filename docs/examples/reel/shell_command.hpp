#pragma once

#include <functional>
#include <string>

namespace tool {

/// The end of a command.
struct CommandResult {
  bool is_success = false;   ///< exit status 0
  bool was_stopped = false;  ///< by `stop`
  std::string reason{};      ///< `exit status 3`, `signal 9`
  std::string log{};         ///< its standard output and standard error, at most the last 8 MiB
};

/// Runs a command with sh, without input, and calls `stop` several times a second. Once it returns true, ends the
/// command and the processes it has started: SIGTERM, and SIGKILL a second later. Throws std::system_error if no
/// process can be started.
[[nodiscard]] CommandResult run_command(const std::string& command, const std::function<bool()>& stop);

}  // namespace tool
