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

/// JSON (RFC 8259) read without a tree in memory, because every record of a journal and every response passes through
/// it.
///
///     json::Reader in(R"({"title":"Blue","plays":1})");
///     const bool read = in.members([&](std::string_view name) {
///       return name == "title" ? in.string(title) : name == "plays" ? in.number(plays) : in.skip_value();
///     });
///     if (!read || !in.ends()) …  // not the expected JSON
namespace reel::json {

/// Reads JSON from front to back. Each function reads one item at the current position and returns false if something
/// else is there; the position is then unspecified, and reading cannot continue.
///
/// `take`, `string`, `boolean` and `number` skip no white space, for formats that have none; `token`, `members`,
/// `elements`, `value_text` and `skip_value` do. Used by one thread.
class Reader {
 public:
  /// Starts at the beginning of `text`, which must outlive the reader.
  explicit Reader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  /// Whether nothing is left.
  [[nodiscard]] bool done() const { return at_ == end_; }
  /// The next character, or NUL at the end.
  [[nodiscard]] char peek() const { return at_ == end_ ? '\0' : *at_; }
  /// Everything that is not yet read.
  [[nodiscard]] std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }
  /// Reads this character.
  bool take(char expected) {
    if (at_ == end_ || *at_ != expected) return false;
    ++at_;
    return true;
  }
  /// Reads these characters.
  bool take(std::string_view expected) {
    if (!rest().starts_with(expected)) return false;
    at_ += expected.size();
    return true;
  }

  /// Reads a string and decodes its escapes. UTF-8 is not validated.
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
  /// The same without a copy if the string has no escapes: `out` then refers to the input, otherwise to `decoded`.
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
  /// Reads `true` or `false`.
  bool boolean(bool& out) {
    out = peek() == 't';
    return take("true") || take("false");
  }
  /// Reads a number of an arithmetic type. For an integer, a fraction or an exponent is left unread.
  template <class Number>
  bool number(Number& out) {
    const auto [end, error] = std::from_chars(at_, end_, out);
    if (error != std::errc{}) return false;
    at_ = end;
    return true;
  }
  /// Skips white space.
  void space() {
    while (at_ != end_ && *at_ <= ' ' && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  /// Skips white space and reads this character.
  bool token(char expected) {
    space();
    return take(expected);
  }

  /// Skips white space and returns whether nothing is left.
  bool ends() {
    space();
    return done();
  }

  /// Reads an object. Calls `take_value(name)` for each member; it must read the value and return whether it could.
  /// `name` is valid until the value is read.
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
  /// Reads an array. Calls `take_element()` for each element; it must read the element and return whether it could.
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

  /// Reads any value and returns its JSON; empty if it is not valid.
  std::optional<std::string_view> value_text() {
    space();
    const std::string_view from = rest();
    if (!skip_value()) return std::nullopt;
    return from.substr(0, from.size() - rest().size());
  }

  /// Skips any value, of any depth without recursion. UTF-8 is not validated.
  bool skip_value() {
    // The brackets of the open objects and arrays.
    std::string closing;
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

  /// Decodes the escape sequence after a backslash.
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
  /// Reads four hexadecimal digits.
  bool hex(unsigned& out) {
    if (end_ - at_ < 4) return false;
    const auto [end, error] = std::from_chars(at_, at_ + 4, out, 16);
    if (error != std::errc{} || end != at_ + 4) return false;
    at_ = end;
    return true;
  }
  /// Decodes the digits after `\u`, and a second escape for a surrogate pair. A lone surrogate is an error.
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

/// Reads a string, a number, or an array of these into a vector.
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
