#pragma once

#include <memory>
#include <string>

#include <emulator/http/request.hpp>

namespace reel::emulator {

/// A received response.
struct ClientResponse {
  int status = 0;    ///< HTTP status; 0: the connection ended before a complete response header.
  Pairs headers;     ///< Names in lower case.
  std::string body;  ///< As received; shorter than announced if the connection ended early.

  /// The value of the first header of that name; empty if not found.
  std::string header(std::string_view lower_case_name) const {
    return std::string{find_pair(headers, lower_case_name).value_or("")};
  }
};

/// An HTTP/1.1 client for tests. It keeps one connection and opens a new one after the old one has ended. A request is
/// never repeated. Use one object per thread.
class HttpClient {
 public:
  /// `host` is an IP address. Does not connect yet.
  HttpClient(std::string host, unsigned short port);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sends a request and waits for the response. `target` is the path and query, percent-encoded by the caller. Throws
  /// std::runtime_error if the server does not accept the connection.
  ClientResponse send(const std::string& method, const std::string& target, const Pairs& headers,
                      const std::string& body = "");

 private:
  struct Connection;
  std::string host_;
  unsigned short port_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace reel::emulator
