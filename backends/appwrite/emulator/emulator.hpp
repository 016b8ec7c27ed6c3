#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <emulator/http/http_server.hpp>
#include <emulator/server/app.hpp>
#include <emulator/server/config.hpp>

namespace reel::emulator {

/// The server inside this process, as tests use it. Projects are independent of each other, so that each test can add
/// its own.
///
/// start(), stop() and the destructor must not overlap with any other call; everything else is safe for many threads
/// while the server runs.
class Emulator {
 public:
  /// Loads the projects of `config.data`, if that is set; throws if they cannot be read. Does not listen yet.
  explicit Emulator(Config config = {}) : app_{std::move(config)} {}

  /// Listens and serves. Throws a std::runtime_error if the address is invalid or the port is in use.
  void start() {
    http_ = std::make_unique<HttpServer>(app_, app_.config().address, app_.config().port, app_.config().threads);
  }
  /// Closes all connections, then saves the projects to `config.data`, if that is set. May be called again. Throws if
  /// the data cannot be written.
  void stop() {
    http_.reset();
    app_.save();
  }
  /// Closes all connections without saving.
  ~Emulator() { http_.reset(); }

  /// `http://ADDRESS:PORT/v1`. Call it only between start() and stop().
  std::string url() const { return "http://" + app_.config().address + ":" + std::to_string(http_->port()) + "/v1"; }
  /// The port the server listens on, also if the configuration leaves it open. Call it only between start() and stop().
  unsigned short port() const { return http_->port(); }
  /// Faults, latency, log and projects of the server.
  App& app() noexcept { return app_; }
  /// Adds a project with one API key that has all scopes. If the project exists, it keeps its data and only its keys
  /// are replaced.
  void add_project(const std::string& id, const std::string& secret) {
    app_.add_project(id, {ApiKey{"test", secret, {"*"}}});
  }

 private:
  App app_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace reel::emulator
