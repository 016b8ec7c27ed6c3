#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <emulator/http/request.hpp>

namespace reel::emulator {

/// How a response leaves: tests ask for broken connections.
enum class Delivery { whole, half, dropped };

/// A body that is read while it is sent, because it is large.
struct BodySource {
  std::int64_t size = 0;
  std::function<std::string(std::int64_t offset, std::int64_t length)> read;
};

/// What the server answers.
struct Response {
  int status = 200;
  Pairs headers{};  ///< Names in lower case; content-length and connection are the HTTP server's affair.
  std::string body{};
  std::optional<BodySource> source{};  ///< Instead of `body`.
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

}  // namespace reel::emulator
