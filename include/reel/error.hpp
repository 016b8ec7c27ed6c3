#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace reel {

/// What went wrong: a closed list, the same for the same mistake on every backend. docs/errors.md tells what to do.
enum class Errc {
  not_found,
  already_exists,
  invalid,
  conflict,
  unauthorized,
  forbidden,
  rate_limited,
  too_large,
  unsupported_media,
  unsupported,
  unavailable,
  timed_out,
  corrupt,
  cancelled,
  internal,
};

[[nodiscard]] constexpr std::string_view to_string(Errc code) {
  constexpr std::string_view names[] = {"not_found",         "already_exists", "invalid",      "conflict",
                                        "unauthorized",      "forbidden",      "rate_limited", "too_large",
                                        "unsupported_media", "unsupported",    "unavailable",  "timed_out",
                                        "corrupt",           "cancelled",      "internal"};
  return names[static_cast<std::size_t>(code)];
}

/// Where it went wrong, as far as known; empty means unknown or not applicable.
struct ErrorContext {
  std::string operation{};
  std::string collection{};  ///< or the bucket
  std::string id{};
  std::string attribute{};
  std::string index{};
  std::optional<std::size_t> item{};  ///< position in a bulk call
  int http_status = 0;
  std::string server_type{};
  std::optional<std::chrono::milliseconds> retry_after{};
};

/// Every failure of the library. `what()` reads `tracks.create red: already_exists: …`.
class Error : public std::runtime_error {
 public:
  Error(Errc code, std::string reason, ErrorContext context = {})
      : std::runtime_error(describe(code, reason, context)),
        code_(code),
        reason_(std::move(reason)),
        context_(std::move(context)) {}

  [[nodiscard]] Errc code() const noexcept { return code_; }
  /// The sentence alone, without code and place.
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
  [[nodiscard]] const ErrorContext& context() const noexcept { return context_; }
  [[nodiscard]] const std::string& operation() const noexcept { return context_.operation; }
  [[nodiscard]] const std::string& collection() const noexcept { return context_.collection; }
  [[nodiscard]] const std::string& id() const noexcept { return context_.id; }
  [[nodiscard]] const std::string& attribute() const noexcept { return context_.attribute; }

  /// The same error with the blanks of its context filled from `outer`; what is already known wins.
  [[nodiscard]] Error within(const ErrorContext& outer) const {
    ErrorContext merged = context_;
    const auto fill = [](std::string& mine, const std::string& theirs) {
      if (mine.empty()) mine = theirs;
    };
    fill(merged.operation, outer.operation);
    fill(merged.collection, outer.collection);
    fill(merged.id, outer.id);
    fill(merged.attribute, outer.attribute);
    if (!merged.item) merged.item = outer.item;
    return Error(code_, reason_, std::move(merged));
  }

 private:
  static std::string describe(Errc code, const std::string& reason, const ErrorContext& context) {
    std::string text = context.collection;
    if (!context.operation.empty()) text += (text.empty() ? "" : ".") + context.operation;
    if (!context.id.empty()) text += (text.empty() ? "" : " ") + context.id;
    if (context.item) text += (text.empty() ? "item " : " item ") + std::to_string(*context.item);
    if (!text.empty()) text += ": ";
    text += to_string(code);
    return text += ": " + reason;
  }

  Errc code_;
  std::string reason_;
  ErrorContext context_;
};

}  // namespace reel
