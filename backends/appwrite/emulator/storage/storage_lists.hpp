#pragma once

#include <emulator/server/call.hpp>

namespace reel::emulator {

Response list_buckets(Call& call);
Response list_files(Call& call);

}  // namespace reel::emulator
