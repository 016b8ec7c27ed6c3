#pragma once

#include "support/appwrite_server/call.hpp"

namespace appwrite_server {

Response list_buckets(Call& call);
Response list_files(Call& call);

}  // namespace appwrite_server
