#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reel::emulator {

/// Names and values in order; names may repeat.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// The value of the first pair with this name, or empty. Refers into `pairs`.
inline std::optional<std::string_view> find_pair(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return std::nullopt;
}

/// A received request.
struct Request {
  std::string method;  ///< In upper case.
  std::string path;    ///< Without `/v1` and query, still percent-encoded.
  Pairs query;         ///< Decoded, in order.
  Pairs headers;       ///< Names in lower case.
  std::string body;
  std::string client = "127.0.0.1";  ///< Address of the client, for rate limits; always this one.

  /// The value of the first header of that name, or empty.
  std::optional<std::string_view> header(std::string_view lower_case_name) const {
    return find_pair(headers, lower_case_name);
  }
};

}  // namespace reel::emulator
