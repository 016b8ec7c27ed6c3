#pragma once

#include <string>
#include <string_view>

#include <emulator/http/request.hpp>

namespace reel::emulator {

/// Decodes `%41` to `A` and, if `form` is true, `+` to a space. Malformed escapes stay as they are.
std::string decode_percent(std::string_view text, bool form);
/// Parses `a=1&b=2` and decodes names and values.
Pairs read_form(std::string_view text);
/// The path of a request target without `/v1`. A path outside of `/v1` is prefixed with `/outside`, which no route
/// matches.
std::string path_of_target(std::string_view target);

}  // namespace reel::emulator
