#include "support/appwrite_server/body.hpp"

#include "support/appwrite_server/server_error.hpp"

namespace appwrite_server {

Parameters read_parameters(const Request& request) {
  if (request.method == "GET" || request.method == "HEAD") {
    Json values = Json::object();
    for (const auto& [name, value] : request.query) {
      if (const std::size_t bracket = name.find('['); bracket != std::string::npos) {
        values[name.substr(0, bracket)].push_back(value);
      } else {
        values[name] = value;
      }
    }
    return Parameters{std::move(values)};
  }
  std::optional<Json> body = parse_json(request.body);
  if (body && !is_php_array(*body)) crash();
  return body ? Parameters{std::move(*body)} : Parameters{};
}

}  // namespace appwrite_server
