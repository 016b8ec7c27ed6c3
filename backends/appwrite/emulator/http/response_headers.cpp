#include <string>

#include <emulator/access/access.hpp>
#include <emulator/http/compression.hpp>
#include <emulator/queries/legacy_queries.hpp>

namespace reel::emulator {
namespace {

constexpr std::string_view allowed_headers =
    "Origin, Cookie, Set-Cookie, X-Requested-With, Content-Type, Access-Control-Allow-Origin, "
    "Access-Control-Request-Headers, Accept, X-Appwrite-Project, X-Appwrite-Key, X-Appwrite-Dev-Key, "
    "X-Appwrite-Locale, X-Appwrite-Mode, X-Appwrite-JWT, X-Appwrite-Response-Format, X-Appwrite-Timeout, "
    "X-SDK-Version, X-SDK-Name, X-SDK-Language, X-SDK-Platform, X-SDK-GraphQL, X-Appwrite-ID, X-Appwrite-Timestamp, "
    "Content-Range, Range, Cache-Control, Expires, Pragma, ";

/// The origin that may read the response: localhost with the scheme and port of the request's origin.
std::string permitted_origin(std::string_view origin) {
  const std::size_t scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos) return "http://localhost";
  const std::string_view authority = origin.substr(scheme_end + 3, origin.find('/', scheme_end + 3) - scheme_end - 3);
  const std::size_t colon = authority.find(':');
  const std::string port{colon == std::string_view::npos ? std::string_view{} : authority.substr(colon)};
  return std::string{origin.substr(0, scheme_end)} + "://localhost" + port;
}

void add_cors(Response& response, std::string origin, std::string_view further_headers) {
  response.header("access-control-allow-credentials", "true");
  response.header("access-control-allow-headers", std::string{allowed_headers} + std::string{further_headers});
  response.header("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE");
  response.header("access-control-allow-origin", std::move(origin));
  response.header("access-control-expose-headers", "X-Appwrite-Session, X-Fallback-Cookies");
}

}  // namespace

std::optional<Response> answer_without_route(const Request& request) {
  if (request.method != "OPTIONS") return std::nullopt;
  return no_content();
}

void warn_about_format(const Call& call, const std::string& version, Response& response) {
  const std::string format{call.request.header("x-appwrite-response-format").value_or("")};
  if (format.empty() || !is_newer(format, version)) return;
  response.header("x-appwrite-warning", "The current SDK is built for Appwrite " + format +
                                            ". However, the current Appwrite server version is " + version +
                                            ". Please downgrade your SDK to match the Appwrite version: "
                                            "https://appwrite.io/docs/sdks");
}

void finish_response(const Request& request, Response& response) {
  response.header("server", "Appwrite");
  const std::string_view origin = request.header("origin").value_or("");
  if (request.method == "OPTIONS") {
    add_cors(response, std::string{origin},
             "X-Appwrite-Session, X-Fallback-Cookies, X-Forwarded-For, X-Forwarded-User-Agent");
    return;
  }
  add_cors(response, permitted_origin(origin), "X-Forwarded-For, X-Forwarded-User-Agent");
  response.header("x-content-type-options", "nosniff");
  response.header("x-debug-fallback", "true");
  compress(request, response);
}

}  // namespace reel::emulator
