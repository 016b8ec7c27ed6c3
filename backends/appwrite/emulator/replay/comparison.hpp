#pragma once

#include <string>

#include <emulator/http/http_client.hpp>
#include <emulator/replay/placeholders.hpp>
#include <emulator/replay/recording.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator::replay {

/// One line about the first difference between a response and the recorded one, in status, body and recorded headers;
/// empty if they match. Ids that are new are stored in `placeholders`.
std::string difference(const Step& step, const ClientResponse& actual, Placeholders& placeholders);

/// The same for two values. `path` is the name of the value in that line.
std::string difference(const Json& expected, const Json& actual, Placeholders& placeholders, const std::string& path);

/// Shortens the lists in a body as recordings do: `ids` keeps the ids, `count` the number and the first and last id,
/// `field:a,b` the named members. Otherwise returns the body unchanged.
Json reduce(const Json& body, const std::string& how);

}  // namespace reel::emulator::replay
