#pragma once

#include <memory>
#include <string>

namespace reel::emulator {

class App;

/// Serves an App over HTTP/1.1 with keep-alive.
class HttpServer {
 public:
  /// Listens at once; throws std::system_error. `port` 0: any.
  HttpServer(App& app, const std::string& address, unsigned short port, unsigned threads);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  unsigned short port() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reel::emulator
