#include "response.hpp"

#include <exception>

#include <reel/error.hpp>

namespace tool::web {
namespace {

int status_of(reel::Errc code) {
  using enum reel::Errc;
  switch (code) {
    case not_found:
      return 404;
    case already_exists:
    case conflict:
      return 409;
    case invalid:
      return 400;
    case forbidden:
      return 403;
    case too_large:
      return 413;
    case unsupported_media:
    case unsupported:
      return 501;
    case unauthorized:
      return 502;
    case rate_limited:
    case unavailable:
    case timed_out:
      return 503;
    default:
      return 500;
  }
}

}  // namespace

Response text_response(int status, std::string type, std::string text) {
  Response response{.status = status, .body = std::move(text)};
  return std::move(response.with("content-type", std::move(type)).with("cache-control", "no-store"));
}

Response json_response(const Json& json, int status) {
  return text_response(status, "application/json; charset=utf-8",
                       json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Response error_response(int status, std::string_view code, std::string_view message) {
  return json_response({{"error", {{"code", code}, {"message", message}}}}, status);
}

Response error_response(const std::exception& error) {
  if (const auto* known = dynamic_cast<const reel::Error*>(&error))
    return error_response(status_of(known->code()), reel::to_string(known->code()), known->what());
  return error_response(500, "internal", error.what());
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 206:
      return "Partial Content";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 416:
      return "Range Not Satisfiable";
    case 421:
      return "Misdirected Request";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

}  // namespace tool::web
