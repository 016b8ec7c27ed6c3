#pragma once

#include <emulator/http/request.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// Clients of servers before 1.5 (by `X-Appwrite-Response-Format`) write queries as `equal("a", ["b"])`: makes them
/// JSON. Throws `crash()` for what is no such query, JSON included.
void translate_legacy_queries(const Request& request, Json& values);

/// Whether the version that a client names is lower or higher; a text that is none is lower than every version.
bool is_older(std::string_view format, std::string_view version);
bool is_newer(std::string_view format, std::string_view version);

}  // namespace reel::emulator
