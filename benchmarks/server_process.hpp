#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "support/appwrite_server/appwrite_server.hpp"

namespace bench {

/// The tests' Appwrite server in a process of its own, as servers are: in ours, the two would share one heap. To be
/// started before any thread is.
class ServerProcess {
 public:
  static constexpr const char* project = "films";
  static constexpr const char* key = "standard_bench";

  explicit ServerProcess(appwrite_server::Config config) {
    std::array<int, 2> address{}, lifeline{};
    if (::pipe(address.data()) != 0 || ::pipe(lifeline.data()) != 0) throw std::runtime_error("no pipe");
    child_ = ::fork();
    if (child_ < 0) throw std::runtime_error("no process for the server");
    if (child_ == 0) {
      ::close(lifeline[1]);
      serve(std::move(config), address[1], lifeline[0]);
    }
    ::close(address[1]);
    ::close(lifeline[0]);
    lifeline_ = lifeline[1];
    for (char byte = 0; ::read(address[0], &byte, 1) == 1;) url_ += byte;
    ::close(address[0]);
    if (url_.empty()) throw std::runtime_error("the server did not start");
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess() {
    ::close(lifeline_);
    ::waitpid(child_, nullptr, 0);
  }

  /// With the version's path.
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  /// Until the other end of the lifeline is closed, by a crash too.
  [[noreturn]] static void serve(appwrite_server::Config config, int address, int lifeline) {
    try {
      appwrite_server::AppwriteServer server(std::move(config));
      server.add_project(project, key);
      server.start();
      const std::string url = server.url();
      const bool told = ::write(address, url.data(), url.size()) == static_cast<ssize_t>(url.size());
      ::close(address);
      char byte = 0;
      while (told && ::read(lifeline, &byte, 1) > 0) {
      }
    } catch (const std::exception&) {
      ::_exit(1);
    }
    ::_exit(0);
  }

  pid_t child_ = -1;
  int lifeline_ = -1;
  std::string url_{};
};

}  // namespace bench
