#pragma once

#include "support/appwrite_server/request.hpp"
#include "support/appwrite_server/response.hpp"

namespace appwrite_server {

/// Compresses a text of more than 1 KiB with gzip or deflate, if the client takes one of them.
void compress(const Request& request, Response& response);

}  // namespace appwrite_server
