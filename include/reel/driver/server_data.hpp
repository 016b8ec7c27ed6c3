#pragma once

#include <memory>
#include <string>

namespace reel::driver {

/// Identifies a server by a property that no other server has, such as the time at which the database was created. Two
/// servers with one address, such as two servers behind one proxy, have different marks.
class ServerMark {
 public:
  ServerMark() = default;
  ServerMark(const ServerMark&) = delete;
  ServerMark& operator=(const ServerMark&) = delete;
  virtual ~ServerMark() = default;
  /// Returns the property as text. Sends a request, and throws its error.
  [[nodiscard]] virtual std::string text() const = 0;
};

/// The data of a store on a server: where the server is, and their names there.
struct ServerData {
  std::string host{};     ///< a name, or an address, which is in brackets if it is one of IPv6
  std::string port{};     ///< a number
  std::string records{};  ///< the name of the collections on the server
  std::string blobs{};    ///< the name of the buckets on the server
  /// Distinguishes the server from others at its address; null: nothing does.
  std::shared_ptr<const ServerMark> mark{};
};

}  // namespace reel::driver
