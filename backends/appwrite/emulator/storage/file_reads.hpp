#pragma once

#include <emulator/server/call.hpp>

namespace reel::emulator {

Response show_file(Call& call);
Response download_file(Call& call);
Response view_file(Call& call);
Response preview_file(Call& call);

}  // namespace reel::emulator
