#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace reel {

/// An API key: what holds one cannot print it by accident, as there is neither `<<` nor `==`.
class ApiKey {
 public:
  ApiKey() = default;
  explicit ApiKey(std::string secret) : secret_(std::move(secret)) {}

  /// The secret itself, for the request header alone.
  [[nodiscard]] const std::string& reveal() const noexcept { return secret_; }
  [[nodiscard]] bool empty() const noexcept { return secret_.empty(); }
  /// In a time that does not tell where they differ.
  [[nodiscard]] bool is_same_as(const ApiKey& other) const noexcept {
    if (secret_.size() != other.secret_.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < secret_.size(); ++i)
      difference |= static_cast<unsigned char>(secret_[i]) ^ static_cast<unsigned char>(other.secret_[i]);
    return difference == 0;
  }
  /// The text with `***` in the place of the key.
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
