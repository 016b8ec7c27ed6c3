#pragma once

#include <string>
#include <string_view>

#include <emulator/http/request.hpp>
#include <emulator/replay/placeholders.hpp>
#include <emulator/replay/recording.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator::replay {

/// What goes over the wire for a step.
struct Payload {
  std::string method;
  std::string target;
  Pairs headers;
  std::string body;
};

/// Builds the request of a step. `key` is the secret of the key for everything.
Payload payload_of(const Step& step, const Placeholders& placeholders, const std::string& key);

/// Writes out `{"$repeat":…}` and `{"$rows":…}`.
Json expand(const Json& value);

}  // namespace reel::emulator::replay
