#pragma once

#include <algorithm>
#include <cstddef>
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

/// Returns a checked endpoint with scheme and host in lower case, without the default port of the scheme, and with one
/// name for this machine: `localhost` and `[::1]` are `127.0.0.1`.
[[nodiscard]] inline std::string canonical_endpoint(std::string endpoint) {
  const std::size_t host = endpoint.find("://") + 3;
  const std::size_t path = std::min(endpoint.find('/', host), endpoint.size());
  endpoint.replace(0, path, text::lower_ascii(std::string_view(endpoint).substr(0, path)));
  const std::string_view port = endpoint.starts_with("https:") ? ":443" : ":80";
  if (std::string_view(endpoint).substr(0, path).ends_with(port)) endpoint.erase(path - port.size(), port.size());
  for (const std::string_view name : {"localhost", "[::1]"}) {
    const std::string_view rest = std::string_view(endpoint).substr(host);
    const bool is_whole =
        rest.starts_with(name) && (rest.size() == name.size() || rest[name.size()] == ':' || rest[name.size()] == '/');
    if (is_whole) endpoint.replace(host, name.size(), "127.0.0.1");
  }
  return endpoint;
}

}  // namespace reel::appwrite
