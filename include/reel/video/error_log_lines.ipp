#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <reel/text/utf8.hpp>
#include <reel/video/error_template.hpp>
#include <reel/video/error_template.ipp>

namespace reel::video::detail {

/// A frame as `ErrorFrame`, before it is known whether it counts.
struct LogFrame {
  std::string file{};
  std::int64_t line = 0;
  std::string function{};
  std::string code{};
};

inline std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// The number at the beginning, 0 if there is none.
inline std::int64_t number_at(std::string_view text) noexcept {
  std::int64_t number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc{}) number = 0;
  return number;
}

/// With one space for each run of white space.
inline std::string squeezed(std::string_view text) {
  std::string result;
  for (const char c : trim(text)) {
    if (!is_space(c)) {
      result += c;
    } else if (!result.ends_with(' ')) {
      result += ' ';
    }
  }
  return result;
}

/// Whether the last part of a dotted name, or a module `exceptions`, marks it as an error.
inline bool names_error(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 9> ends{"Error",   "Exception", "Interrupt", "Exit",          "Iteration",
                                                 "Timeout", "Failure",   "Fault",     "ExceptionGroup"};
  if (name.find("exceptions.") != std::string_view::npos) return true;
  name.remove_prefix(name.rfind('.') + 1);  // npos + 1 is 0
  for (const std::string_view end : ends)
    if (name.ends_with(end)) return true;
  return false;
}

/// UTF-8 with `?` for bytes that are not, and for control characters.
inline std::string valid_text(std::string_view text) {
  std::string valid(text);
  const char* const end = valid.data() + valid.size();
  for (std::size_t i = 0; i < valid.size();) {
    const std::size_t length = text::sequence_length(valid.data() + i, end);
    const auto lead = static_cast<unsigned char>(valid[i]);
    if (length == 0 || lead < 0x20 || lead == 0x7F) valid[i] = '?';
    i += std::max<std::size_t>(length, 1);
  }
  return valid;
}

/// Whether a line is UTF-8 without control characters. Its last character may be cut.
inline bool is_text(std::string_view line) {
  const std::string valid = valid_text(line);
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const bool is_changed = valid[i] != line[i] && line[i] != '\t';
    if (is_changed && (i + 3 < valid.size() || static_cast<unsigned char>(line[i]) < 0x80)) return false;
  }
  return true;
}

constexpr std::string_view box_bar = "│";  ///< the vertical line of a frame of rich

/// Source code without the indentation guides of rich.
inline std::string without_bars(std::string_view code) {
  std::string result(code);
  for (std::size_t at = result.find(box_bar); at != std::string::npos; at = result.find(box_bar, at))
    result.replace(at, box_bar.size(), " ");
  return std::string(trim(result));
}

/// Reads a log line by line, without ANSI escape sequences, the frames of rich or of an exception group, and what a
/// program that passes a traceback on writes before each line. A carriage return within a line ends it, too: progress
/// bars write over their line.
class LogLines {
 public:
  explicit LogLines(std::string_view log) noexcept : rest_(log), has_escapes_(log.find('\x1B') != log.npos) {
    if (constexpr std::string_view mark = "\xEF\xBB\xBF"; rest_.starts_with(mark)) rest_.remove_prefix(mark.size());
  }

  /// Reads the next line; false at the end.
  bool next() {
    if (!has_part_ && rest_.empty()) return false;
    if (!has_part_) {
      const std::size_t size = std::min(rest_.find('\n'), rest_.size());
      line_ = rest_.substr(0, size);
      rest_.remove_prefix(std::min(size + 1, rest_.size()));
      while (line_.ends_with('\r')) line_.remove_suffix(1);
    }
    const std::size_t part = line_.find('\r');
    has_part_ = part != std::string_view::npos;
    text_ = line_.substr(0, std::min(part, longest_line));
    if (has_part_) line_.remove_prefix(part + 1);
    if (has_escapes_ && text_.find('\x1B') != std::string_view::npos) strip_escapes();
    strip_prefix();
    strip_frame();
    return true;
  }

  /// The line. A frame's bars are removed; the indentation after them is not.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  /// Whether the line was in a frame of rich.
  [[nodiscard]] bool is_framed() const noexcept { return is_framed_; }
  /// Whether the line is the upper or lower border of a frame.
  [[nodiscard]] bool is_border() const noexcept { return is_border_; }
  /// The width of the last frame, in characters; 0: none yet.
  [[nodiscard]] std::size_t width() const noexcept { return width_; }
  /// Whether the text of the last line, which is in a frame, takes its whole width. True if the width is unknown.
  [[nodiscard]] bool is_frame_full() const noexcept {
    constexpr std::size_t margin = 3;  // a bar, a space before it, and the bar at the beginning
    const std::string_view used = text_.substr(0, text_.find_last_not_of(' ') + 1);  // npos + 1 is 0
    return text::code_points(used) + margin >= width_;
  }
  /// Whether a line after a frame is as wide as the frame.
  [[nodiscard]] bool is_full(std::string_view line) const noexcept {
    return width_ > 0 && text::code_points(line) >= width_ && !line.ends_with(' ');
  }

 private:
  static constexpr std::size_t longest_line = 16'384;  ///< the rest of a longer line is not read

  /// Removes control sequences (`ESC [ … letter`), operating system commands (`ESC ] … BEL`) and other escapes.
  void strip_escapes() {
    plain_.clear();
    for (std::size_t i = 0; i < text_.size();) {
      if (text_[i] != '\x1B') {
        plain_ += text_[i++];
        continue;
      }
      const char kind = i + 1 < text_.size() ? text_[i + 1] : '\0';
      i += 2;
      if (kind == '[') {
        while (i < text_.size() && (text_[i] < '@' || text_[i] > '~')) ++i;
        ++i;
      } else if (kind == ']') {
        while (i < text_.size() && text_[i] != '\a' && text_[i] != '\x1B') ++i;
        i += i < text_.size() && text_[i] == '\x1B' ? 2 : 1;
      }
    }
    text_ = plain_;
  }

  /// Removes a prefix such as `worker-1  | `, `2025-06-19 22:37:01,123 ` or an indentation. The line that begins a
  /// traceback determines it. In the next lines its digits may differ, and its characters may be spaces.
  void strip_prefix() {
    constexpr std::string_view mark = "Traceback (most recent call last)";
    constexpr std::size_t searched = 200;
    const std::size_t at = text_.substr(0, searched).find(mark);
    if (at != std::string_view::npos) {
      const std::string_view before = text_.substr(0, at);
      const std::size_t border = std::min(before.find("╭─"), before.find("+-"));
      if (border != std::string_view::npos) {
        prefix_ = before.substr(0, border);
      } else if (text_.substr(at + mark.size()).starts_with(':')) {
        prefix_ = before.ends_with("Exception Group ") ? std::string_view() : before;
      }
    }
    if (!prefix_.empty() && has_prefix()) text_.remove_prefix(prefix_.size());
  }

  [[nodiscard]] bool has_prefix() const noexcept {
    if (text_.size() < prefix_.size()) return false;
    return std::equal(prefix_.begin(), prefix_.end(), text_.begin(),
                      [](char a, char b) { return a == b || b == ' ' || (is_digit(a) && is_digit(b)); });
  }

  void strip_frame() {
    is_framed_ = is_border_ = false;
    if (text_.empty()) return;
    const char first = text_.front();
    if (first == '\xE2') {
      strip_box();
    } else if (first == '|' || first == '+') {
      strip_ascii();
    } else if (first == ' ') {
      strip_group();
    }
  }

  /// A frame of box-drawing characters: `╭─── … ───╮`, `│ … │`.
  void strip_box() {
    if (text_.starts_with("╭") || text_.starts_with("╰") || text_.starts_with("┌") || text_.starts_with("└")) {
      is_border_ = true;
      width_ = text::code_points(text_);
    } else if (text_.starts_with(box_bar)) {
      is_framed_ = true;
      text_.remove_prefix(box_bar.size());
      if (text_.ends_with(box_bar)) text_.remove_suffix(box_bar.size());
    }
  }

  /// The same frame in ASCII: `+--- … ---+`, `| … |`.
  void strip_ascii() {
    if (text_.starts_with("+--") && text_.ends_with('+')) {
      is_border_ = true;
      width_ = text_.size();
    } else if (text_.front() == '|' && text_.size() > 1 && text_.ends_with('|')) {
      is_framed_ = true;
      text_ = text_.substr(1, text_.size() - 2);
    }
  }

  /// The lines of an exception group: `  + Exception Group Traceback …`, `  | ValueError: …`, `    +---- 1 ----`.
  void strip_group() {
    const std::size_t bar = text_.find_first_not_of(' ');
    if (bar == std::string_view::npos || bar + 1 >= text_.size()) return;
    if (text_[bar] == '|' && text_[bar + 1] == ' ') {
      text_.remove_prefix(bar + 2);
    } else if (text_[bar] == '+' && (text_[bar + 1] == ' ' || text_[bar + 1] == '-')) {
      text_.remove_prefix(bar);
    }
  }

  std::string_view rest_;  ///< after `line_`
  std::string_view line_;  ///< up to a line feed: the part that is not read
  bool has_part_ = false;  ///< `line_` is not read completely
  bool has_escapes_;
  std::string_view text_;
  std::string plain_;
  std::string prefix_;
  bool is_framed_ = false;
  bool is_border_ = false;
  std::size_t width_ = 0;  ///< of the last frame, in characters
};

}  // namespace reel::video::detail
