#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <string>
#include <utility>

#include <emulator/emulator.hpp>
#include <emulator/http/http_server.hpp>
#include <emulator/server/app.hpp>

#include "support/filesystem/child.hpp"

namespace reel::testing {

/// A server in a separate process, which ends with this one. Create it while the program has a single thread.
class EmulatorProcess {
 public:
  EmulatorProcess(reel::emulator::Config config, const std::string& project, const std::string& secret)
      : child_([&](const Child::Pipe& pipe) {
          reel::emulator::Emulator server(std::move(config));
          server.add_project(project, secret);
          server.start();
          serve(pipe, server.port());
        }) {}
  /// Serves a copy of `app` as it is now, so that a server with content costs nothing to create.
  explicit EmulatorProcess(reel::emulator::App& app)
      : child_([&](const Child::Pipe& pipe) {
          const reel::emulator::HttpServer server(app, "127.0.0.1", 0, app.config().threads);
          serve(pipe, server.port());
        }) {}

  /// The endpoint, including /v1.
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  static constexpr std::size_t port_size = 8;

  /// Reports the port, and lets the threads of the server run until the process is killed.
  [[noreturn]] static void serve(const Child::Pipe& pipe, unsigned short port) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::string text = std::to_string(port);
    text.resize(port_size, ' ');
    pipe.write(text);
    for (;;) ::pause();
  }

  Child child_;
  std::string url_ = "http://127.0.0.1:" + std::to_string(std::stoi(child_.read(port_size))) + "/v1";
};

}  // namespace reel::testing
