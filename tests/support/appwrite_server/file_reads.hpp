#pragma once

#include "support/appwrite_server/call.hpp"

namespace appwrite_server {

Response show_file(Call& call);
Response download_file(Call& call);
Response view_file(Call& call);
Response preview_file(Call& call);

}  // namespace appwrite_server
