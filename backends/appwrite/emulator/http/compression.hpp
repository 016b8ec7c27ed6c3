#pragma once

#include <emulator/http/request.hpp>
#include <emulator/http/response.hpp>

namespace reel::emulator {

/// Compresses a text of more than 1 KiB with gzip or deflate, if the client takes one of them.
void compress(const Request& request, Response& response);

}  // namespace reel::emulator
