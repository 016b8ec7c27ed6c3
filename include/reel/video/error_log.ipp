#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/separate.hpp>
#include <reel/video/error_log.hpp>
#include <reel/video/error_log_latex.ipp>
#include <reel/video/error_log_lines.ipp>
#include <reel/video/error_template.hpp>

namespace reel::video {
namespace detail {

/// Whether the file belongs to Python or an installed package.
inline bool is_library_file(std::string_view file) noexcept {
  constexpr std::array<std::string_view, 8> marks{"site-packages", "dist-packages", "/lib/python", "\\Lib\\",
                                                  "\\lib\\",       "<frozen",       "bin/manim",   "manim.exe"};
  return std::any_of(marks.begin(), marks.end(),
                     [file](std::string_view mark) { return file.find(mark) != std::string_view::npos; });
}

/// The module of a library's file: `manim.scene.scene` for `…/site-packages/manim/scene/scene.py`.
inline std::string module_of(std::string_view file) {
  const auto after = [&file](std::string_view mark, std::string_view end) {
    const std::size_t at = file.rfind(mark);
    const std::size_t stop = at == std::string_view::npos ? at : file.find_first_of(end, at + mark.size());
    if (stop == std::string_view::npos) return false;
    file.remove_prefix(stop + 1);
    return true;
  };
  const bool is_installed = after("site-packages", "/\\") || after("dist-packages", "/\\") ||
                            after("/lib/python", "/") || after("\\Lib", "\\") || after("\\lib", "\\");
  if (!is_installed) {
    const std::size_t manim = std::min(file.rfind("/manim"), file.rfind("\\manim"));
    const std::size_t start = manim != std::string_view::npos ? manim : file.find_last_of("/\\");
    if (start != std::string_view::npos) file.remove_prefix(start + 1);
  }
  std::string module(file);
  if (module.ends_with(".py")) module.resize(module.size() - 3);
  std::replace_if(
      module.begin(), module.end(), [](char c) { return c == '/' || c == '\\'; }, '.');
  return module;
}

/// The message without the suggestion that newer versions of Python append.
inline std::string_view without_suggestion(std::string_view message) noexcept {
  return message.substr(0, message.find(". Did you mean: "));
}

/// The quoted names in a message, joined by dots.
inline std::string quoted_names(std::string_view message) {
  std::string names;
  for (std::size_t open = message.find('\''); open != std::string_view::npos; open = message.find('\'', open)) {
    const std::size_t close = message.find('\'', open + 1);
    if (close == std::string_view::npos) break;
    const std::string_view name = message.substr(open + 1, close - open - 1);
    if (std::all_of(name.begin(), name.end(), [](char c) { return is_name_byte(c) || c == '.'; })) {
      if (!names.empty()) names += '.';
      names += name;
    }
    open = close + 1;
  }
  return names;
}

/// Collects the last error of a log from its lines.
class LogScanner {
 public:
  explicit LogScanner(std::string_view log) : lines_(log) {}

  ErrorLog finish() {
    while (lines_.next()) line(lines_.text());
    end_message();
    return std::move(*this).result();
  }

 private:
  /// Where the scanner is within an exception.
  enum class State {
    outside,    ///< not in a traceback: only a line that names an error counts
    traceback,  ///< after the beginning of a traceback, before the exception
    message,    ///< after the line of the exception
  };

  void line(std::string_view text) {
    if (lines_.is_border()) return border(text);
    if (state_ == State::message && continues(text)) return;
    if (text.empty()) return;
    if (is_space(text.front())) return indented(text);
    if (lines_.is_framed()) return framed(text);
    top_level(text);
  }

  /// The upper or lower border of a frame of rich.
  void border(std::string_view text) {
    end_header();
    if (text.find("Traceback (most recent call last)") != std::string_view::npos) begin_traceback();
  }

  void begin_traceback() {
    end_message();
    if (!is_chained_) causes_.clear();
    is_chained_ = takes_code_ = false;
    state_ = State::traceback;
    frames_.clear();
  }

  /// Appends the line to the message, unless it ends the message.
  bool continues(std::string_view text) {
    const bool ends = text.empty() || message_.size() >= longest_message || starts_entry(text) || is_log_line(text);
    if (ends || lines_.is_framed()) {
      end_message();
      return text.empty();
    }
    if (!continues_word(text)) message_ += ' ';
    message_ += text_prefix(text, longest_message);
    fills_frame_ = lines_.is_full(text);
    return true;
  }

  /// Whether the line continues the last word of the message: rich breaks a word that is longer than its frame is wide.
  [[nodiscard]] bool continues_word(std::string_view text) const {
    if (!fills_frame_) return false;
    const std::string_view last = std::string_view(message_).substr(message_.rfind(' ') + 1);  // npos + 1 is 0
    const std::size_t length = text::code_points(last) + text::code_points(text.substr(0, text.find(' ')));
    return length > lines_.width();
  }

  static bool starts_entry(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 8> starts{"```",
                                                     "Traceback (most",
                                                     "Error in attempt",
                                                     "During handling of",
                                                     "The above exception",
                                                     "! ",
                                                     "+ Exception Group",
                                                     "+-"};
    return std::any_of(starts.begin(), starts.end(),
                       [text](std::string_view start) { return text.starts_with(start); });
  }

  /// A line of a logger: `[11/29/26 05:12:33] INFO …`, `INFO …`.
  static bool is_log_line(std::string_view text) noexcept {
    text = trim(text);
    if (text.size() > 2 && text[0] == '[' && is_digit(text[1])) return text.find(':') < 20 || text.find('/') < 6;
    return text.starts_with("INFO ") || text.starts_with("WARNING ") || text.starts_with("DEBUG ") ||
           text.starts_with("ERROR   ");
  }

  void indented(std::string_view text) {
    const std::string_view trimmed = trim(text);
    if (trimmed.starts_with("File \"")) return frame(trimmed);
    if (lines_.is_framed()) return framed(trimmed);
    if (takes_code_ && !trimmed.empty() && trimmed.front() != '^' && trimmed.front() != '~') {
      code(trimmed);
    } else if (state_ == State::outside && !latex_.reads_logged(trimmed)) {
      json_error(trimmed);
    }
  }

  /// `File "scene.py", line 12, in construct`. The frame of a SyntaxError has no function.
  void frame(std::string_view text) {
    if (state_ != State::traceback) begin_traceback();
    const std::size_t open = text.find('"'), close = text.find('"', open + 1);
    if (close == std::string_view::npos) return;
    LogFrame found{.file = std::string(text.substr(open + 1, close - open - 1))};
    const std::string_view rest = text.substr(close + 1);
    if (const std::size_t at = rest.find("line "); at != std::string_view::npos)
      found.line = number_at(rest.substr(at + 5));
    if (const std::size_t in = rest.find(", in "); in != std::string_view::npos)
      found.function = trim(rest.substr(in + 5));
    frames_.push_back(std::move(found));
    takes_code_ = true;
  }

  /// A line in a frame of rich: the header of a frame, `/path/scene.py:12 in construct`, which may take several lines,
  /// a line of code, marked if it is the failing one, or a blank line.
  void framed(std::string_view text) {
    if (state_ == State::message) end_message();
    const std::string_view trimmed = trim(text);
    if (continues_header(trimmed)) return extend_header(trimmed);
    end_header();
    constexpr std::string_view arrow = "❱";
    if (trimmed.empty()) return;
    if (trimmed.starts_with(arrow) || (trimmed.front() == '>' && trimmed.size() > 2 && trimmed[1] == ' ')) {
      const std::string_view rest = trim(trimmed.substr(trimmed.starts_with(arrow) ? arrow.size() : 1));
      const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
      if (digits > 0) code(without_bars(rest.substr(digits)));
    } else if (takes_code_) {
      code(trimmed);
    } else if (!is_digit(trimmed.front()) && trimmed.front() != '\xE2' && trimmed.front() != '|') {
      extend_header(trimmed);  // neither code nor a table of local variables
    }
  }

  /// Whether the line continues a header: the one before is full, or only the function is missing.
  [[nodiscard]] bool continues_header(std::string_view text) const {
    if (header_.empty() || text.empty()) return false;
    return is_header_full_ || header_.ends_with(" in") || text == "in" || text.starts_with("in ");
  }
  void extend_header(std::string_view text) {
    const bool is_new_word = header_.ends_with(" in") || text == "in" || text.starts_with("in ");
    if (!header_.empty() && is_new_word) header_ += ' ';
    header_ += text_prefix(text, longest_message);
    if (header_.size() > longest_message) header_.clear();
    is_header_full_ = lines_.is_frame_full();
  }

  /// The header is complete.
  void end_header() {
    const std::string header = std::exchange(header_, {});
    const std::size_t in = header.rfind(" in ");
    const std::string_view position = std::string_view(header).substr(0, in);
    const std::size_t colon = position.rfind(':');
    if (colon == std::string_view::npos || colon + 1 == position.size() || !is_digit(position[colon + 1])) return;
    LogFrame found{.file = std::string(position.substr(0, colon)), .line = number_at(position.substr(colon + 1))};
    if (in != std::string_view::npos) found.function = trim(std::string_view(header).substr(in + 4));
    frames_.push_back(std::move(found));
    takes_code_ = in == std::string_view::npos;  // the position of a SyntaxError; its code follows
  }

  /// The code of the last frame.
  void code(std::string_view text) {
    if (!frames_.empty()) frames_.back().code = text_prefix(text, longest_code);
    takes_code_ = false;
  }

  /// A line that is neither indented nor framed.
  void top_level(std::string_view text) {
    if (text.starts_with("Traceback (most recent") || text.starts_with("+ Exception Group Traceback"))
      return begin_traceback();
    if (text.starts_with("Error in attempt ")) return begin_entry();
    if (text.starts_with("During handling of the above") || text.starts_with("The above exception was the direct"))
      return chain();
    if (latex_.reads(text)) return end_message();
    if (!latex_.reads_logged(text) && !json_error(text)) exception(text);
  }

  void begin_entry() {
    end_message();
    *this = LogScanner(std::move(lines_));
  }
  explicit LogScanner(LogLines lines) : lines_(std::move(lines)) {}

  /// The exception so far is a cause of the next one.
  void chain() {
    end_message();
    if (type_.empty()) return;
    causes_.push_back(type_);
    is_chained_ = true;
  }

  /// `AttributeError: message`, or a type alone. Outside of a traceback only a type that `names_error` accepts.
  void exception(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size() && (is_name_byte(text[size]) || text[size] == '.')) ++size;
    const std::string_view name = text.substr(0, size);
    const bool is_alone = size == text.size();
    if (size == 0 || is_digit(name.front()) || (!is_alone && text[size] != ':')) return other_error(text);
    const bool is_class = name.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string_view::npos;
    const bool counts = state_ == State::traceback ? is_class : names_error(name);
    if (!counts) return other_error(text);
    begin_message(name, is_alone ? std::string_view() : trim(text.substr(size + 1)));
  }

  /// The line of another program: `ffmpeg: error: …`, `error: …`. Counts unless an exception is known.
  void other_error(std::string_view text) {
    constexpr std::string_view mark = "error: ";
    if (state_ == State::traceback || !type_.empty()) return;
    const std::size_t at = text.substr(0, 200).find(mark);
    if (at == std::string_view::npos || (at > 0 && text[at - 1] != ' ')) return;
    if (!is_text(text)) return;
    begin_message("error", trim(text.substr(at + mark.size())));
  }

  /// The answer of a service: `{"error": {"code": 429, "message": "…"}}`, on one line or several. Counts as
  /// `other_error` does. Returns whether the line contains the message.
  bool json_error(std::string_view text) {
    constexpr std::string_view mark = "\"message\":";
    if (!text.starts_with('{') && !text.starts_with('"')) return false;
    for (const std::string_view key : {"\"error\":", "\"detail\":"})
      if (text.find(key) != std::string_view::npos) in_json_error_ = true;
    const std::size_t at = text.find(mark);
    if (!in_json_error_ || at == std::string_view::npos || state_ == State::traceback || !type_.empty()) return false;
    if (!is_text(text)) return false;
    const std::string_view value = trim(text.substr(at + mark.size()));
    if (!value.starts_with('"')) return false;
    std::size_t end = 1;
    while (end < value.size() && value[end] != '"') end += value[end] == '\\' ? 2 : 1;
    begin_message("error", value.substr(1, std::min(end, value.size()) - 1));
    end_message();
    return true;
  }

  void begin_message(std::string_view type, std::string_view message) {
    end_message();
    if (!is_chained_ && state_ == State::outside) {
      causes_.clear();
      frames_.clear();
    }
    type_ = text_prefix(type, longest_type);
    message_ = text_prefix(message, longest_message);
    fills_frame_ = lines_.is_full(lines_.text());
    raised_ = std::exchange(frames_, {});
    takes_code_ = false;
    state_ = State::message;
  }
  void end_message() {
    if (state_ == State::message) state_ = State::outside;
  }

  ErrorLog result() && {
    ErrorLog log;
    if (type_.empty() && latex_.empty()) return log;
    log.type = type_.empty() ? "LaTeXError" : valid_text(type_);
    log.message = text_prefix(valid_text(squeezed(full_message())), longest_message);
    log.message_template = template_of(without_suggestion(log.message));
    log.causes = std::move(causes_);
    for (std::string& cause : log.causes) cause = valid_text(cause);
    const auto user =
        std::find_if(raised_.rbegin(), raised_.rend(), [](const LogFrame& one) { return !is_library_file(one.file); });
    if (user != raised_.rend()) {
      log.user_frame = {valid_text(user->file), user->line, valid_text(user->function), valid_text(user->code)};
    }
    if (log.user_frame.code.empty()) log.user_frame.code = valid_text(latex_.code());
    log.symbol = valid_text(symbol());
    return log;
  }

  [[nodiscard]] std::string full_message() const {
    if (type_.empty()) return latex_.error();
    const bool is_about_latex =
        message_.find("latex") != std::string::npos || message_.find("LaTeX") != std::string::npos;
    return latex_.empty() || !is_about_latex ? message_ : message_ + " LaTeX: " + latex_.error();
  }

  [[nodiscard]] std::string symbol() const {
    if (type_.ends_with("AttributeError") || type_.ends_with("NameError") || type_.ends_with("ImportError") ||
        type_.ends_with("ModuleNotFoundError") || type_.ends_with("UnboundLocalError")) {
      if (std::string names = quoted_names(without_suggestion(squeezed(message_))); !names.empty()) return names;
    }
    if (raised_.empty() || !is_library_file(raised_.back().file)) return {};
    return module_of(raised_.back().file) + "." + raised_.back().function;
  }

  static constexpr std::size_t longest_type = 200;
  static constexpr std::size_t longest_message = 2000;
  static constexpr std::size_t longest_code = 400;

  LogLines lines_;
  State state_ = State::outside;
  std::vector<LogFrame> frames_;  ///< of the traceback being read
  std::vector<LogFrame> raised_;  ///< of the last exception
  std::string header_;            ///< of a frame of rich, as far as it is read
  bool is_header_full_ = false;   ///< the last line of `header_` is as wide as the frame
  bool takes_code_ = false;       ///< the next line is the code of the last frame
  bool is_chained_ = false;       ///< the next exception has the last one as a cause
  std::string type_;
  std::string message_;
  bool fills_frame_ = false;    ///< the last line of `message_` is as wide as the last frame
  bool in_json_error_ = false;  ///< a line contains the key of an error of a service
  std::vector<std::string> causes_;
  LatexLog latex_;
};

}  // namespace detail

REEL_INLINE ErrorLog parse_error_log(std::string_view log) { return detail::LogScanner(log).finish(); }

}  // namespace reel::video
