#pragma once

#include <emulator/server/call.hpp>

namespace reel::emulator {

/// Handlers of the lists of buckets and of the files of a bucket. A list of files contains only those the caller may
/// read.
Response list_buckets(Call& call);
Response list_files(Call& call);

}  // namespace reel::emulator
