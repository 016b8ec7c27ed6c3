#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "../json.hpp"
#include "request.hpp"

namespace tool::web {

/// A body that is read in pieces while it is sent.
struct Pieces {
  std::int64_t offset = 0;  ///< of the first byte to send
  std::int64_t length = 0;  ///< of all pieces
  /// Returns a part of the bytes; a thread of the pool calls it. An exception ends the connection.
  std::function<std::string(std::int64_t offset, std::int64_t length)> read{};
};

/// A response to send. The server adds `Content-Length` and `Connection`.
struct Response {
  int status = 200;
  Pairs headers{};  ///< the values contain no line breaks
  std::string body{};
  std::optional<Pieces> pieces{};             ///< replaces `body` if set
  bool is_feed = false;                       ///< the events of the feed follow, without an end
  std::optional<std::uint64_t> position = 0;  ///< of the feed; none: events after the client's position are gone

  Response& with(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

/// The response, or the call that computes it on a thread of the pool because it uses the store. The call throws
/// `reel::Error` and other exceptions, which become responses.
using Answer = std::variant<Response, std::function<Response()>>;

/// A response with this text of a media type.
[[nodiscard]] Response text_response(int status, std::string type, std::string text);
[[nodiscard]] Response json_response(const Json& json, int status = 200);
/// `{"error": {"code": …, "message": …}}`
[[nodiscard]] Response error_response(int status, std::string_view code, std::string_view message);
/// The response for an exception of the store: 404 for `not_found`, and so on.
[[nodiscard]] Response error_response(const std::exception& error);
[[nodiscard]] std::string_view reason_of(int status);

}  // namespace tool::web
