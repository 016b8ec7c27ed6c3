#pragma once

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>

/// The little of JSON (RFC 8259) that records need: a writer that appends and a reader that walks, both without a tree
/// in between, because every record passes through them.
namespace reel::json {

inline void append_string(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
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
  out.append(text, plain);
  out += '"';
}

template <class Number>
void append_number(std::string& out, Number number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

/// Walks over one JSON text. Every reading call is false, and the position unspecified, where the text is something
/// else.
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
  /// The same, without a copy if the text has no escape; `decoded` holds it otherwise.
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
  template <class Number>
  bool number(Number& out) {
    const auto [end, error] = std::from_chars(at_, end_, out);
    if (error != std::errc{}) return false;
    at_ = end;
    return true;
  }
  void space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  /// Passes white space, too.
  bool token(char expected) {
    space();
    return take(expected);
  }

  /// Whether nothing but white space is left.
  bool ends() {
    space();
    return done();
  }

  /// Any value, however deep, with white space in it; what it says in UTF-8 is not looked at.
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

  /// To the quote, the backslash or the control character that comes next in a string, or to the end.
  void pass_plain() {
    constexpr std::uint64_t ones = ~std::uint64_t{0} / 255;
    const auto below = [](std::uint64_t bytes, std::uint64_t limit) { return (bytes - ones * limit) & ~bytes; };
    for (; end_ - at_ >= 8; at_ += 8) {
      std::uint64_t bytes = 0;
      std::memcpy(&bytes, at_, 8);
      const std::uint64_t special = below(bytes, 0x20) | below(bytes ^ ones * '"', 1) | below(bytes ^ ones * '\\', 1);
      const std::uint64_t found = special & ones * 0x80;
      if (found == 0) continue;
      if constexpr (std::endian::native != std::endian::little) break;
      at_ += std::countr_zero(found) / 8;
      return;
    }
    while (at_ != end_ && static_cast<unsigned char>(*at_) >= 0x20 && *at_ != '"' && *at_ != '\\') ++at_;
  }

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
    const auto put = [&out](unsigned byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (point < 0x80) {
      put(point);
    } else if (point < 0x800) {
      put(0xC0 | point >> 6), put(0x80 | (point & 63));
    } else if (point < 0x10000) {
      put(0xE0 | point >> 12), put(0x80 | (point >> 6 & 63)), put(0x80 | (point & 63));
    } else {
      put(0xF0 | point >> 18), put(0x80 | (point >> 12 & 63)), put(0x80 | (point >> 6 & 63)), put(0x80 | (point & 63));
    }
    return true;
  }

  const char* at_;
  const char* end_;
};

}  // namespace reel::json
