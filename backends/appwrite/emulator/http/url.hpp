#pragma once

#include <string>
#include <string_view>

#include <emulator/http/request.hpp>

namespace reel::emulator {

/// `%41` becomes `A`; `+` becomes a space in a form.
std::string decode_percent(std::string_view text, bool form);
/// `a=1&b=2`, decoded.
Pairs read_form(std::string_view text);
/// The path of a request target: without `/v1`. Nothing lives outside of `/v1`, so such a path becomes one that no
/// route has.
std::string path_of_target(std::string_view target);

}  // namespace reel::emulator
