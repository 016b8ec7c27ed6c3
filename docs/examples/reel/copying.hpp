#pragma once

#include "progress.hpp"
#include "store.hpp"

/// Shared by migrate and verify.
namespace tool {

/// The number of blobs that are transferred in parallel, each with 8 MiB of memory. Transfers mostly wait for
/// the disk, so the number does not depend on the cores.
inline constexpr int at_once = 4;

/// Returns a function that counts the records of a collection or the blobs of a bucket in `source`. Its result is empty
/// if the count fails.
[[nodiscard]] ProgressLine::Count count_in(Store& source);

}  // namespace tool
