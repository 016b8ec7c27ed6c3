#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <reel/migration/options.hpp>

#include "control_socket.hpp"
#include "json.hpp"
#include "store.hpp"

namespace tool {

/// The options of a copying command that select what is copied, into which names, and how fast.
struct CopyOptions {
  std::vector<std::string> conflicts{};  ///< KIND=TREATMENT
  std::vector<std::string> only{}, except{};
  std::vector<std::string> where{};   ///< KIND:ATTRIBUTE=VALUE
  std::vector<std::string> rename{};  ///< KIND=NAME
  std::string since{};                ///< see `time_option`; empty: everything
  std::string backup{};               ///< URL of a store; empty: none
  std::string control{};              ///< path of a socket; empty: none
  std::int64_t parallel = 0;          ///< 0: as the command chooses
  bool unordered = false;             ///< records may be created in another order
  std::int64_t requests_per_second = 0;
  std::uint64_t limit_rate = 0;  ///< bytes per second
};

/// The options that select what is copied, into which names.
[[nodiscard]] Json selection_of(const CopyOptions& options);
/// All options but the socket, for a report.
[[nodiscard]] Json json_of(const CopyOptions& options);
/// The options of a report. Throws `Json::exception` if they are malformed.
[[nodiscard]] CopyOptions copy_options_of(const Json& json);

/// Adds the options to `command`.
void add_copy_options(CLI::App& command, CopyOptions& options);

/// The resources of the options while the command runs: the store of the backup and the socket.
class CopySettings {
 public:
  /// Sets the members of `options` that need neither. Throws `UsageError` for options that are not valid.
  CopySettings(const CopyOptions& given, reel::MigrationOptions& options);
  /// Opens the backup and the socket, and sets the others. Throws the errors of doing so.
  void open(const CopyOptions& given, reel::MigrationOptions& options);
  /// Whether only a part of the source is copied, so that not every file of a tree is accounted for.
  [[nodiscard]] bool selects() const { return selects_; }

 private:
  bool selects_ = false;
  std::optional<Store> backup_;
  std::optional<ControlSocket> socket_;
};

}  // namespace tool
