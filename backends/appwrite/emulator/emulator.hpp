#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <emulator/http/http_server.hpp>
#include <emulator/server/app.hpp>
#include <emulator/server/config.hpp>

namespace reel::emulator {

/// A server inside this program. Projects are independent: a test makes one for itself.
class Emulator {
 public:
  explicit Emulator(Config config = {}) : app_{std::move(config)} {}

  void start() {
    http_ = std::make_unique<HttpServer>(app_, app_.config().address, app_.config().port, app_.config().threads);
  }
  /// Safe to repeat.
  void stop() {
    http_.reset();
    app_.save();
  }
  ~Emulator() { http_.reset(); }

  /// `http://127.0.0.1:PORT/v1`; needs start().
  std::string url() const { return "http://" + app_.config().address + ":" + std::to_string(http_->port()) + "/v1"; }
  unsigned short port() const { return http_->port(); }
  App& app() noexcept { return app_; }
  /// A fresh project with one key for everything.
  void add_project(const std::string& id, const std::string& secret) {
    app_.add_project(id, {ApiKey{"test", secret, {"*"}}});
  }

 private:
  App app_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace reel::emulator
