#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include <reel/json/plain.hpp>
#include <reel/text/utf8.hpp>

/// JSON (RFC 8259) read without a tree in between, because every record passes through it.
namespace reel::json {

/// Reads JSON from front to back. A call returns false, and leaves the position unspecified, if something else is next.
class Reader {
 public:
  explicit Reader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  [[nodiscard]] bool done() const { return at_ == end_; }
  [[nodiscard]] char peek() const { return at_ == end_ ? '\0' : *at_; }
  [[nodiscard]] std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }
  bool take(char expected) {
    if (at_ == end_ || *at_ != expected) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view expected) {
    if (!rest().starts_with(expected)) return false;
    at_ += expected.size();
    return true;
  }

  bool string(std::string& out) {
    out.clear();
    if (!take('"')) return false;
    for (;;) {
      const char* plain = at_;
      pass_plain();
      out.append(plain, at_);
      if (take('"')) return true;
      if (!take('\\') || !escape(out)) return false;
    }
  }
  /// The same without a copy if the string has no escape; `decoded` holds it otherwise.
  bool string(std::string_view& out, std::string& decoded) {
    const char* const start = at_;
    if (!take('"')) return false;
    pass_plain();
    out = {start + 1, static_cast<std::size_t>(at_ - start - 1)};
    if (take('"')) return true;
    at_ = start;
    if (!string(decoded)) return false;
    out = decoded;
    return true;
  }
  bool boolean(bool& out) {
    out = peek() == 't';
    return take("true") || take("false");
  }
  template <class Number>
  bool number(Number& out) {
    const auto [end, error] = std::from_chars(at_, end_, out);
    if (error != std::errc{}) return false;
    at_ = end;
    return true;
  }
  /// Passes white space.
  void space() {
    while (at_ != end_ && *at_ <= ' ' && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  /// As `take`, after white space.
  bool token(char expected) {
    space();
    return take(expected);
  }

  /// Whether nothing but white space is left.
  bool ends() {
    space();
    return done();
  }

  /// Reads an object. Calls `take_value(name)` for each member, which has to read the value and returns false if that
  /// fails. `name` is valid until the value is read.
  template <class Take>
  bool members(Take&& take_value) {
    if (!token('{')) return false;
    if (token('}')) return true;
    std::string_view name;
    std::string decoded;
    do {
      space();
      if (!string(name, decoded) || !token(':')) return false;
      space();
      if (!take_value(name)) return false;
    } while (token(','));
    return token('}');
  }
  /// Reads an array. Calls `take_element()` for each element, likewise.
  template <class Take>
  bool elements(Take&& take_element) {
    if (!token('[')) return false;
    if (token(']')) return true;
    do {
      space();
      if (!take_element()) return false;
    } while (token(','));
    return token(']');
  }

  /// The JSON of the next value; nothing if it is not valid.
  std::optional<std::string_view> value_text() {
    space();
    const std::string_view from = rest();
    if (!skip_value()) return std::nullopt;
    return from.substr(0, from.size() - rest().size());
  }

  /// Passes any value, however deep; what it holds in UTF-8 is not checked.
  bool skip_value() {
    std::string closing;  // of what is open
    for (;;) {
      space();
      if (take('{')) {
        closing += '}';
        if (peek_token() != '}') {
          if (!skip_key()) return false;
          continue;
        }
      } else if (take('[')) {
        closing += ']';
        if (peek_token() != ']') continue;
      } else if (!skip_scalar()) {
        return false;
      }
      while (!closing.empty() && token(closing.back())) closing.pop_back();
      if (closing.empty()) return true;
      if (!take(',') || (closing.back() == '}' && !skip_key())) return false;
    }
  }

 private:
  char peek_token() {
    space();
    return peek();
  }

  bool skip_string() {
    if (!take('"')) return false;
    for (std::string escaped;; escaped.clear()) {
      pass_plain();
      if (take('"')) return true;
      if (!take('\\') || !escape(escaped)) return false;
    }
  }
  bool skip_key() {
    space();
    return skip_string() && token(':');
  }
  bool skip_scalar() {
    switch (peek()) {
      case '"':
        return skip_string();
      case 't':
        return take("true");
      case 'f':
        return take("false");
      case 'n':
        return take("null");
      default:
        return skip_number();
    }
  }
  bool skip_number() {
    take('-');
    if (!take('0') && !skip_digits()) return false;
    if (take('.') && !skip_digits()) return false;
    if (!take('e') && !take('E')) return true;
    if (!take('-')) take('+');
    return skip_digits();
  }
  bool skip_digits() {
    const char* const first = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    return at_ != first;
  }

  void pass_plain() { at_ += plain_size(rest()); }

  bool escape(std::string& out) {
    if (at_ == end_) return false;
    switch (const char c = *at_++; c) {
      case 'n':
        out += '\n';
        return true;
      case 't':
        out += '\t';
        return true;
      case 'r':
        out += '\r';
        return true;
      case 'b':
        out += '\b';
        return true;
      case 'f':
        out += '\f';
        return true;
      case 'u':
        return unicode(out);
      default:
        out += c;
        return c == '"' || c == '\\' || c == '/';
    }
  }
  bool hex(unsigned& out) {
    if (end_ - at_ < 4) return false;
    const auto [end, error] = std::from_chars(at_, at_ + 4, out, 16);
    if (error != std::errc{} || end != at_ + 4) return false;
    at_ = end;
    return true;
  }
  bool unicode(std::string& out) {
    unsigned point = 0, low = 0;
    if (!hex(point)) return false;
    if (point >= 0xD800 && point < 0xDC00) {
      if (!take("\\u") || !hex(low) || low < 0xDC00 || low > 0xDFFF) return false;
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    } else if (point >= 0xDC00 && point < 0xE000) {
      return false;
    }
    text::append_code_point(out, point);
    return true;
  }

  const char* at_;
  const char* end_;
};

/// A string, a number, or a vector of these.
template <class T>
bool read(Reader& in, T& out) {
  if constexpr (std::is_arithmetic_v<T>) {
    return in.number(out);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return in.string(out);
  } else {
    return in.elements([&] { return read(in, out.emplace_back()); });
  }
}

}  // namespace reel::json
