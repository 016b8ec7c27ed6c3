#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include <reel/error.hpp>
#include <reel/text/ascii.hpp>

namespace reel::appwrite {

/// Returns the endpoint without a `/` at its end. Throws `invalid` unless it is `http` or `https`, a host, and a path
/// that ends in `/v1`. A user name in the URL is refused without repeating the URL, which may contain a password.
[[nodiscard]] inline std::string checked_endpoint(std::string endpoint) {
  const auto refuse = [&](const std::string& why) {
    throw Error(Errc::invalid, "the endpoint '" + endpoint + "' " + why);
  };
  if (endpoint.find('@') != std::string::npos)
    throw Error(
        Errc::invalid,
        "the endpoint contains a user name: remove it, because an Appwrite server uses a project id and a key instead");
  constexpr std::string_view example = "https://cloud.appwrite.io/v1";
  if (endpoint.find_first_of(" \t\r\n\"'<>") != std::string::npos)
    refuse("has a space or a quote in it: write it as " + std::string(example));
  const std::size_t scheme_end = endpoint.find("://");
  if (scheme_end == std::string::npos) refuse("has no scheme: write it as " + std::string(example));
  const std::string_view scheme = std::string_view(endpoint).substr(0, scheme_end);
  if (!text::equal_ignoring_case(scheme, "https") && !text::equal_ignoring_case(scheme, "http"))
    refuse("is neither https nor http: write it as " + std::string(example));
  const std::size_t host_end = std::min(endpoint.find_first_of("/?#", scheme_end + 3), endpoint.size());
  const std::string_view host = std::string_view(endpoint).substr(scheme_end + 3, host_end - scheme_end - 3);
  if (host.empty() || host.front() == ':') refuse("names no host: write it as " + std::string(example));
  if (endpoint.find_first_of("?#") != std::string::npos) refuse("has a query or a fragment: end it with /v1");
  while (endpoint.back() == '/') endpoint.pop_back();
  if (!std::string_view(endpoint).substr(std::min(host_end, endpoint.size())).ends_with("/v1"))
    refuse("does not end with /v1: change it to " + endpoint.substr(0, host_end) + "/v1");
  return endpoint;
}

/// Returns a host in lower case in one spelling. An address is written as `inet_ntop` writes it; an IPv4 address may
/// have any form that `inet_aton` reads, or be mapped into IPv6. This machine is `127.0.0.1`: `localhost`, `[::1]`, and
/// the unspecified addresses, which connect to it. Other names are not resolved.
[[nodiscard]] inline std::string canonical_host(std::string host) {
  if (host.ends_with('.')) host.pop_back();  // the root of the domain names
  if (host == "localhost") return "127.0.0.1";
  char text[INET6_ADDRSTRLEN];
  in_addr address{};
  if (host.starts_with('[') && host.ends_with(']')) {
    in6_addr v6{};
    if (::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6) != 1) return host;
    if (IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6)) return "127.0.0.1";
    if (!IN6_IS_ADDR_V4MAPPED(&v6)) return "[" + std::string(::inet_ntop(AF_INET6, &v6, text, sizeof text)) + "]";
    std::memcpy(&address, v6.s6_addr + sizeof v6 - sizeof address, sizeof address);
  } else if (::inet_aton(host.c_str(), &address) == 0) {
    return host;
  }
  if (address.s_addr == INADDR_ANY) return "127.0.0.1";
  return ::inet_ntop(AF_INET, &address, text, sizeof text);
}

/// The parts of an endpoint in one spelling.
struct EndpointParts {
  std::string scheme{};  ///< in lower case, with `://`
  std::string host{};    ///< see `canonical_host`
  std::string port{};    ///< without leading zeros; that of the scheme if the endpoint has none
  std::string path{};    ///< from the first `/`

  [[nodiscard]] const char* default_port() const { return scheme == "https://" ? "443" : "80"; }
};

/// The parts of a checked endpoint.
[[nodiscard]] inline EndpointParts endpoint_parts(std::string_view endpoint) {
  const std::size_t scheme_end = endpoint.find("://") + 3;
  const std::size_t path = std::min(endpoint.find('/', scheme_end), endpoint.size());
  const std::string authority = text::lower_ascii(endpoint.substr(scheme_end, path - scheme_end));
  const std::size_t colon = std::min(authority.find(':', authority.find(']') + 1), authority.size());
  EndpointParts parts{.scheme = text::lower_ascii(endpoint.substr(0, scheme_end)),
                      .host = canonical_host(authority.substr(0, colon)),
                      .port = authority.substr(std::min(colon + 1, authority.size())),
                      .path = std::string(endpoint.substr(path))};
  parts.port.erase(0, parts.port.find_first_not_of('0'));
  if (parts.port.empty()) parts.port = parts.default_port();
  return parts;
}

/// Returns a checked endpoint in one spelling, without a port if it is the default of the scheme.
[[nodiscard]] inline std::string canonical_endpoint(std::string_view endpoint) {
  const EndpointParts parts = endpoint_parts(endpoint);
  const std::string port = parts.port == parts.default_port() ? "" : ":" + parts.port;
  return parts.scheme + parts.host + port + parts.path;
}

}  // namespace reel::appwrite
