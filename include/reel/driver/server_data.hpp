#pragma once

#include <functional>
#include <string>

namespace reel::driver {

/// The data of a store on a server: where the server is, and their names there.
struct ServerData {
  std::string host{};     ///< a name, or an address, which is in brackets if it is one of IPv6
  std::string port{};     ///< a number
  std::string records{};  ///< the name of the collections on the server
  std::string blobs{};    ///< the name of the buckets on the server
  /// Asks the server for what it has alone, such as when data of that name were created. Other servers at the same
  /// address, behind a proxy, respond with other text. Throws the error of the request.
  std::function<std::string()> mark{};
};

}  // namespace reel::driver
