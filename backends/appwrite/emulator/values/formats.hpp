#pragma once

#include <string>
#include <string_view>

#include <emulator/values/validator.hpp>

namespace reel::emulator {

/// Whether the string is an e-mail address with a dot in the domain.
bool is_email(std::string_view text);
/// Whether the string is a URL of any scheme. It needs a host unless the scheme is `mailto`, `news` or `file`.
bool is_url(std::string_view text);
/// Whether the string is an IPv4 or IPv6 address.
bool is_ip(std::string_view text);

/// The validator of the attribute format `email`, `url` or `ip`.
Validator format_rule(std::string_view format);

}  // namespace reel::emulator
