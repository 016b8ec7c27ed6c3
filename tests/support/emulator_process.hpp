#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <string>
#include <utility>

#include <emulator/emulator.hpp>

#include "support/filesystem/child.hpp"

namespace reel::testing {

/// A server in a separate process, which ends with this one. Create it while the program has a single thread.
class EmulatorProcess {
 public:
  EmulatorProcess(reel::emulator::Config config, const std::string& project, const std::string& secret)
      : child_([&](const Child::Pipe& pipe) {
          ::prctl(PR_SET_PDEATHSIG, SIGKILL);
          reel::emulator::Emulator server(std::move(config));
          server.add_project(project, secret);
          server.start();
          std::string port = std::to_string(server.port());
          port.resize(port_size, ' ');
          pipe.write(port);
          for (;;) ::pause();
        }),
        url_("http://127.0.0.1:" + std::to_string(std::stoi(child_.read(port_size))) + "/v1") {}

  /// The endpoint, including /v1.
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  static constexpr std::size_t port_size = 8;

  Child child_;
  std::string url_;
};

}  // namespace reel::testing
