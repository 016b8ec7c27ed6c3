#pragma once

#include <string>

#include "support/appwrite_server/http_client.hpp"
#include "support/appwrite_server/json.hpp"
#include "support/appwrite_server/replay/placeholders.hpp"
#include "support/appwrite_server/replay/recording.hpp"

namespace appwrite_server::replay {

/// Where an answer first differs from the recorded one, in a line; empty if it does not.
std::string difference(const Step& step, const ClientResponse& actual, Placeholders& placeholders);

/// A body shortened the way a recording was: `ids`, `count`, `field:a,b`.
Json reduce(const Json& body, const std::string& how);

}  // namespace appwrite_server::replay
