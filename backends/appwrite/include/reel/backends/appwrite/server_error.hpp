#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/appwrite/http.hpp>
#include <reel/backends/appwrite/string_members.hpp>
#include <reel/error.hpp>

namespace reel::appwrite {

/// The body of an error response. Every member except the status may be empty.
struct ServerError {
  int status = 0;
  std::string type{};     ///< stable name of the error, such as `document_not_found`
  std::string message{};  ///< for people; differs between versions
  std::string version{};  ///< of the server
  bool json = false;      ///< false if the response is not from Appwrite, but from a proxy or another program
};

/// Reads the body of an error response. Never fails.
[[nodiscard]] inline ServerError read_server_error(const HttpResponse& response) {
  ServerError error{.status = response.status};
  if (!read_string_members(response.body,
                           {{"type", error.type}, {"message", error.message}, {"version", error.version}}))
    return {.status = response.status};
  error.json = !error.message.empty();
  return error;
}

/// Whether a response with status 500 names a specific fault, so that another attempt would fail in the same way.
[[nodiscard]] inline bool is_final(const ServerError& error) {
  if (error.type.empty()) return false;
  // Removal of a file that is gone: the server took its record from the cache.
  if (error.message.find("Failed to delete file from device") != std::string::npos) return true;
  return error.type != "general_unknown" && error.type != "general_server_error";
}

/// Maps an error type of the server to a code.
struct TypeRule {
  std::string_view type;
  Errc code;
};

/// The types of Appwrite 1.6 to 1.9, sorted. Types of `/tablesdb` are first converted by `legacy_type`.
inline constexpr TypeRule type_rules[] = {
    {"attribute_already_exists", Errc::already_exists},
    {"attribute_default_unsupported", Errc::invalid},
    {"attribute_format_unsupported", Errc::invalid},
    {"attribute_invalid_resize", Errc::conflict},
    {"attribute_limit_exceeded", Errc::invalid},
    {"attribute_not_available", Errc::conflict},
    {"attribute_not_found", Errc::not_found},
    {"attribute_type_invalid", Errc::invalid},
    {"attribute_type_not_supported", Errc::invalid},
    {"attribute_unknown", Errc::invalid},
    {"attribute_value_invalid", Errc::invalid},
    {"collection_already_exists", Errc::already_exists},
    {"collection_limit_exceeded", Errc::invalid},
    {"collection_not_found", Errc::not_found},
    {"database_already_exists", Errc::already_exists},
    {"database_not_found", Errc::not_found},
    {"database_query_order_null", Errc::invalid},
    {"database_timeout", Errc::timed_out},
    {"document_already_exists", Errc::already_exists},
    {"document_delete_restricted", Errc::conflict},
    {"document_invalid_structure", Errc::invalid},
    {"document_missing_data", Errc::invalid},
    {"document_missing_payload", Errc::invalid},
    {"document_not_found", Errc::not_found},
    {"document_update_conflict", Errc::conflict},
    {"general_access_forbidden", Errc::unauthorized},
    {"general_api_disabled", Errc::forbidden},
    {"general_argument_invalid", Errc::invalid},
    {"general_attribute_query_limit_exceeded", Errc::invalid},
    {"general_bad_request", Errc::invalid},
    {"general_cursor_not_found", Errc::invalid},
    {"general_feature_unsupported", Errc::unsupported},
    {"general_not_implemented", Errc::unsupported},
    {"general_query_invalid", Errc::invalid},
    {"general_query_limit_exceeded", Errc::invalid},
    {"general_rate_limit_exceeded", Errc::rate_limited},
    {"general_resource_blocked", Errc::forbidden},
    {"general_route_not_found", Errc::unsupported},
    {"general_server_error", Errc::unavailable},
    {"general_service_disabled", Errc::forbidden},
    {"general_unauthorized_scope", Errc::forbidden},
    {"general_unknown", Errc::unavailable},
    {"general_unknown_origin", Errc::forbidden},
    {"index_already_exists", Errc::already_exists},
    {"index_dependency", Errc::conflict},
    {"index_invalid", Errc::invalid},
    {"index_limit_exceeded", Errc::invalid},
    {"index_not_found", Errc::not_found},
    {"project_id_missing", Errc::unauthorized},
    {"project_key_expired", Errc::unauthorized},
    {"project_not_found", Errc::unauthorized},
    {"relationship_value_invalid", Errc::invalid},
    {"storage_bucket_already_exists", Errc::already_exists},
    {"storage_bucket_not_found", Errc::not_found},
    {"storage_bucket_transformations_disabled", Errc::forbidden},
    {"storage_device_not_found", Errc::unavailable},
    {"storage_file_already_exists", Errc::already_exists},
    {"storage_file_empty", Errc::invalid},
    {"storage_file_not_found", Errc::not_found},
    {"storage_file_not_public", Errc::forbidden},
    {"storage_file_type_unsupported", Errc::unsupported_media},
    {"storage_invalid_appwrite_id", Errc::invalid},
    {"storage_invalid_content_range", Errc::invalid},
    {"storage_invalid_file", Errc::forbidden},
    {"storage_invalid_file_size", Errc::too_large},
    {"storage_invalid_range", Errc::invalid},
    {"token_expired", Errc::unauthorized},
    {"token_not_found", Errc::not_found},
    {"token_resource_type_invalid", Errc::invalid},
    {"transaction_already_exists", Errc::already_exists},
    {"transaction_conflict", Errc::conflict},
    {"transaction_expired", Errc::timed_out},
    {"transaction_failed", Errc::invalid},
    {"transaction_invalid", Errc::invalid},
    {"transaction_limit_exceeded", Errc::invalid},
    {"transaction_not_found", Errc::not_found},
    {"transaction_not_ready", Errc::invalid},
    {"user_api_key_and_session_set", Errc::forbidden},
    {"user_blocked", Errc::forbidden},
    {"user_jwt_and_cookie_set", Errc::forbidden},
    {"user_jwt_invalid", Errc::unauthorized},
    {"user_key_and_session_set", Errc::forbidden},
    {"user_unauthorized", Errc::unauthorized},
};
static_assert(std::ranges::is_sorted(type_rules, {}, &TypeRule::type));

/// The rule for a type, or null if the type is unknown. Logarithmic.
[[nodiscard]] constexpr const TypeRule* find_rule(std::string_view type) {
  const TypeRule* const found = std::ranges::lower_bound(type_rules, type, {}, &TypeRule::type);
  return found != std::end(type_rules) && found->type == type ? found : nullptr;
}

/// The code for a status, for responses without a known type.
[[nodiscard]] constexpr Errc code_of_status(int status) {
  switch (status) {
    case 401:
      return Errc::unauthorized;
    case 402:
    case 403:
    case 451:
      return Errc::forbidden;
    case 404:
      return Errc::not_found;
    case 408:
    case 504:
      return Errc::timed_out;
    case 409:
    case 412:
      return Errc::conflict;
    case 413:
      return Errc::too_large;
    case 415:
      return Errc::unsupported_media;
    case 429:
      return Errc::rate_limited;
    case 405:
    case 501:
      return Errc::unsupported;
    default:
      return status >= 500 ? Errc::unavailable : status >= 400 ? Errc::invalid : Errc::internal;
  }
}

/// The type as the routes of `/databases` name it: `document_not_found` for `row_not_found`.
[[nodiscard]] inline std::string legacy_type(std::string_view type) {
  // Pairs of nouns, the longer prefix first.
  constexpr std::pair<std::string_view, std::string_view> nouns[] = {
      {"column_index_", "index_"}, {"column_", "attribute_"}, {"table_", "collection_"}, {"row_", "document_"}};
  for (const auto& [table, collection] : nouns)
    if (type.starts_with(table)) return std::string(collection) += type.substr(table.size());
  if (type == "general_column_query_limit_exceeded") return "general_attribute_query_limit_exceeded";
  return std::string(type);
}

/// The code of an error: by type if it is known, otherwise by status. Never by message, because messages differ between
/// versions.
[[nodiscard]] inline Errc code_of(int status, std::string_view type) {
  const TypeRule* const rule = find_rule(legacy_type(type));
  return rule != nullptr ? rule->code : code_of_status(status);
}

}  // namespace reel::appwrite
