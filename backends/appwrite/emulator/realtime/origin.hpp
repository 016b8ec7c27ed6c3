#pragma once

#include <string>

#include <emulator/http/request.hpp>

namespace reel::emulator {

/// Throws RealtimeError with code 1008 if the header Origin names neither localhost nor the host of the request. The
/// schemes `exp` and `appwrite-callback-PROJECT` are accepted with any host. Without the header nothing is checked,
/// because only browsers send it.
void check_origin(const Request& request, const std::string& project_id);

}  // namespace reel::emulator
