#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tool::web {

/// Names and values in order; names may repeat.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// The value of the first pair with this name, or an empty string.
[[nodiscard]] std::string_view value_in(const Pairs& pairs, std::string_view name);

/// A received request.
struct Request {
  std::string method{};             ///< as received: `GET`
  std::vector<std::string> path{};  ///< the decoded segments: `files` and `a b` for `/files/a%20b`
  Pairs query{};                    ///< decoded
  Pairs headers{};                  ///< names in lower case
  std::string body{};               ///< of at most `body_limit` bytes

  [[nodiscard]] bool is_read() const { return method == "GET" || method == "HEAD"; }
  [[nodiscard]] std::string_view header(std::string_view name) const { return value_in(headers, name); }
  [[nodiscard]] std::string_view parameter(std::string_view name) const { return value_in(query, name); }
  /// Whether the query has the parameter, with or without a value.
  [[nodiscard]] bool has_parameter(std::string_view name) const;
};

/// Sets path and query from a request target. False for a target that is not a path, has a malformed escape or an
/// escaped control character, or one of the segments `.` and `..`.
[[nodiscard]] bool read_target(std::string_view target, Request& request);

/// The pairs of a query string or of a form; nothing if an escape is malformed.
[[nodiscard]] std::optional<Pairs> read_form(std::string_view text);

}  // namespace tool::web
