#pragma once

#include <string>

#include "commands.hpp"
#include "store.hpp"

namespace tool {

/// The path of the journal of a migration: `MigrateArguments::journal`, or by default a file in `state_folder()` whose
/// name identifies both stores and the options that a journal is bound to; empty: none. None for a plan, for a
/// store in memory, or if no such file can be created. `--restart` removes it.
[[nodiscard]] std::string journal_file(const MigrateArguments& arguments, const Store& source, const Store& target);

}  // namespace tool
