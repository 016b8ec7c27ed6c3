#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reel::emulator {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// The value of the first pair of that name, or nothing.
inline std::optional<std::string_view> find_pair(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return std::nullopt;
}

/// What a client sent.
struct Request {
  std::string method;  ///< Upper-case.
  std::string path;    ///< As it was sent, without `/v1`.
  Pairs query;         ///< Decoded, in order.
  Pairs headers;       ///< Names in lower case.
  std::string body;
  std::string client = "127.0.0.1";

  std::optional<std::string_view> header(std::string_view lower_case_name) const {
    return find_pair(headers, lower_case_name);
  }
};

}  // namespace reel::emulator
