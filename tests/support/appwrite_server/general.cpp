#include "support/appwrite_server/router.hpp"

namespace appwrite_server {

void add_general_routes(Router&) {}

}  // namespace appwrite_server
