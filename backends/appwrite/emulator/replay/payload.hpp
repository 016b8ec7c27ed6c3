#pragma once

#include <string>
#include <string_view>

#include <emulator/http/request.hpp>
#include <emulator/replay/placeholders.hpp>
#include <emulator/replay/recording.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator::replay {

/// The HTTP request of a step.
struct Payload {
  std::string method;
  std::string target;  ///< Path and query, percent-encoded.
  Pairs headers;
  std::string body;
};

/// Encodes all but letters, digits, `-`, `.` and `_` as `%41`.
std::string encode_percent(std::string_view text);

/// Builds the request of a step. `key` is the secret of the API key that has all scopes. Throws std::runtime_error or a
/// JSON exception if the recording is malformed.
Payload payload_of(const Step& step, const Placeholders& placeholders, const std::string& key);

/// Expands the shorthands `{"$repeat":[TEXT,COUNT]}`, a repeated string, and `{"$rows":{…}}`, a list of objects made
/// from a template.
Json expand(const Json& value);

}  // namespace reel::emulator::replay
