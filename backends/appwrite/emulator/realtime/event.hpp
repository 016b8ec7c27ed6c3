#pragma once

#include <string>
#include <vector>

#include <emulator/values/json.hpp>

namespace reel::emulator {

/// A change of a document or file, as clients of `/v1/realtime` are informed of it.
///
///     handler --announce--> Call::events --App, after the handler--> Hub::publish --> Outlet of each reader
struct Event {
  std::vector<std::string> names;     ///< `databases.D.collections.C.documents.ID.create` and its wildcards.
  std::vector<std::string> channels;  ///< In the server's order. No client receives an event without channels.
  std::vector<std::string> readers;   ///< Roles that may receive it; `any` means everyone.
  Json payload;                       ///< The object after the change or, if it was removed, before.
};

}  // namespace reel::emulator
