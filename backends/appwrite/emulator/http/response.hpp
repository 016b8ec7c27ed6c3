#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <emulator/http/request.hpp>

namespace reel::emulator {

/// How a response is sent: complete, cut in the middle of the body, or not at all. The last two end the connection.
enum class Delivery { whole, half, dropped };

/// A body that is read in pieces while it is sent, because it is too large for memory.
struct BodySource {
  std::int64_t size = 0;  ///< In bytes.
  /// Returns `length` bytes from `offset`. A thread of the server calls it without holding a lock.
  std::function<std::string(std::int64_t offset, std::int64_t length)> read;
};

/// A response to send.
struct Response {
  int status = 200;
  Pairs headers{};  ///< Names in lower case. The HTTP server adds content-length and connection.
  std::string body{};
  std::optional<BodySource> source{};  ///< Replaces `body` if set.
  Delivery delivery = Delivery::whole;
  std::chrono::milliseconds delay{0};  ///< Time to wait before the first byte is sent.
  bool close = false;                  ///< Whether the connection ends after the response.

  /// Sets a header and replaces one of the same name.
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
