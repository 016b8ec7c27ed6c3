#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <reel/backends/appwrite/config.hpp>
#include <reel/backends/appwrite/http.hpp>
#include <reel/backends/appwrite/server_error.hpp>
#include <reel/backends/appwrite/transport.hpp>

namespace reel::appwrite {

/// The largest request body, in bytes. Appwrite 1.8.1 accepts 12 MiB with headers; above that it answers 413 or closes
/// the connection without an answer. 16 KiB are left for headers.
inline constexpr std::size_t largest_body = 12 * 1024 * 1024 - 16 * 1024;

/// The reason for an error answer that is not an error of Appwrite: it has no JSON body with a message.
[[nodiscard]] inline std::string proxy_reason(const AppwriteConfig& config, const HttpResponse& response) {
  const std::string type(response.headers.find("content-type").value_or("no content type"));
  const std::string answer = "HTTP " + std::to_string(response.status) + " (" + type + ")";
  if (response.status == 413)
    return "the server or a proxy in front of it does not accept a body this large: write fewer records at once";
  if (response.status == 429)
    return answer + " without a message of the server: a proxy in front of it limits the rate of requests";
  if (response.status >= 500)
    return answer + " from a proxy in front of " + config.endpoint + ": the server behind it is down or too slow";
  return answer + " is not a response of an Appwrite server: check that the endpoint " + config.endpoint +
         " is one (APPWRITE_ENDPOINT)";
}

/// Whether the server treats the request as that of a guest although it was sent with a session.
[[nodiscard]] inline bool lost_session(const AppwriteConfig& config, const ServerError& error) {
  return config.key.empty() && config.jwt.empty() && !config.session.empty() &&
         error.type == "general_unauthorized_scope" && error.message.find("role: guests") != std::string::npos;
}

/// The code of an error response. Without a key, `user_unauthorized` means a right that the user or guest does not
/// have; with one, that the server does not know the key.
[[nodiscard]] inline Errc code_of(const AppwriteConfig& config, const ServerError& error) {
  if (config.key.empty() && error.type == "user_unauthorized") return Errc::forbidden;
  if (lost_session(config, error)) return Errc::unauthorized;
  return code_of(error.status, error.type);
}

/// The sender of requests without a key, for messages.
[[nodiscard]] inline std::string sender_of(const AppwriteConfig& config) {
  if (!config.jwt.empty()) return "the user of the JWT";
  return config.session.empty() ? "a guest" : "the user of the session";
}

/// The advice for an error of a user or guest; empty if the error has nothing to do with their rights.
[[nodiscard]] inline std::string user_reason(const AppwriteConfig& config, const ServerError& error) {
  if (error.type == "user_jwt_invalid")
    return "the JWT has expired or is not one of project '" + config.project +
           "': create a new one; for a longer time use a session";
  if (!config.key.empty()) return {};
  if (lost_session(config, error))
    return "the session has ended or is not one of project '" + config.project +
           "': sign in again, or create one with 'reel setup appwrite: --watcher', and set APPWRITE_SESSION";
  const std::string sender = sender_of(config);
  if (error.type == "user_unauthorized" && error.message.starts_with("Permissions must be one of"))
    return sender + " may grant permissions only to their own roles";
  if (error.type == "user_unauthorized")
    return sender + " has no permission for this: grant it on the collection, the record or the bucket" +
           (config.jwt.empty() && config.session.empty() ? ", or set APPWRITE_API_KEY or APPWRITE_SESSION" : "") +
           (config.session.empty() ? "" : "; or sign in again, because the session may have ended");
  if (error.type == "general_unauthorized_scope")
    return sender + " may not do this, only an API key: set APPWRITE_API_KEY";
  return {};
}

/// The change of the configuration that resolves an error of this type; empty if the configuration is not the cause.
[[nodiscard]] inline std::string setup_reason(const AppwriteConfig& config, const ServerError& error) {
  if (std::string reason = user_reason(config, error); !reason.empty()) return reason;
  if (error.type == "project_not_found")
    return "the server at " + config.endpoint + " has no project '" + config.project +
           "': check APPWRITE_PROJECT_ID, and that the endpoint is the region or server of this project";
  if (error.type == "user_unauthorized")
    return "the server does not accept the API key for project '" + config.project +
           "': check APPWRITE_API_KEY, and that the key was created in this project and not deleted";
  if (error.type == "project_key_expired")
    return "the API key has expired: create a new one in the console and set APPWRITE_API_KEY";
  if (error.type == "general_access_forbidden")
    return "the request did not name a project that the server knows: check APPWRITE_PROJECT_ID";
  if (error.type == "general_unauthorized_scope" && error.message.find("role: guests") != std::string::npos)
    return "the server does not recognize the API key and treats the request as a guest's: check APPWRITE_API_KEY, "
           "which begins with standard_";
  if (error.type == "general_unauthorized_scope") return "the API key lacks a scope; add it to the key in the console";
  const std::string type = legacy_type(error.type);
  if (type == "database_not_found")
    return "the project '" + config.project + "' has no database '" + config.database +
           "': create it with setup() or 'reel setup appwrite:'";
  if (type == "collection_not_found")
    return "the database '" + config.database +
           "' has no such collection: create it with setup() or 'reel setup appwrite:'";
  if (type == "storage_bucket_not_found")
    return "the project '" + config.project + "' has no such bucket: create it with setup() or 'reel setup appwrite:'";
  if (error.type == "general_route_not_found")
    return "the server does not know this route: check that the endpoint " + config.endpoint +
           " is complete, or the server is too old for it";
  return {};
}

/// The reason for an error answer: the advice where there is one, with the server's message in parentheses, otherwise
/// the server's message.
[[nodiscard]] inline std::string reason_of(const AppwriteConfig& config, const HttpResponse& response,
                                           const ServerError& error) {
  if (!error.json) return proxy_reason(config, response);
  const std::string advice = setup_reason(config, error);
  if (advice.empty()) return error.message;
  return advice + " (" + error.message + ")";
}

/// The reason for an attempt that ended without an answer.
[[nodiscard]] inline std::string reason_of(const AppwriteConfig& config, const TransportError& error) {
  const std::string why = " (" + std::string(error.what()) + ")";
  switch (error.fault()) {
    case Fault::unreachable:
      return "cannot reach " + config.endpoint + ": check the network, and APPWRITE_ENDPOINT" + why;
    case Fault::not_trusted:
      return "the certificate of " + config.endpoint +
             " does not verify: install a valid one on the server, or name its authority's file in CURL_CA_BUNDLE" +
             why;
    case Fault::no_tls:
      return "no TLS connection to " + config.endpoint + ": check that the server speaks https on this port" + why;
    case Fault::timed_out:
      return config.endpoint + " did not answer in time" + why;
    case Fault::broken:
      return "the connection to " + config.endpoint + " was lost before the response arrived" + why;
    case Fault::not_http:
      return "the server at " + config.endpoint + " is not an Appwrite server: check APPWRITE_ENDPOINT" + why;
    case Fault::too_large:
      return "the response is too large" + why;
    case Fault::cancelled:
      return "stopped on request";
    case Fault::redirected:
    case Fault::misconfigured:
      return error.what();
  }
  return error.what();
}

/// The code of an attempt that ended without an answer.
[[nodiscard]] constexpr Errc code_of(Fault fault) {
  switch (fault) {
    case Fault::timed_out:
      return Errc::timed_out;
    case Fault::cancelled:
      return Errc::cancelled;
    case Fault::too_large:
      return Errc::too_large;
    case Fault::not_http:
    case Fault::redirected:
    case Fault::misconfigured:
      return Errc::invalid;
    default:
      return Errc::unavailable;
  }
}

/// Whether another attempt may succeed.
[[nodiscard]] constexpr bool may_pass(Fault fault) {
  return fault == Fault::unreachable || fault == Fault::timed_out || fault == Fault::broken;
}

}  // namespace reel::appwrite
