#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <reel/driver/value.hpp>
#include <reel/json/plain.hpp>
#include <reel/permission.hpp>
#include <reel/timestamp.hpp>

/// JSON (RFC 8259) appended to a string, without a tree in memory. Strings must be UTF-8, which is not checked. Numbers
/// are written with the fewest digits that read back as the same number.
namespace reel::json {

/// Appends a quoted string with the escapes that JSON requires and no others.
inline void append_string(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  for (;;) {
    const std::size_t plain = plain_size(text);
    out.append(text, 0, plain);
    if (plain == text.size()) break;
    const auto c = static_cast<unsigned char>(text[plain]);
    text.remove_prefix(plain + 1);
    out += '\\';
    switch (c) {
      case '"':
      case '\\':
        out += static_cast<char>(c);
        break;
      case '\n':
        out += 'n';
        break;
      case '\t':
        out += 't';
        break;
      case '\r':
        out += 'r';
        break;
      default:
        out += "u00";
        out += hex[c >> 4];
        out += hex[c & 15];
    }
  }
  out += '"';
}

/// Appends an integer or a finite floating-point number.
template <class Number>
void append_number(std::string& out, Number number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

/// Appends the name of a member and a colon, and before it a comma unless the object in `out` is empty.
inline void append_name(std::string& out, std::string_view name) {
  if (!out.empty() && out.back() != '{') out += ',';
  append_string(out, name);
  out += ':';
}

/// Appends an array. Calls `append_one(out, element)` for each element of a range.
template <class Elements, class Append>
void append_list(std::string& out, const Elements& elements, Append&& append_one) {
  out += '[';
  for (const auto& element : elements) {
    if (out.back() != '[') out += ',';
    append_one(out, element);
  }
  out += ']';
}

/// Appends a time as the string that `format_timestamp` returns.
inline void append_time(std::string& out, Timestamp moment) {
  out += '"';
  append_timestamp(out, moment);
  out += '"';
}

/// Appends a value of any type.
inline void append_value(std::string& out, const driver::Value& value) {
  if (value.is_null()) {
    out += "null";
  } else if (const auto* text = value.as<std::string>()) {
    append_string(out, *text);
  } else if (const auto* integer = value.as<std::int64_t>()) {
    append_number(out, *integer);
  } else if (const auto* real = value.as<double>()) {
    append_number(out, *real);
  } else if (const auto* flag = value.as<bool>()) {
    out += *flag ? "true" : "false";
  } else if (const auto* moment = value.as<Timestamp>()) {
    append_time(out, *moment);
  } else {
    append_list(out, *value.as<driver::List>(), append_value);
  }
}

/// Appends a string, a number, a bool, a timestamp, a `driver::Value`, a permission, or a range of these as an array.
template <class T>
void append(std::string& out, const T& value) {
  if constexpr (std::convertible_to<const T&, std::string_view>) {
    append_string(out, value);
  } else if constexpr (std::same_as<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_arithmetic_v<T>) {
    append_number(out, value);
  } else if constexpr (std::same_as<T, Timestamp>) {
    append_time(out, value);
  } else if constexpr (std::same_as<T, driver::Value>) {
    append_value(out, value);
  } else if constexpr (std::same_as<T, Permission>) {
    append_string(out, value.str());
  } else {
    append_list(out, value, [](std::string& text, const auto& element) { append(text, element); });
  }
}

/// An object under construction. Its members keep the order in which they are added.
class Object {
 public:
  /// Adds a member with any value that `append` accepts.
  template <class T>
  Object& add(std::string_view name, const T& value) {
    append_name(members_, name);
    append(members_, value);
    return *this;
  }
  /// Adds a member that is an object.
  Object& add(std::string_view name, const Object& object) { return add_json(name, object.str()); }
  /// Adds a member whose value is JSON already.
  Object& add_json(std::string_view name, std::string_view json) {
    append_name(members_, name);
    members_ += json;
    return *this;
  }
  /// Adds the members of another object.
  Object& add(const Object& other) {
    if (!empty() && !other.empty()) members_ += ',';
    members_ += other.members_;
    return *this;
  }

  /// Whether it has no members.
  [[nodiscard]] bool empty() const { return members_.empty(); }
  /// The JSON of the object.
  [[nodiscard]] std::string str() const { return '{' + members_ + '}'; }

 private:
  std::string members_{};
};

}  // namespace reel::json
