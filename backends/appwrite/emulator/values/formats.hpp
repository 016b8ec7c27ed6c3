#pragma once

#include <string>
#include <string_view>

#include <emulator/values/validator.hpp>

namespace reel::emulator {

bool is_email(std::string_view text);
/// Any scheme; a host, unless the scheme needs none (`mailto:`).
bool is_url(std::string_view text);
/// Version 4 or 6.
bool is_ip(std::string_view text);

/// The rule of `email`, `url` or `ip`.
Validator format_rule(std::string_view format);

}  // namespace reel::emulator
