#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/codec.hpp>
#include <reel/error.hpp>
#include <reel/timestamp.hpp>

namespace reel::testing {

/// Thrown if a rule does not hold. The message is a sentence with the expected and the actual result.
class Broken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Formats a value for a message.
template <class V>
[[nodiscard]] std::string show(const V& value);

namespace detail {

inline std::string show_text(std::string_view text) {
  constexpr std::size_t enough = 60;
  std::string shown = "\"";
  for (const char c : text.substr(0, enough)) {
    if (c == '\0') {
      shown += "\\0";
    } else if (c == '\n') {
      shown += "\\n";
    } else {
      shown += c;
    }
  }
  if (text.size() > enough) shown += "…\" (" + std::to_string(text.size()) + " bytes)";
  return text.size() > enough ? shown : shown + '"';
}

template <class Range>
std::string show_all(const Range& range) {
  std::string shown = "[";
  for (const auto& one : range) shown += (shown.size() == 1 ? "" : ", ") + show(one);
  return shown + "]";
}

}  // namespace detail

template <class V>
[[nodiscard]] std::string show(const V& value) {
  if constexpr (std::is_same_v<V, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_arithmetic_v<V>) {
    return std::to_string(value);
  } else if constexpr (std::is_convertible_v<const V&, std::string_view>) {
    return detail::show_text(value);
  } else if constexpr (std::is_same_v<V, Timestamp>) {
    return format_timestamp(value);
  } else if constexpr (std::is_same_v<V, Errc>) {
    return std::string(reel::to_string(value));
  } else if constexpr (std::is_enum_v<V>) {
    return std::string(enum_name(value));
  } else if constexpr (reel::detail::is_id<V>) {
    return value.str();
  } else if constexpr (requires { value.has_value(); }) {
    return value ? show(*value) : "nothing";
  } else if constexpr (requires { value.begin(); }) {
    return detail::show_all(value);
  } else {
    return "a value";
  }
}

/// Throws `Broken` with `sentence`, which describes the failure, unless `holds`.
inline void expect(bool holds, std::string_view sentence) {
  if (!holds) throw Broken(std::string(sentence));
}

namespace detail {

template <class A, class B>
bool equal(const A& a, const B& b) {
  if constexpr (std::integral<A> && std::integral<B> && !std::same_as<A, bool> && !std::same_as<B, bool>) {
    return std::cmp_equal(a, b);
  } else {
    return a == b;
  }
}

}  // namespace detail

/// Throws `Broken` unless the values are equal. Integers compare by value, whatever their types. The message starts
/// with `what`, the name of the value, and shows both values.
template <class Actual, class Expected>
void expect_equal(const Actual& actual, const Expected& expected, std::string_view what) {
  if (!detail::equal(actual, expected))
    throw Broken(std::string(what) + ": expected " + show(expected) + ", got " + show(actual));
}

/// Runs `action`, which must fail with `code`, and returns the error. Throws `Broken` otherwise. An `unsupported` error
/// propagates, so that the rule counts as refused.
template <std::invocable F>
Error expect_error(Errc code, F&& action, std::string_view what) {
  try {
    static_cast<void>(std::forward<F>(action)());
  } catch (const Error& error) {
    if (error.code() == code) return error;
    if (error.code() == Errc::unsupported) throw;
    throw Broken(std::string(what) + ": expected the error " + show(code) + ", got " + error.what());
  }
  throw Broken(std::string(what) + ": expected the error " + show(code) + ", but the operation succeeded");
}

}  // namespace reel::testing
