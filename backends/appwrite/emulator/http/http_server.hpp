#pragma once

#include <memory>
#include <string>

namespace reel::emulator {

class App;

/// Serves an App over HTTP/1.1 with keep-alive.
///
/// Every connection has a strand, so its requests run one after another; connections run in parallel on the threads of
/// the server. An upgrade of `/v1/realtime` to a WebSocket hands the connection over to serve_realtime(). A connection
/// that is idle or blocked for 2 minutes is closed. A message of more than 12,582,912 bytes,
/// headers included, is answered with 413.
class HttpServer {
 public:
  /// Listens and starts `threads` threads. `port` 0 selects a free port. `app` must outlive the server. Throws
  /// std::runtime_error if the address is invalid or the port cannot be used.
  HttpServer(App& app, const std::string& address, unsigned short port, unsigned threads);
  /// Waits for running handlers and closes all connections.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// The port the server listens on.
  unsigned short port() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reel::emulator
