#pragma once

#include <string>
#include <vector>

#include <reel/video/orphans.hpp>

#include "json.hpp"
#include "store.hpp"

namespace tool {

/// The records and files of a store that an interrupted program has left.
struct OrphanSearch {
  std::vector<reel::video::Orphan> found{};
  std::string problem{};  ///< the reason why they cannot be determined, or empty
};

/// Reads the records of the pipeline and lists its files. Does not throw `reel::Error`.
[[nodiscard]] OrphanSearch find_orphans(Store& store);
[[nodiscard]] Json json_of(const OrphanSearch& search);
/// Prints nothing if no orphan was found.
void print(const OrphanSearch& search);

}  // namespace tool
