#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "support/catch.hpp"
#include "support/certificate.hpp"
#include "unit/appwrite_live/line.hpp"
#include "unit/appwrite_live/raw_server.hpp"

namespace tls_tests {

using namespace reel::appwrite;
using reel::testing::Certificate;

/// A TLS server that sends the files of the folder as complete responses.
class TlsServer {
 public:
  explicit TlsServer(const Certificate& certificate) {
    const std::filesystem::path answers = certificate.folder() / "v1";
    std::filesystem::create_directories(answers);
    std::ofstream(answers / "answer") << "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\":1}";
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(pipe[1], STDOUT_FILENO);
      ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
      if (::chdir(certificate.folder().c_str()) == 0)
        ::execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "certificate.pem", "-key",
                 "key.pem", "-HTTP", static_cast<char*>(nullptr));
      ::_exit(127);
    }
    ::close(pipe[1]);
    std::FILE* const out = ::fdopen(pipe[0], "r");
    char line[256];
    while (port_ == 0 && std::fgets(line, sizeof line, out) != nullptr)
      if (std::string_view(line).starts_with("ACCEPT 127.0.0.1:")) port_ = std::atoi(line + 17);
    output_ = out;
    REQUIRE(port_ != 0);
  }
  ~TlsServer() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    std::fclose(output_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  [[nodiscard]] std::string endpoint() const { return "https://127.0.0.1:" + std::to_string(port_) + "/v1"; }

 private:
  pid_t child_ = -1;
  int port_ = 0;
  std::FILE* output_ = nullptr;
};

/// Sets an environment variable until the end of the test.
struct Variable {
  Variable(const char* variable, const std::string& value) : name(variable) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name); }
  const char* name;
};

reel::Error error_of(const std::string& endpoint) {
  try {
    live::client(live::config(endpoint)).call({.request = {.path = "/answer"}});
  } catch (const reel::Error& error) {
    return error;
  }
  throw std::logic_error("no error was thrown");
}

TEST_CASE("a certificate that cannot be verified is reported, and accepted once its authority is configured",
          "[appwrite]") {
  const Certificate certificate;
  const TlsServer server(certificate);
  const reel::Error error = error_of(server.endpoint());
  CHECK(error.code() == reel::Errc::unavailable);
  CHECK(error.reason().starts_with("the certificate of " + server.endpoint() + " does not verify: "));
  CHECK(error.reason().find("CURL_CA_BUNDLE") != std::string::npos);

  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const Variable variable(name, certificate.file());
    const Client client = live::client(live::config(server.endpoint()));
    CHECK(client.call({.request = {.path = "/answer"}}).response.body == R"({"a":1})");
  }
  const Variable variable("CURL_CA_BUNDLE", "/no/such/file.pem");
  CHECK(error_of(server.endpoint()).code() == reel::Errc::invalid);
}

TEST_CASE("a certificate for another name is refused", "[appwrite]") {
  const Certificate certificate;
  const TlsServer server(certificate);
  const Variable variable("CURL_CA_BUNDLE", certificate.file());
  std::string endpoint = server.endpoint();
  endpoint.replace(endpoint.find("127.0.0.1"), 9, "localhost");
  CHECK(error_of(endpoint).reason().find("does not verify") != std::string::npos);
}

TEST_CASE("https to a server that speaks http is reported", "[appwrite]") {
  const RawServer server([](RawConnection& connection) {
    connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    connection.wait_for_close();
  });
  const reel::Error error = error_of("https://" + server.address() + "/v1");
  CHECK(error.code() == reel::Errc::unavailable);
  CHECK(error.reason().find("check that the server speaks https on this port") != std::string::npos);
}

TEST_CASE("a proxy from the environment is used unless the host is excepted", "[appwrite]") {
  std::atomic<int> through{0};
  const RawServer proxy([&](RawConnection& connection) {
    while (const auto request = connection.request()) {
      through += request->starts_with("GET http://films.example/v1/x HTTP/1.1\r\n");
      connection.answer("{}");
    }
  });
  const Variable variable("http_proxy", "http://" + proxy.address());
  CHECK(live::client(live::config("http://films.example/v1")).call({.request = {.path = "/x"}}).response.ok());
  CHECK(through == 1);
  const Variable excepted("no_proxy", "127.0.0.1");
  CHECK(live::client(live::config(proxy.endpoint())).call({.request = {.path = "/x"}}).response.ok());
  CHECK(through == 1);
}

}  // namespace tls_tests
