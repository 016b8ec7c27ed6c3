#pragma once

#include <vector>

#include <reel/backends/filesystem/repair.hpp>

#include "json.hpp"

/// Damage in the journals of a `file:` store.
namespace tool {

/// Checks every journal in the folder, and repairs damaged ones unless `look_only`. The result contains damaged
/// journals only.
[[nodiscard]] std::vector<reel::filesystem::Repair> repair_journals(const std::string& folder, bool look_only);

[[nodiscard]] Json json_of(const std::vector<reel::filesystem::Repair>& repairs);
/// Prints the repairs to standard output, if any. `look_only`: they describe what a repair would do.
void print(const std::vector<reel::filesystem::Repair>& repairs, bool look_only);

/// Returns the exit status of a repair: `failed` if something cannot be repaired, `not_clean` if records were
/// discarded.
[[nodiscard]] int status_of(const std::vector<reel::filesystem::Repair>& repairs);

}  // namespace tool
