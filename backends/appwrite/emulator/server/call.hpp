#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <emulator/access/caller.hpp>
#include <emulator/http/request.hpp>
#include <emulator/http/response.hpp>
#include <emulator/server/version.hpp>
#include <emulator/values/json.hpp>
#include <emulator/values/parameters.hpp>
#include <emulator/values/time.hpp>

namespace reel::emulator {

class App;
struct Project;
struct Route;

/// One request on its way through a handler. The project's mutex is held while it runs.
struct Call {
  App& app;
  Project& project;
  const Route& route;
  const Request& request;
  Caller caller;
  Parameters parameters;
  std::map<std::string, std::string, std::less<>> path;  ///< The `:name` parts of the route.
  Version version;
  Time now;
  std::uint64_t arrived;  ///< The tick at which the request came (races.hpp).

  bool since(int major, int minor, int patch = 0) const { return version >= Version{major, minor, patch}; }
  /// A path parameter that must be an id; throws 400.
  std::string id(std::string_view name) const {
    const auto found = path.find(name);
    const std::string value = found == path.end() ? std::string{} : found->second;
    validate(name, Json(value), uid());
    return value;
  }
};

/// A body of JSON.
Response json_response(int status, const Json& body);
/// 204.
Response no_content();

}  // namespace reel::emulator
