#pragma once

#include <string>

#include <emulator/http/http_client.hpp>
#include <emulator/replay/placeholders.hpp>
#include <emulator/replay/recording.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator::replay {

/// Where an answer first differs from the recorded one, in a line; empty if it does not.
std::string difference(const Step& step, const ClientResponse& actual, Placeholders& placeholders);

/// A body shortened the way a recording was: `ids`, `count`, `field:a,b`.
Json reduce(const Json& body, const std::string& how);

}  // namespace reel::emulator::replay
