#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <reel/video/error_log_lines.ipp>
#include <reel/video/error_template.ipp>

namespace reel::video::detail {

/// Collects the last error of LaTeX from the lines of a log.
class LatexLog {
 public:
  /// Whether no error was read.
  [[nodiscard]] bool empty() const noexcept { return error_.empty(); }
  /// The error, on one line.
  [[nodiscard]] const std::string& error() const noexcept { return error_; }
  /// The line of the source up to the error; may be empty.
  [[nodiscard]] const std::string& code() const noexcept { return code_; }

  /// Reads a line of LaTeX: `! Undefined control sequence.`, `./scene.tex:12: Undefined control sequence.`, or after an
  /// error `l.12 \foo`. Returns whether it is one.
  bool reads(std::string_view text) {
    if (text.starts_with("! ") && is_text(text)) return found(text.substr(2));
    if (!empty() && text.starts_with("l.")) return context(text);
    const std::string_view error = after_position(text);
    return !error.empty() && found(error);
  }

  /// Reads a line of the logger of manim:
  /// `ERROR    LaTeX compilation error: Undefined control sequence.   tex_file_writing.py:314`. Returns whether the
  /// line belongs to such an error.
  bool reads_logged(std::string_view text) {
    constexpr std::string_view mark = "LaTeX compilation error:";
    constexpr std::size_t searched = 200;
    const std::size_t at = text.substr(0, searched).find(mark);
    const std::string_view error =
        at == std::string_view::npos ? std::string_view() : first_column(text.substr(at + mark.size()));
    const bool counts = !error.empty() && !is_consequence(error);
    if (counts) {
      error_ = error;
    } else if (is_wrapped_ && !text.starts_with("ERROR")) {
      error_ += ' ';
      error_ += first_column(text);
    }
    const bool was_wrapped = is_wrapped_;
    is_wrapped_ = counts && !error_.ends_with('.');
    return was_wrapped || at != std::string_view::npos;
  }

 private:
  static constexpr std::size_t longest_error = 2000;
  static constexpr std::size_t longest_code = 400;

  bool found(std::string_view text) {
    const std::string_view error = text_prefix(trim(text), longest_error);
    constexpr std::ptrdiff_t fewest_letters = 3;
    const bool is_readable = std::count_if(error.begin(), error.end(), is_letter) >= fewest_letters;
    if (is_readable && !is_consequence(error)) error_ = error;
    return true;
  }

  /// Whether another error, which was reported before, has caused this one.
  [[nodiscard]] bool is_consequence(std::string_view error) const noexcept {
    return !empty() && (error.starts_with("==>") || error.starts_with("Emergency stop"));
  }

  bool context(std::string_view text) {
    const std::size_t space = text.find(' ');
    if (space != std::string_view::npos) code_ = text_prefix(trim(text.substr(space)), longest_code);
    return true;
  }

  /// The error after `./scene.tex:12: `; empty for any other line.
  static std::string_view after_position(std::string_view text) {
    constexpr std::string_view mark = ".tex:";
    constexpr std::size_t searched = 300;
    const std::size_t at = text.substr(0, searched).find(mark);
    if (at == std::string_view::npos || !is_text(text)) return {};
    text.remove_prefix(at + mark.size());
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    return digits > 0 && text.substr(digits).starts_with(": ") ? text.substr(digits + 2) : std::string_view();
  }

  /// Up to a gap of two spaces.
  static std::string_view first_column(std::string_view text) noexcept {
    text = trim(text);
    return text.substr(0, text.find("  "));
  }

  std::string error_;
  std::string code_;
  bool is_wrapped_ = false;  ///< the next line of the logger continues `error_`
};

}  // namespace reel::video::detail
