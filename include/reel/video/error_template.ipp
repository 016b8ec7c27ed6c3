#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <reel/separate.hpp>
#include <reel/video/error_template.hpp>

namespace reel::video {
namespace detail {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_hex_digit(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
/// Part of an identifier; bytes above ASCII are letters.
constexpr bool is_name_byte(char c) noexcept {
  return is_letter(c) || is_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
constexpr bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// The first bytes of a text, up to the end of a character.
constexpr std::string_view text_prefix(std::string_view text, std::size_t longest) noexcept {
  if (text.size() <= longest) return text;
  while (longest > 0 && (static_cast<unsigned char>(text[longest]) & 0xC0U) == 0x80U) --longest;
  return text.substr(0, longest);
}

/// 8-4-4-4-12 hexadecimal digits.
constexpr bool is_uuid(std::string_view token) noexcept {
  if (token.size() != 36) return false;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? token[i] != '-' : !is_hex_digit(token[i])) return false;
  }
  return true;
}

/// `0x…`, or at least 8 hexadecimal digits with a letter and a digit.
constexpr bool is_hex(std::string_view token) noexcept {
  const bool is_marked = token.size() > 2 && token[0] == '0' && (token[1] == 'x' || token[1] == 'X');
  if (is_marked) token.remove_prefix(2);
  if (!std::all_of(token.begin(), token.end(), is_hex_digit)) return false;
  if (is_marked) return true;
  return token.size() >= 8 && std::any_of(token.begin(), token.end(), is_digit) &&
         std::any_of(token.begin(), token.end(), is_letter);
}

/// `2025-06-19` or `2025-06-19T…`, or the time `22:37:01`.
constexpr bool is_date(std::string_view token) noexcept {
  const auto fits = [token](std::string_view form) {
    if (token.size() < form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i)
      if (form[i] == '0' ? !is_digit(token[i]) : token[i] != form[i]) return false;
    return true;
  };
  return (fits("0000-00-00") && (token.size() == 10 || token[10] == 'T')) || fits("00:00:00");
}

/// Digits with signs, separators, an exponent, a per cent sign or the suffix of a unit: `-3.5e10`, `3.11.8`, `50%`.
constexpr bool is_number(std::string_view token) noexcept {
  if (token.starts_with('-') || token.starts_with('+')) token.remove_prefix(1);
  if (token.empty() || (!is_digit(token.front()) && token.front() != '.')) return false;
  bool has_digit = false;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool is_exponent_sign = (token[i] == '-' || token[i] == '+') && i > 0 && (token[i - 1] | 0x20) == 'e';
    if (is_digit(token[i])) {
      has_digit = true;
    } else if (std::string_view("._eEjJ%").find(token[i]) == std::string_view::npos && !is_exponent_sign) {
      return false;
    }
  }
  return has_digit;
}

/// Whether the name of a file ends the token.
inline bool has_file_extension(std::string_view token) noexcept {
  constexpr std::array<std::string_view, 31> known{
      "py",  "pyc", "tex", "svg", "png", "jpg",  "mp4",  "mp3", "wav", "log", "json", "txt", "srt", "dvi", "pdf", "xdv",
      "aux", "sty", "cls", "ttf", "otf", "yaml", "toml", "cfg", "csv", "bin", "so",   "dll", "gif", "mov", "yml"};
  const std::size_t dot = token.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  return std::find(known.begin(), known.end(), token.substr(dot + 1)) != known.end();
}

/// A path of a file, absolute or relative, with slashes or backslashes. A command of LaTeX (`\frac`) is not one.
inline bool is_path(std::string_view token) noexcept {
  const bool has_drive =
      token.size() > 2 && is_letter(token[0]) && token[1] == ':' && (token[2] == '\\' || token[2] == '/');
  if (has_drive) return true;
  const auto slashes = std::count(token.begin(), token.end(), '/');
  if (slashes > 0) {
    const bool is_rooted =
        token[0] == '/' || token.starts_with("~/") || token.starts_with("./") || token.starts_with("../");
    return token.size() > 1 &&
           (is_rooted || slashes > 1 || token.find('.', token.rfind('/') + 2) != std::string_view::npos);
  }
  const auto backslashes = std::count(token.begin(), token.end(), '\\');
  if (backslashes > 0) return token[0] != '\\' && (backslashes > 1 || has_file_extension(token));
  return has_file_extension(token);
}

/// Writes the template of a message, part by part.
class TemplateWriter {
 public:
  /// `keeps_names`: as `stable_message`.
  TemplateWriter(std::string_view message, bool keeps_names) : rest_(message), keeps_names_(keeps_names) {
    out_.reserve(message.size());
  }

  std::string finish() {
    while (!rest_.empty()) next();
    while (out_.ends_with(' ')) out_.pop_back();
    return std::move(out_);
  }

 private:
  void next() {
    const char c = rest_.front();
    if (is_space(c)) {
      if (!out_.empty() && !out_.ends_with(' ')) out_ += ' ';
      rest_.remove_prefix(1);
    } else if ((c == '\'' || c == '"' || c == '`') && (out_.empty() || !is_name_byte(out_.back()))) {
      quoted(c);
    } else if (separates(c)) {
      out_ += c;
      rest_.remove_prefix(1);
    } else {
      token();
    }
  }

  static bool separates(char c) noexcept {
    return is_space(c) || std::string_view("'\"`()[]{},;<>=").find(c) != std::string_view::npos;
  }

  /// A quoted string; the quote alone if it is not closed.
  void quoted(char quote) {
    const std::size_t close = end_of_quote(quote);
    if (close == std::string_view::npos) {
      out_ += quote;
      rest_.remove_prefix(1);
      return;
    }
    if (keeps_names_) {
      out_ += '\'' + TemplateWriter(rest_.substr(1, close - 1), true).finish() + '\'';
    } else {
      out_ += "<name>";
    }
    rest_.remove_prefix(close + 1);
  }

  /// The index of the closing quote: LaTeX closes a backtick with an apostrophe, and an apostrophe before a letter is
  /// part of a word.
  [[nodiscard]] std::size_t end_of_quote(char quote) const noexcept {
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      const bool is_close = rest_[i] == quote || (quote == '`' && rest_[i] == '\'');
      if (!is_close) continue;
      if (rest_[i] == '\'' && i + 1 < rest_.size() && is_name_byte(rest_[i + 1])) continue;
      return i;
    }
    return std::string_view::npos;
  }

  /// Everything up to a separator.
  void token() {
    std::size_t size = 1;
    while (size < rest_.size() && !separates(rest_[size])) ++size;
    const std::string_view whole = rest_.substr(0, size);
    if (const std::size_t scheme = whole.find("://"); scheme != std::string_view::npos && scheme > 0) return url();
    std::string_view word = whole;
    while (word.size() > 1 && std::string_view(".:!?").find(word.back()) != std::string_view::npos)
      word.remove_suffix(1);
    classify(word);
    rest_.remove_prefix(word.size());
    if (is_date(word)) skip_milliseconds();
    const bool has_drive = word.size() > 2 && word[1] == ':' && word[2] == '\\';
    if (word == whole && is_path(word) && (word[0] == '/' || has_drive)) skip_rest_of_path();
  }

  /// The end of a time as the loggers of Python write it: `22:37:01,123`.
  void skip_milliseconds() {
    constexpr std::size_t size = 4;
    const bool has_digits = rest_.size() >= size && std::all_of(rest_.begin() + 1, rest_.begin() + size, is_digit);
    const bool is_end = rest_.size() == size || (rest_.size() > size && !is_name_byte(rest_[size]));
    if (has_digits && rest_.front() == ',' && is_end) rest_.remove_prefix(size);
  }

  /// A folder may contain spaces: `/Users/a b/scene.py`. A word with a slash that does not begin with one continues the
  /// path before it.
  void skip_rest_of_path() {
    for (;;) {
      std::size_t size = 1;
      while (size < rest_.size() && !separates(rest_[size])) ++size;
      const std::string_view next = rest_.substr(0, size);
      const std::size_t slash = next.find_first_of("/\\");
      const bool continues = next.starts_with(' ') && slash != std::string_view::npos && slash > 1 &&
                             next.find("://") == std::string_view::npos && next[1] != '.' && next[1] != '~';
      if (!continues) return;
      rest_.remove_prefix(size);
    }
  }

  void url() {
    std::size_t size = 1;
    while (size < rest_.size() && !is_space(rest_[size]) &&
           std::string_view("'\"`<>").find(rest_[size]) == std::string_view::npos)
      ++size;
    out_ += "<url>";
    rest_.remove_prefix(size);
  }

  void classify(std::string_view word) {
    if (is_uuid(word)) {
      out_ += "<uuid>";
    } else if (is_date(word)) {
      append_once("<date>");
    } else if (is_path(word)) {
      out_ += "<path>";
    } else if (is_number(word)) {
      number(word);
    } else if (is_hex(word)) {
      out_ += "<hex>";
    } else {
      name(word);
    }
    after_line_ = word == "line" || word == "lines" || word == "Line";
  }

  void number(std::string_view word) {
    if (keeps_names_ && !after_line_) {
      out_ += word;
    } else {
      append_once("<number>");
    }
  }

  /// An unquoted word. Its digits are a number.
  void name(std::string_view word) {
    for (std::size_t i = 0; i < word.size();) {
      if (keeps_names_ || !is_digit(word[i])) {
        out_ += word[i++];
      } else {
        while (i < word.size() && is_digit(word[i])) ++i;
        out_ += "<number>";
      }
    }
  }

  /// Appends a placeholder unless the output ends with it and separators of a list.
  void append_once(std::string_view placeholder) {
    std::size_t end = out_.size();
    while (end > 0 && (out_[end - 1] == ' ' || out_[end - 1] == ',')) --end;
    if (std::string_view(out_).substr(0, end).ends_with(placeholder)) {
      out_.resize(end);
    } else {
      out_ += placeholder;
    }
  }

  std::string_view rest_;
  std::string out_;
  bool keeps_names_;
  bool after_line_ = false;  ///< the last token was the word `line`
};

}  // namespace detail

REEL_INLINE std::string template_of(std::string_view message) {
  return detail::TemplateWriter(message, false).finish();
}

REEL_INLINE std::string stable_message(std::string_view message) {
  return detail::TemplateWriter(message, true).finish();
}

}  // namespace reel::video
