#pragma once

#include <emulator/http/request.hpp>
#include <emulator/http/response.hpp>

namespace reel::emulator {

/// Compresses a textual body of more than 1 KiB with gzip or deflate if the Accept-Encoding header of the request names
/// one of them, and sets the headers of the response.
void compress(const Request& request, Response& response);

}  // namespace reel::emulator
