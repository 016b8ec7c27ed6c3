#pragma once

#include <string>
#include <string_view>

#include "support/appwrite_server/json.hpp"
#include "support/appwrite_server/replay/placeholders.hpp"
#include "support/appwrite_server/replay/recording.hpp"
#include "support/appwrite_server/request.hpp"

namespace appwrite_server::replay {

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

}  // namespace appwrite_server::replay
