#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/enumerator_name.hpp>
#include <reel/error.hpp>
#include <reel/text/ascii.hpp>
#include <reel/text/percent.hpp>

namespace reel::appwrite {

/// The methods that the API uses.
enum class Method { get, head, post, put, patch, remove };

/// The name of the method in a request.
[[nodiscard]] constexpr std::string_view to_string(Method method) {
  using enum Method;
  return driver::enumerator_name(
      method, {{get, "GET"}, {head, "HEAD"}, {post, "POST"}, {put, "PUT"}, {patch, "PATCH"}, {remove, "DELETE"}});
}

/// Header fields in their order. Names compare without case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// The first value of that name, or `nullopt`. Valid until the headers change.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const {
    for (const auto& [field, value] : fields_)
      if (text::equal_ignoring_case(field, name)) return value;
    return std::nullopt;
  }
  void clear() { fields_.clear(); }
  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// A request body that is read while it is sent, so that it does not have to fit into memory.
struct BodyStream {
  std::uint64_t size = 0;
  /// Fills the front of the buffer and returns the number of bytes; 0 only at the end. An exception ends the request
  /// and reaches the caller of `send`.
  std::function<std::size_t(std::span<std::byte>)> read{};
  /// Returns to the first byte. Without it the request is sent only once.
  std::function<void()> rewind{};
};

/// A request to the server. The transport adds the endpoint.
struct HttpRequest {
  Method method = Method::get;
  std::string path{};  ///< path after the endpoint, escaped, with `/` at the front; see `path_of`
  std::vector<std::pair<std::string, std::string>> query{};  ///< names and values, not escaped
  Headers headers{};
  std::string body{};
  std::optional<BodyStream> stream{};  ///< instead of `body`
  /// Receives the body of a 2xx response as it arrives; the response then has no body. An exception ends the request
  /// and reaches the caller of `send`.
  std::function<void(std::span<const std::byte>)> sink{};
};

/// A complete response of any status.
struct HttpResponse {
  int status = 0;
  Headers headers{};
  std::string body{};

  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
};

/// Joins segments to an escaped path: `/a/b%20c` for `a` and `b c`.
///
/// Throws `unsupported` if a segment is empty or `0`. The server's router ignores segments that PHP considers empty, so
/// `DELETE …/documents/0` would delete every document of the collection (Appwrite 1.8.1).
[[nodiscard]] inline std::string path_of(std::initializer_list<std::string_view> segments) {
  std::string path;
  for (const std::string_view segment : segments) {
    if (segment.empty() || segment == "0") {
      throw Error(Errc::unsupported,
                  "cannot send a request for '" + std::string(segment) + "' in '" + path +
                      "': the server ignores this id and would act on the whole list; use another id");
    }
    text::append_percent_encoded(path += '/', segment);
  }
  return path;
}

/// Path and query, escaped, as they follow the endpoint in the URL.
[[nodiscard]] inline std::string target_of(const HttpRequest& request) {
  std::string target = request.path;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    text::append_percent_encoded(target += std::exchange(separator, '&'), name);
    text::append_percent_encoded(target += '=', value);
  }
  return target;
}

}  // namespace reel::appwrite
