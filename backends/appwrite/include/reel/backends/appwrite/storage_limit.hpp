#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <reel/backends/appwrite/requests.hpp>
#include <reel/text/whole_number.hpp>

namespace reel::appwrite {

/// The size of the largest file that the server accepts, in bytes, from its refusal of a bucket for larger ones.
/// Returns `nullopt` for another error, or if it does not contain the limit.
[[nodiscard]] inline std::optional<std::int64_t> storage_limit_in(const Error& error) {
  if (!has_type(error, "general_argument_invalid")) return std::nullopt;
  const std::string& reason = error.reason();
  // "Invalid `maximumFileSize` param: Value must be a valid range between 1 and 30,000,000"
  const std::size_t parameter = reason.find("maximumFileSize");
  constexpr std::string_view before = " and ";
  const std::size_t found = parameter == std::string::npos ? parameter : reason.find(before, parameter);
  if (found == std::string::npos) return std::nullopt;
  std::string digits;
  for (std::size_t i = found + before.size(); i < reason.size(); ++i) {
    const bool digit = reason[i] >= '0' && reason[i] <= '9';
    if (!digit && reason[i] != ',') break;
    if (digit) digits += reason[i];
  }
  return text::whole_number<std::int64_t>(digits);
}

/// The server's `_APP_STORAGE_LIMIT`: the size of the largest file that it accepts, in bytes. No route reports it, so
/// this sends PUT /storage/buckets/0reel with an impossible size and reads the limit in the refusal (Appwrite 1.8.1,
/// `general_argument_invalid`). Nothing is written. 1 request; throws `forbidden` without the scope `buckets.write`.
/// Returns `nullopt` if the refusal does not contain a limit.
[[nodiscard]] inline std::optional<std::int64_t> storage_limit(const Client& client) {
  const Json impossible{{"name", "Reel"}, {"maximumFileSize", std::numeric_limits<std::int64_t>::max()}};
  try {
    client.call(with_body(Method::put, path_of({"storage", "buckets", "0reel"}), Idempotency::idempotent, impossible));
  } catch (const Error& error) {
    const std::optional<std::int64_t> limit = storage_limit_in(error);
    if (!limit && error.code() != Errc::not_found && error.code() != Errc::invalid) throw;
    return limit;
  }
  return std::nullopt;
}

}  // namespace reel::appwrite
