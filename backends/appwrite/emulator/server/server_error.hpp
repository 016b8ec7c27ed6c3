#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace reel::emulator {

/// A failure that becomes an error body. An empty type gives the bare body of a crash, without `type`.
class ServerError : public std::runtime_error {
 public:
  ServerError(int status, std::string type, const std::string& message)
      : std::runtime_error{message}, status_{status}, type_{std::move(type)} {}

  int status() const noexcept { return status_; }
  const std::string& type() const noexcept { return type_; }

 private:
  int status_;
  std::string type_;
};

/// 400 `general_argument_invalid`.
[[noreturn]] inline void invalid_argument(const std::string& message) {
  throw ServerError{400, "general_argument_invalid", message};
}
/// 500 `general_unknown`, what an exception nobody expected becomes.
[[noreturn]] inline void unknown_error() { throw ServerError{500, "general_unknown", "Server Error"}; }
/// 500 without a type, what a failure outside the error handler becomes.
[[noreturn]] inline void crash() { throw ServerError{500, "", "Error: Server Error"}; }

}  // namespace reel::emulator
