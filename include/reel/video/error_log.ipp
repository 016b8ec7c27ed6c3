#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/separate.hpp>
#include <reel/video/error_log.hpp>
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
    if (text.find("Traceback (most recent call last)") != std::string_view::npos) begin_traceback();
  }

  void begin_traceback() {
    end_message();
    if (!is_chained_) causes_.clear();
    is_chained_ = false;
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
    if (!breaks_word_) message_ += ' ';
    message_ += text_prefix(text, longest_message);
    breaks_word_ = lines_.fills_frame(text);
    return true;
  }

  static bool starts_entry(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 7> starts{"Traceback (most",
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
    if (text.size() > 2 && text[0] == '[' && is_digit(text[1])) return text.find(':') < 20 || text.find('/') < 6;
    return text.starts_with("INFO ") || text.starts_with("WARNING ") || text.starts_with("DEBUG ");
  }

  void indented(std::string_view text) {
    const std::string_view trimmed = trim(text);
    if (trimmed.starts_with("File \"")) return frame(trimmed);
    if (lines_.is_framed()) return framed(trimmed);
    if (takes_code_ && !trimmed.empty() && trimmed.front() != '^' && trimmed.front() != '~') {
      frames_.back().code = trimmed.substr(0, longest_code);
      takes_code_ = false;
    } else if (state_ == State::outside) {
      latex_logged(trimmed);
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

  /// A line in a frame of rich: the header of a frame, `/path/scene.py:12 in construct`, whose end may be on the next
  /// line, or a line of code, marked if it is the failing one.
  void framed(std::string_view text) {
    if (state_ == State::message) end_message();
    const std::string_view trimmed = trim(text);
    if (trimmed.empty()) return;
    constexpr std::string_view arrow = "❱";
    if (trimmed.starts_with(arrow) || (trimmed.front() == '>' && trimmed.size() > 2 && trimmed[1] == ' ')) {
      const std::string_view rest = trim(trimmed.substr(trimmed.starts_with(arrow) ? arrow.size() : 1));
      const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
      if (!frames_.empty() && digits > 0)
        frames_.back().code = without_bars(rest.substr(digits)).substr(0, longest_code);
    } else if (is_digit(trimmed.front())) {
      return;  // a line of code that is not the failing one
    } else if (trimmed.starts_with("in ") && !frames_.empty() && frames_.back().function.empty()) {
      frames_.back().function = trim(trimmed.substr(3));
    } else if (wants_function_) {
      frames_.back().function = trimmed;
      wants_function_ = false;
    } else {
      frame_header(trimmed);
    }
  }

  void frame_header(std::string_view text) {
    if (text.front() == '\xE2' || text.front() == '|') return;  // a table of local variables
    const std::size_t in = text.rfind(" in ");
    const std::string_view head = trim(text.substr(0, in));
    const std::size_t colon = head.rfind(':');
    if (colon == std::string_view::npos || colon + 1 == head.size() || !is_digit(head[colon + 1])) {
      // A path that is longer than the frame continues on the next line.
      const bool is_path_start =
          head.find(' ') == std::string_view::npos && (head.front() == '/' || head.find(':') == 1);
      wrapped_path_ = is_path_start ? head : std::string_view();
      return;
    }
    LogFrame found{.file = wrapped_path_ + std::string(head.substr(0, colon)),
                   .line = number_at(head.substr(colon + 1))};
    wrapped_path_.clear();
    if (in != std::string_view::npos) found.function = trim(text.substr(in + 4));
    wants_function_ = text.ends_with(" in");
    frames_.push_back(std::move(found));
    takes_code_ = false;
  }

  /// A line that is neither indented nor framed.
  void top_level(std::string_view text) {
    if (text.starts_with("Traceback (most recent") || text.starts_with("+ Exception Group Traceback"))
      return begin_traceback();
    if (text.starts_with("Error in attempt ")) return begin_entry();
    if (text.starts_with("During handling of the above") || text.starts_with("The above exception was the direct"))
      return chain();
    if (text.starts_with("! ") && is_text(text)) return latex_error(text.substr(2));
    if (!latex_.empty() && text.starts_with("l.")) return latex_context(text);
    if (!latex_logged(text)) exception(text);
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

  /// `LaTeX Error: …`, `Undefined control sequence.`
  void latex_error(std::string_view text) {
    end_message();
    const std::string_view error = text_prefix(trim(text), longest_message);
    constexpr std::ptrdiff_t fewest_letters = 3;
    if (std::count_if(error.begin(), error.end(), is_letter) < fewest_letters) return;
    if (!latex_.empty() && (error.starts_with("==>") || error.starts_with("Emergency stop"))) return;  // a consequence
    latex_ = error;
  }
  /// The line of the source up to the error: `l.12 \foo`.
  void latex_context(std::string_view text) {
    const std::size_t space = text.find(' ');
    if (space != std::string_view::npos) latex_code_ = trim(text.substr(space)).substr(0, longest_code);
  }
  /// `ERROR    LaTeX compilation error: Undefined control sequence.   tex_file_writing.py:314`, by the logger of manim.
  /// Returns whether the line belongs to such an error.
  bool latex_logged(std::string_view text) {
    constexpr std::string_view mark = "LaTeX compilation error:";
    const std::size_t at = text.substr(0, 200).find(mark);
    if (at != std::string_view::npos) {
      latex_ = first_column(text.substr(at + mark.size()));
    } else if (wraps_latex_ && !text.starts_with("ERROR")) {
      latex_ += ' ';
      latex_ += first_column(text);
    }
    const bool was_wrapped = wraps_latex_;
    wraps_latex_ = at != std::string_view::npos && !latex_.ends_with('.');
    return was_wrapped || at != std::string_view::npos;
  }
  /// Up to a gap of two spaces.
  static std::string_view first_column(std::string_view text) noexcept {
    text = trim(text);
    return text.substr(0, text.find("  "));
  }

  /// `AttributeError: message`, or a type alone. Outside of a traceback only a type whose name says that it is an
  /// error.
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

  void begin_message(std::string_view type, std::string_view message) {
    end_message();
    if (!is_chained_ && state_ == State::outside) {
      causes_.clear();
      frames_.clear();
    }
    type_ = text_prefix(type, longest_type);
    message_ = text_prefix(message, longest_message);
    breaks_word_ = lines_.fills_frame(lines_.text());
    raised_ = std::exchange(frames_, {});
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
    if (log.user_frame.code.empty() && !latex_.empty()) log.user_frame.code = valid_text(latex_code_);
    log.symbol = valid_text(symbol());
    return log;
  }

  [[nodiscard]] std::string full_message() const {
    if (type_.empty()) return latex_;
    const bool is_about_latex =
        message_.find("latex") != std::string::npos || message_.find("LaTeX") != std::string::npos;
    return latex_.empty() || !is_about_latex ? message_ : message_ + " LaTeX: " + latex_;
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
  std::string wrapped_path_;
  bool wants_function_ = false;  ///< the name of the last frame's function is on the next line
  bool takes_code_ = false;      ///< the next indented line is the code of the last frame
  bool is_chained_ = false;      ///< the next exception has the last one as a cause
  std::string type_;
  std::string message_;
  bool breaks_word_ = false;  ///< the last line of `message_` ends within a word
  std::vector<std::string> causes_;
  std::string latex_;
  std::string latex_code_;
  bool wraps_latex_ = false;  ///< the next line of the logger continues `latex_`
};

}  // namespace detail

REEL_INLINE ErrorLog parse_error_log(std::string_view log) { return detail::LogScanner(log).finish(); }

}  // namespace reel::video
