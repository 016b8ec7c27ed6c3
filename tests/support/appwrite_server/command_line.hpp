#pragma once

#include "support/appwrite_server/config.hpp"

namespace appwrite_server {

/// `--port N --project ID --key SECRET …`; throws std::invalid_argument.
Config read_command_line(int argc, char** argv);

}  // namespace appwrite_server
