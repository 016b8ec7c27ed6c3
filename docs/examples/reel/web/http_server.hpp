#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "feed.hpp"
#include "request.hpp"
#include "response.hpp"

namespace tool::web {

/// The bounds of an `HttpServer`.
struct ServerLimits {
  std::size_t connections = 500;         ///< further ones are refused with 503
  std::size_t workers = 8;               ///< threads that use the store
  std::chrono::seconds for_request{10};  ///< from the end of the last response to that of the next request
  std::chrono::seconds for_piece{60};    ///< to receive a piece of a response, or a response without pieces
  std::chrono::seconds heartbeat{15};    ///< between comments on an idle stream of events
};

/// Whether the string is an IP address, without a port.
[[nodiscard]] bool is_ip_address(const std::string& text);
/// Whether no other computer reaches the IP address.
[[nodiscard]] bool is_loopback(const std::string& address);

/// An address and port on which the operating system accepts connections, before a server takes them.
class Listener {
 public:
  /// `port` 0 selects a free one. Throws `unavailable` for an IP address or a port that
  /// cannot be used.
  Listener(const std::string& address, unsigned short port);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  /// The port, also after a server has taken the connections.
  [[nodiscard]] unsigned short port() const;

 private:
  friend class HttpServer;
  struct State;
  std::unique_ptr<State> state_;
};

/// An HTTP/1.1 server for one application.
///
///     network thread      all sockets and timers, the calls of the handler
///        |        ^
///        v        |
///     pool        what uses the store: the functions of `Answer`, the pieces of a body
///
/// Connections are touched by the network thread alone. Each has one request at a time: a header of at most 16 KiB and
/// a body of at most 64 KiB. A body of the store is sent in pieces of 256 KiB,
/// each read when the one before is sent. So the memory is bounded by the number of connections.
class HttpServer {
 public:
  /// Called by the network thread; must not block.
  using Handler = std::function<Answer(const Request&)>;

  /// Takes the connections of the listener and starts the threads. The feed must outlive the server; while the server
  /// is destroyed, no thread may publish.
  HttpServer(Listener& listener, Handler handler, Feed& feed, ServerLimits limits = {});
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  /// Closes all connections and waits for the calls that use the store.
  ~HttpServer();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tool::web
