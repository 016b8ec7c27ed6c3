#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <new>
#include <string>
#include <utility>

#include <reel/driver/file/descriptor.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/driver/fork.hpp>

/// System calls for the library's connections. libcurl calls them through callbacks, so they do not throw.
namespace reel::appwrite {

/// As socket(2), but the socket is close-on-exec, its number is above the standard descriptors, and forked processes do
/// not share it (see reel/driver/fork.hpp). Returns -1 on failure. To be closed by `close_connection`.
[[nodiscard]] inline int open_connection(int family, int type, int protocol) noexcept {
  const int opened = driver::above_standard(::socket(family, type | SOCK_CLOEXEC, protocol));
  if (opened < 0) return -1;
  try {
    driver::Forks::add(opened);
    return opened;
  } catch (const std::bad_alloc&) {
    ::close(opened);
    return -1;
  }
}

/// As close(2), for a socket from `open_connection`.
inline int close_connection(int connection) noexcept {
  driver::Forks::remove(connection);
  return ::close(connection);
}

/// Locations of trusted certificates, from the variables that the curl command reads and libcurl does not. Absolute
/// paths, so that changing the working directory has no effect; empty for libcurl's default.
struct Authorities {
  std::string file{};
  std::string folder{};

  /// Reads `CURL_CA_BUNDLE`, otherwise `SSL_CERT_FILE`; and `SSL_CERT_DIR`.
  [[nodiscard]] static Authorities from_environment() {
    std::string file = path_in("CURL_CA_BUNDLE");
    if (file.empty()) file = path_in("SSL_CERT_FILE");
    return {std::move(file), path_in("SSL_CERT_DIR")};
  }

 private:
  static std::string path_in(const char* variable) {
    const char* const value = std::getenv(variable);
    return value == nullptr ? std::string() : driver::absolute_path(value);
  }
};

}  // namespace reel::appwrite
