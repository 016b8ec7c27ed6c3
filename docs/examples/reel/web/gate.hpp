#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "request.hpp"
#include "response.hpp"

namespace tool::web {

/// The fewest characters of a token.
inline constexpr std::size_t shortest_token = 16;

/// Decides which requests the application answers.
///
/// - On a loopback address, `Host` names this computer. A page of another site whose name resolves to 127.0.0.1 (DNS
///   rebinding) has its own name there.
/// - With a token, a request has it in `Authorization: Bearer` or in a cookie, which `/login` and `?token=` set.
/// - A request that may change something is a POST with the header `X-Reel-Same-Origin`, which pages of other sites
///   cannot send without permission, and its `Origin` and `Sec-Fetch-Site` are those of the page.
///
/// Thread-safe.
class Gate {
 public:
  /// `token`: empty for none. `port` is a part of the name of the cookie, which a browser sends to every port.
  Gate(std::string token, bool is_loopback, unsigned short port);

  /// The refusal of a request for its `Host` or method, or nothing.
  [[nodiscard]] std::optional<Response> refuse(const Request& request) const;
  /// Whether the request has the token. True without a token.
  [[nodiscard]] bool admits(const Request& request) const;
  /// Whether the request comes from a page of this server. `needs_header`: it has `X-Reel-Same-Origin`, too.
  [[nodiscard]] bool is_same_origin(const Request& request, bool needs_header = true) const;
  /// Whether this is the token. Takes the same time for all strings of a length.
  [[nodiscard]] bool is_token(std::string_view given) const;
  /// A redirect that sets the cookie.
  [[nodiscard]] Response welcome(const std::string& location) const;

 private:
  [[nodiscard]] std::string cookie_name() const;

  std::string token_;
  bool is_loopback_;
  unsigned short port_;
};

}  // namespace tool::web
