#pragma once

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <reel/driver/enumerator_name.hpp>

namespace reel {

/// The kind of a failure. The list is closed, and the same mistake has the same code on every backend, so programs can
/// decide by it. `docs/errors.md` lists for each code the operations that throw it and what to do.
enum class Errc {
  /// No record or blob has the id; or the collection or bucket was not set up, or a file does not exist.
  not_found,
  /// The id, or the values of a unique index, belong to another record or blob.
  already_exists,
  /// The caller passed a value that breaks a rule; the message names the rule. Nothing was changed.
  invalid,
  /// The stored state does not permit the operation: the record changed since `if_unchanged_since`, another record
  /// refers to it, or the stored collection has another schema.
  conflict,
  /// The server does not accept the credentials.
  unauthorized,
  /// The credentials or the file system do not permit the operation, or the store is open read-only.
  forbidden,
  /// The server asks to slow down; see `ErrorContext::retry_after`.
  rate_limited,
  /// A blob exceeds `Bucket::max_size`, or a bucket or a request a limit of the server.
  too_large,
  /// The bucket does not accept blobs with this extension.
  unsupported_media,
  /// The store cannot do this at all.
  unsupported,
  /// The medium or the server failed. The operation may succeed later.
  unavailable,
  /// No response arrived in time. A write may have been applied.
  timed_out,
  /// Stored data are damaged, or do not fit the schema.
  corrupt,
  /// A progress callback or a stop condition of the caller ended the operation.
  cancelled,
  /// A backend broke its contract: a bug.
  internal,
};

/// The name of the enumerator: `not_found`.
[[nodiscard]] constexpr std::string_view to_string(Errc code) {
  using enum Errc;
  return driver::enumerator_name(code, {{not_found, "not_found"},
                                        {already_exists, "already_exists"},
                                        {invalid, "invalid"},
                                        {conflict, "conflict"},
                                        {unauthorized, "unauthorized"},
                                        {forbidden, "forbidden"},
                                        {rate_limited, "rate_limited"},
                                        {too_large, "too_large"},
                                        {unsupported_media, "unsupported_media"},
                                        {unsupported, "unsupported"},
                                        {unavailable, "unavailable"},
                                        {timed_out, "timed_out"},
                                        {corrupt, "corrupt"},
                                        {cancelled, "cancelled"},
                                        {internal, "internal"}});
}

/// Writes the name of the enumerator, which a test framework prints when a comparison fails.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, Errc code) {
  return out << to_string(code);
}

/// Where an operation failed. Members are empty if they are unknown or do not apply.
struct ErrorContext {
  /// The member function, such as `create` or `put`.
  std::string operation{};
  /// The id of the collection or bucket.
  std::string collection{};
  /// The id of the record or blob.
  std::string id{};
  /// The name of the attribute whose value was refused.
  std::string attribute{};
  /// The name of the unique index that was violated.
  std::string index{};
  /// The position of the item in a bulk call, from 0.
  std::optional<std::size_t> item{};
  /// The status code of the server's response; 0 without one.
  int http_status = 0;
  /// The `type` of an Appwrite error, such as `document_not_found`
  /// (https://appwrite.io/docs/advanced/platform/response-codes).
  std::string server_type{};
  /// How long the server asks to wait before the next request.
  std::optional<std::chrono::milliseconds> retry_after{};
};

/// Every failure of the library. `what()` contains collection, operation, id, code and reason:
/// `tracks.create red: already_exists: another record has the same values in the unique index 'by_title'`.
///
///     try {
///       tracks.create({.title = "Blue"});
///     } catch (const Error& error) {
///       if (error.code() != Errc::already_exists) throw;
///       std::cerr << error.what() << '\n';
///     }
///
/// Exceptions of the caller's own code (callbacks, sources, sinks) are not wrapped.
class Error : public std::runtime_error {
 public:
  /// `reason` is a sentence in lower case without a full stop.
  Error(Errc code, std::string reason, ErrorContext context = {})
      : std::runtime_error(describe(code, reason, context)),
        code_(code),
        reason_(std::move(reason)),
        context_(std::move(context)) {}

  /// The kind of the failure.
  [[nodiscard]] Errc code() const noexcept { return code_; }
  /// The explanation alone, without code and context.
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
  /// Where the operation failed.
  [[nodiscard]] const ErrorContext& context() const noexcept { return context_; }
  /// `context().operation`.
  [[nodiscard]] const std::string& operation() const noexcept { return context_.operation; }
  /// `context().collection`.
  [[nodiscard]] const std::string& collection() const noexcept { return context_.collection; }
  /// `context().id`.
  [[nodiscard]] const std::string& id() const noexcept { return context_.id; }
  /// `context().attribute`.
  [[nodiscard]] const std::string& attribute() const noexcept { return context_.attribute; }

  /// A copy of the error whose empty members of the context are set from `outer`. Members that are set already stay.
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
