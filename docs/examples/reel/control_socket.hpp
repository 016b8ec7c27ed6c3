#pragma once

#include <atomic>
#include <string>
#include <thread>

#include <reel/migration/control.hpp>

#include "json.hpp"

namespace tool {

/// A socket in the file system through which other processes of the same user control a migration. A connection carries
/// one request and one response, each a line of JSON:
///
///     {"command":"status"}  or  "pause", "resume"
///     {"command":"limit","parallel":2,"requests_per_second":10,"limit_rate":0}      the others stay
///     {"ok":true,"running":true,"paused":false,"kind":"collection videos","done":500,"total":1200,"bytes":0,
///      "parallel":4,"requests_per_second":0,"limit_rate":0,"waits_for":null}
///     {"ok":false,"error":"parallelism is at least 1, not 0"}
class ControlSocket {
 public:
  /// Creates the socket with permissions for the user only, and listens in another thread. A socket whose process has
  /// ended is replaced. Throws `unavailable` if another process listens, `already_exists` for a file that is not a
  /// socket, `invalid` for a path that is too long, and the error of creating it.
  ControlSocket(std::string path, reel::MigrationControl control);
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;
  /// Removes the socket.
  ~ControlSocket();

  /// Sends a request to the socket at `path` and returns the response. Throws `unavailable` if no process listens.
  [[nodiscard]] static Json request(const std::string& path, const Json& request);

 private:
  void listen();
  [[nodiscard]] Json respond(const std::string& line) const;

  std::string path_;
  reel::MigrationControl control_;
  int socket_ = -1;
  std::atomic<bool> ends_{false};
  std::thread thread_;
};

}  // namespace tool
