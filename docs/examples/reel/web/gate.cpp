#include "gate.hpp"

#include <algorithm>
#include <utility>

#include <reel/text/ascii.hpp>

namespace tool::web {
namespace {

/// The name in a `Host` field, without the port.
std::string_view host_in(std::string_view field) {
  if (field.starts_with('[')) return field.substr(0, field.find(']') + 1);
  return field.substr(0, field.find(':'));
}

bool is_loopback_name(std::string_view host) {
  const std::string name = reel::text::lower_ascii(host);
  if (name == "localhost" || name == "[::1]") return true;
  return name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string::npos;
}

/// The value of a cookie in a `Cookie` field.
std::string_view cookie_in(std::string_view field, std::string_view name) {
  while (!field.empty()) {
    std::string_view pair = field.substr(0, field.find(';'));
    field.remove_prefix(std::min(pair.size() + 1, field.size()));
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
  }
  return {};
}

/// A cookie cannot contain every character of a token.
std::string hexadecimal(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += {digits[byte >> 4U], digits[byte & 15U]};
  }
  return out;
}

/// Compares in a time that depends on the length of `given` alone. `secret` is not empty.
bool equal_in_constant_time(std::string_view given, std::string_view secret) {
  std::size_t difference = given.size() ^ secret.size();
  for (std::size_t i = 0; i < given.size(); ++i)
    difference |= static_cast<std::size_t>(static_cast<unsigned char>(given[i]) ^
                                           static_cast<unsigned char>(secret[i % secret.size()]));
  return difference == 0;
}

}  // namespace

Gate::Gate(std::string token, bool is_loopback, unsigned short port)
    : token_(std::move(token)), is_loopback_(is_loopback), port_(port) {}

std::optional<Response> Gate::refuse(const Request& request) const {
  if (is_loopback_ && !is_loopback_name(host_in(request.header("host"))))
    return error_response(421, "misdirected",
                          "the request is for another host; open http://127.0.0.1:" + std::to_string(port_) +
                              "/, or start 'reel serve' with --bind and --token to use other names");
  if (!request.is_read() && request.method != "POST")
    return std::move(error_response(405, "unsupported", "the method is not one of GET, HEAD and POST")
                         .with("allow", "GET, HEAD, POST"));
  return std::nullopt;
}

bool Gate::admits(const Request& request) const {
  constexpr std::string_view scheme = "Bearer ";
  if (token_.empty()) return true;
  const std::string_view header = request.header("authorization");
  if (header.starts_with(scheme)) return is_token(header.substr(scheme.size()));
  return equal_in_constant_time(cookie_in(request.header("cookie"), cookie_name()), hexadecimal(token_));
}

bool Gate::is_same_origin(const Request& request, bool needs_header) const {
  if (needs_header && request.header("x-reel-same-origin").empty()) return false;
  const std::string_view site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin") return false;
  const std::string_view origin = request.header("origin");
  const std::string host(request.header("host"));
  return origin.empty() || origin == "http://" + host || origin == "https://" + host;
}

bool Gate::is_token(std::string_view given) const { return token_.empty() || equal_in_constant_time(given, token_); }

Response Gate::welcome(const std::string& location) const {
  Response response = text_response(303, "text/plain; charset=utf-8", "");
  response.with("location", location);
  if (!token_.empty())
    response.with("set-cookie", cookie_name() + "=" + hexadecimal(token_) + "; Path=/; HttpOnly; SameSite=Strict");
  return response;
}

std::string Gate::cookie_name() const { return "reel_" + std::to_string(port_); }

}  // namespace tool::web
