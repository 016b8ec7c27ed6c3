#pragma once

#include <optional>

#include <reel/error.hpp>
#include <reel/migration/limits.hpp>
#include <reel/migration/progress.hpp>

namespace reel {

/// The state of a migration, see `MigrationControl::status`.
struct MigrationStatus {
  bool is_running = false;           ///< `migrate` has begun and not returned
  bool is_paused = false;            ///< see `MigrationControl::pause`
  MigrationLimits limits{};          ///< in effect
  MigrationProgress progress{};      ///< last reported
  std::optional<Error> waits_for{};  ///< why a store does not respond, while the migration waits for it
};

}  // namespace reel
