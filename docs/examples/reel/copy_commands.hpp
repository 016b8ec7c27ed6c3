#pragma once

#include <CLI/CLI.hpp>

#include "command_set.hpp"
#include "commands.hpp"

namespace tool {

/// The commands that copy and compare stores, with their arguments.
class CopyCommands {
 public:
  /// The object must outlive `app` and `commands`.
  void add(CLI::App& app, CommandSet& commands) {
    add_migrate(app, commands);
    add_retry(app, commands);
    add_control(app, commands);
    add_mirror(app, commands);
    add_verify(app, commands);
  }

 private:
  void add_migrate(CLI::App& app, CommandSet& commands);
  void add_retry(CLI::App& app, CommandSet& commands);
  void add_verify(CLI::App& app, CommandSet& commands);
  void add_control(CLI::App& app, CommandSet& commands);
  void add_mirror(CLI::App& app, CommandSet& commands);

  MigrateArguments migrate_;
  RetryArguments retry_;
  VerifyArguments verify_;
  ControlArguments control_;
  MirrorArguments mirror_;
};

}  // namespace tool
