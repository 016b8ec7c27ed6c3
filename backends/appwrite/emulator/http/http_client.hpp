#pragma once

#include <memory>
#include <string>

#include <emulator/http/request.hpp>

namespace reel::emulator {

/// An answer as it came; status 0: the connection ended without one.
struct ClientResponse {
  int status = 0;
  Pairs headers;  ///< Names in lower case.
  std::string body;

  std::string header(std::string_view lower_case_name) const {
    return std::string{find_pair(headers, lower_case_name).value_or("")};
  }
};

/// A plain HTTP/1.1 client for tests: one connection that is kept and opened again when it ended. Not for several
/// threads.
class HttpClient {
 public:
  HttpClient(std::string host, unsigned short port);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// `target` is sent as it is: path and query, percent-encoded.
  ClientResponse send(const std::string& method, const std::string& target, const Pairs& headers,
                      const std::string& body = "");

 private:
  struct Connection;
  std::string host_;
  unsigned short port_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace reel::emulator
