#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace reel {

/// An API key. The type has neither `<<` nor `==`, so that a program cannot print or compare the secret by accident.
class ApiKey {
 public:
  ApiKey() = default;
  explicit ApiKey(std::string secret) : secret_(std::move(secret)) {}

  /// The secret itself. Only for the request header.
  [[nodiscard]] const std::string& reveal() const noexcept { return secret_; }
  /// Whether the key is empty; requests are then sent as a guest.
  [[nodiscard]] bool empty() const noexcept { return secret_.empty(); }
  /// Returns `text` with every occurrence of the key replaced by `***`. Applied to every message and log line.
  [[nodiscard]] std::string redact(std::string text) const {
    if (secret_.empty()) return text;
    for (std::size_t at = 0; (at = text.find(secret_, at)) != std::string::npos; at += 3)
      text.replace(at, secret_.size(), "***");
    return text;
  }

  bool operator==(const ApiKey&) const = delete;

 private:
  std::string secret_;
};

}  // namespace reel
