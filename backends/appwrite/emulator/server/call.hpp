#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <emulator/access/caller.hpp>
#include <emulator/http/request.hpp>
#include <emulator/http/response.hpp>
#include <emulator/realtime/event.hpp>
#include <emulator/server/version.hpp>
#include <emulator/values/json.hpp>
#include <emulator/values/parameters.hpp>
#include <emulator/values/time.hpp>

namespace reel::emulator {

class App;
struct Project;
struct Route;

/// One request while its handler runs. The mutex of its project is held, so a handler may use the project without
/// locking. References are valid until the handler returns.
struct Call {
  App& app;
  Project& project;
  const Route& route;
  const Request& request;
  Caller caller;
  Parameters parameters;
  std::map<std::string, std::string, std::less<>> path;  ///< Values of the `:name` segments, percent-decoded.
  Version version;
  Time now;                     ///< The same for the whole request.
  std::uint64_t arrived;        ///< Tick of the request's arrival (races.hpp).
  std::vector<Event> events{};  ///< Changes that the handler has made, in order (realtime/events.hpp).

  /// Whether the imitated server has at least this version.
  bool since(int major, int minor, int patch = 0) const { return version >= Version{major, minor, patch}; }
  /// The path parameter `name`. Throws 400 `general_argument_invalid` unless it is an id of 1 to 36 characters.
  std::string id(std::string_view name) const {
    const auto found = path.find(name);
    const std::string value = found == path.end() ? std::string{} : found->second;
    validate(name, Json(value), uid());
    return value;
  }
};

/// A response with a JSON body, written as PHP does (write_json).
Response json_response(int status, const Json& body);
/// 204 without a body.
Response no_content();

}  // namespace reel::emulator
