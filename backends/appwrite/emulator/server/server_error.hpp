#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace reel::emulator {

/// A failure that becomes an error response with `status`, `type` and message. An empty type stands for a crash, whose
/// body has no `type`. A status that Appwrite does not pass on becomes 500 in the response.
class ServerError : public std::runtime_error {
 public:
  ServerError(int status, std::string type, const std::string& message)
      : std::runtime_error{message}, status_{status}, type_{std::move(type)} {}

  /// HTTP status.
  int status() const noexcept { return status_; }
  /// Appwrite's error type, such as `document_not_found`; empty for a crash.
  const std::string& type() const noexcept { return type_; }

 private:
  int status_;
  std::string type_;
};

/// Throws 400 `general_argument_invalid`.
[[noreturn]] inline void invalid_argument(const std::string& message) {
  throw ServerError{400, "general_argument_invalid", message};
}
/// Throws 500 `general_unknown`, which is how the server answers exceptions it does not handle.
[[noreturn]] inline void unknown_error() { throw ServerError{500, "general_unknown", "Server Error"}; }
/// Throws 500 without a type, which is how the server answers failures outside of its error handler.
[[noreturn]] inline void crash() { throw ServerError{500, "", "Error: Server Error"}; }

}  // namespace reel::emulator
