#pragma once

#include <emulator/server/call.hpp>

namespace reel::emulator {

/// Handlers of the routes that read one file: its record, its bytes as a download, its bytes for display in a browser,
/// and its preview, which is always one grey pixel. Each throws 401 or 404 if the caller may not read the file.
Response show_file(Call& call);
Response download_file(Call& call);
Response view_file(Call& call);
Response preview_file(Call& call);

}  // namespace reel::emulator
