#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <emulator/http/request.hpp>

namespace reel::emulator {

/// A message, or another thing that a WebSocketClient has received.
struct ReceivedFrame {
  enum class Kind {
    text,   ///< A message.
    pong,   ///< The answer to a ping.
    close,  ///< A close frame; `code` is set. Nothing follows.
    end,    ///< The end of the TCP connection without a close frame. Nothing follows.
  };
  Kind kind = Kind::text;
  std::string text{};  ///< The message, or the payload of a pong.
  int code = 0;        ///< Of a close frame.
};

/// A WebSocket client for tests. It reads only inside of receive(), so a test decides how slow it is. Use one object
/// per thread.
class WebSocketClient {
 public:
  /// Connects and asks for an upgrade of `target` (path and query). `host` is an IP address. Throws
  /// boost::system::system_error if the server does not accept connections.
  WebSocketClient(const std::string& host, unsigned short port, const std::string& target, const Pairs& headers = {});
  /// Closes the connection without a close frame.
  ~WebSocketClient();
  WebSocketClient(const WebSocketClient&) = delete;
  WebSocketClient& operator=(const WebSocketClient&) = delete;

  /// HTTP status of the answer to the upgrade: 101 if it was accepted; 0: the connection ended without an answer.
  int status() const noexcept;
  /// Sends a message, a ping, or a close frame. Does nothing if the connection has ended.
  void send(const std::string& message);
  void ping(const std::string& payload);
  void close();
  /// Returns the next frames in order: returns when `most` have arrived, when the connection has ended, or when none
  /// has arrived for `patience`.
  std::vector<ReceivedFrame> receive(std::size_t most, std::chrono::milliseconds patience);

 private:
  struct Socket;
  std::unique_ptr<Socket> socket_;
};

}  // namespace reel::emulator
