#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/certificate.hpp"

namespace reel::testing {

/// nghttpx (Debian package nghttp2-proxy) in front of a local server. It offers HTTP/2 over TLS to clients and speaks
/// HTTP/1.1 with the server.
class Http2Proxy {
 public:
  /// Returns the path of the program, or an empty string if it is not installed.
  [[nodiscard]] static std::string program() {
    for (const char* const path :
         {"/usr/sbin/nghttpx", "/usr/bin/nghttpx", "/usr/local/sbin/nghttpx", "/usr/local/bin/nghttpx"})
      if (::access(path, X_OK) == 0) return path;
    return {};
  }

  /// `server`: `http://127.0.0.1:PORT/v1`
  explicit Http2Proxy(const std::string& server)
      : server_("127.0.0.1," + std::to_string(std::stoi(server.substr(server.rfind(':') + 1)))) {
    // The program does not accept port 0, so that a free port has to be found here.
    std::minstd_rand chance{std::random_device{}()};
    for (int attempt = 0; attempt < 20 && child_ < 0; ++attempt)
      start(20'000 + static_cast<unsigned>(chance() % 12'000));
    if (child_ < 0) throw std::runtime_error("nghttpx does not start: " + text_of("errors"));
  }
  ~Http2Proxy() { stop(); }
  Http2Proxy(const Http2Proxy&) = delete;
  Http2Proxy& operator=(const Http2Proxy&) = delete;

  [[nodiscard]] std::string endpoint() const { return "https://127.0.0.1:" + std::to_string(port_) + "/v1"; }
  /// The certificate of the authority that a client must trust.
  [[nodiscard]] std::string certificate() const { return certificate_.file(); }

  struct Traffic {
    std::size_t requests = 0;
    std::size_t over_http2 = 0;
    std::size_t connections = 0;
  };
  /// Ends the proxy and returns the requests since its start.
  [[nodiscard]] Traffic stop_and_count() {
    stop();
    Traffic traffic;
    std::set<std::string> ports;
    std::ifstream log(certificate_.folder() / "requests");
    for (std::string protocol, port; log >> protocol >> port;) {
      ++traffic.requests;
      traffic.over_http2 += protocol == "h2" ? 1 : 0;
      ports.insert(port);
    }
    traffic.connections = ports.size();
    return traffic;
  }

 private:
  void start(unsigned port) {
    port_ = port;
    std::vector<std::string> words = command_line();
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    child_ = ::fork();
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int nowhere = ::open("/dev/null", O_RDWR);
      for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
      ::execv(arguments.front(), arguments.data());
      ::_exit(127);
    }
    while (text_of("errors").find("Listening on ") == std::string::npos) {
      if (::waitpid(child_, nullptr, WNOHANG) != 0) {  // another program uses the port
        child_ = -1;
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
  }
  [[nodiscard]] std::vector<std::string> command_line() const {
    const std::string folder = certificate_.folder().string();
    return {program(),
            "--conf=/dev/null",
            "--single-process",
            "--no-ocsp",
            "--log-level=NOTICE",
            "--frontend=127.0.0.1," + std::to_string(port_),
            "--backend=" + server_,
            "--errorlog-file=" + folder + "/errors",
            "--accesslog-file=" + folder + "/requests",
            "--accesslog-format=$alpn $remote_port",
            certificate_.key_file(),
            certificate_.file()};
  }
  void stop() {
    if (child_ < 0) return;
    ::kill(child_, SIGTERM);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }
  [[nodiscard]] std::string text_of(const char* log) const {
    std::ifstream in(certificate_.folder() / log);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  Certificate certificate_;
  std::string server_;
  unsigned port_ = 0;
  pid_t child_ = -1;
};

}  // namespace reel::testing
