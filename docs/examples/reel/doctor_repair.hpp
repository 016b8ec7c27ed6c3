#pragma once

#include <vector>

#include <reel/backends/filesystem/repair.hpp>

#include "json.hpp"

/// What is damaged in the journals of a `file:` store.
namespace tool {

/// Looks at every journal in the folder; repairs what is damaged unless `look_only`. Entries of whole journals are left
/// out.
[[nodiscard]] std::vector<reel::filesystem::Repair> repair_journals(const std::string& folder, bool look_only);

[[nodiscard]] Json json_of(const std::vector<reel::filesystem::Repair>& repairs);
/// Prints to standard output; nothing if there are none. `look_only`: they report what a repair would do.
void print(const std::vector<reel::filesystem::Repair>& repairs, bool look_only);

/// The exit status of a repair: `failed` if something cannot be repaired, `not_clean` if records were given up.
[[nodiscard]] int status_of(const std::vector<reel::filesystem::Repair>& repairs);

}  // namespace tool
