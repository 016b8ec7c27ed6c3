#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "support/appwrite_server/request.hpp"

namespace appwrite_server {

/// How a response leaves: tests ask for broken connections.
enum class Delivery { whole, half, dropped };

/// What the server answers.
struct Response {
  int status = 200;
  Pairs headers;  ///< Names in lower case; content-length and connection are the HTTP server's affair.
  std::string body;
  Delivery delivery = Delivery::whole;
  std::chrono::milliseconds delay{0};  ///< Before the first byte.
  bool close = false;                  ///< The connection ends after it.

  /// Replaces a header of that name.
  void header(std::string name, std::string value) {
    for (auto& pair : headers) {
      if (pair.first == name) {
        pair.second = std::move(value);
        return;
      }
    }
    headers.emplace_back(std::move(name), std::move(value));
  }
};

}  // namespace appwrite_server
