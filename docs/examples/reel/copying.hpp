#pragma once

#include "progress.hpp"
#include "store.hpp"

/// What migrating and verifying have in common.
namespace tool {

/// So many blobs are under way at the same time, each with 8 MiB of memory; waiting for the disk is most of the work.
inline constexpr int at_once = 4;

/// Counts the records of a collection or the blobs of a bucket of the pipeline in `source`; nothing if that fails.
[[nodiscard]] ProgressLine::Count count_in(Store& source);

}  // namespace tool
