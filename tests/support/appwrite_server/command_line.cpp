#include "support/appwrite_server/command_line.hpp"

#include <string_view>

namespace appwrite_server {

Config read_command_line(int argc, char** argv) {
  Config config;
  ApiKey key{"test", "", {"*"}};
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--port") config.port = static_cast<unsigned short>(std::stoi(argv[i + 1]));
    if (option == "--project") config.project = argv[i + 1];
    if (option == "--key") key.secret = argv[i + 1];
    if (option == "--version") config.version = argv[i + 1];
  }
  config.keys.push_back(key);
  return config;
}

}  // namespace appwrite_server
