#pragma once

#include <reel/migration/items.hpp>
#include <reel/migration/set.hpp>

#include "commands.hpp"

namespace tool {

/// Migrates `set`, or of it what is in `only`, prints the report and returns the exit status.
int migrate(const MigrateArguments& arguments, const reel::MigrationSet& set, const reel::MigrationItems* only);

}  // namespace tool
