#pragma once

#include <emulator/http/request.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// Translates the parameter `queries` of clients for servers before 1.5, which write `equal("a", ["b"])` instead of
/// JSON. X-Appwrite-Response-Format identifies such a client. Throws 500 (`crash()`) for a query that is not of this
/// form, JSON included.
void translate_legacy_queries(const Request& request, Json& values);

/// Whether the version in a client's header is older than `version`, or newer. A header that does not start with a
/// digit is older than every version.
bool is_older(std::string_view format, std::string_view version);
bool is_newer(std::string_view format, std::string_view version);

}  // namespace reel::emulator
