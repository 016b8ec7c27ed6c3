#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <reel/separate.hpp>

namespace reel::video {

/// A position in the code that an error passed through.
struct ErrorFrame {
  /// As in the log.
  std::string file{};
  /// From 1; 0 if the log contains none.
  std::int64_t line = 0;
  /// The function, or `<module>`; empty if the log contains none.
  std::string function{};
  /// The source line, without indentation. Rich truncates long lines.
  std::string code{};

  /// Compares all members.
  friend bool operator==(const ErrorFrame&, const ErrorFrame&) = default;
};

/// The content of an error log: the result of `parse_error_log`. All strings are UTF-8; invalid bytes become `?`.
struct ErrorLog {
  /// The exception as raised, such as `AttributeError` or `json.decoder.JSONDecodeError`; `LaTeXError` for an error of
  /// LaTeX that no exception follows; `error` for a line `error: …` of another program; empty: no error was found.
  /// Up to 200 bytes.
  std::string type{};
  /// The message on one line, up to 2,000 bytes. Wrapped lines are joined. If the log contains a LaTeX error and the
  /// exception only reports that LaTeX failed, that error is appended.
  std::string message{};
  /// `message` without its variable parts, see `template_of` (`reel/video/error_template.hpp`).
  std::string message_template{};
  /// The innermost frame outside of libraries; empty if all are in libraries.
  ErrorFrame user_frame{};
  /// The failed operation: the module and function of the innermost frame if that is in a library, such as
  /// `manim.mobject.mobject.__getattr__`; otherwise the names in the message of an `AttributeError`, `NameError` or
  /// `ImportError`, joined by dots. May be empty.
  std::string symbol{};
  /// The types of the exceptions that led to the last one, the first one first.
  std::vector<std::string> causes{};

  /// Whether no error was found.
  [[nodiscard]] bool empty() const noexcept { return type.empty(); }

  /// Compares all members.
  friend bool operator==(const ErrorLog&, const ErrorLog&) = default;
};

/// Reads the last error of a log: a Python traceback, plain or in the frames of rich, with or without ANSI escape
/// sequences, also after the prefix with which another program passes its lines on; the output of LaTeX or of manim;
/// the JSON with which a service reports an error; or a line that reports one. Any bytes are valid input. A log without
/// an error, binary data included, yields an empty result. Never throws except for lack of memory.
///
///     Error in attempt 0:                              starts an entry; earlier entries do not count
///     Traceback (most recent call last):               starts an exception; so does a frame of rich
///       File "scene.py", line 12, in construct           frame
///         circle.foo()                                     its code
///     AttributeError: 'Circle' object has …            type and message, up to an empty line
///
///     During handling of the above exception, …        the exception is a cause of the next one
///
/// Lines end with LF, CR LF or CR: a progress bar writes over its line after a CR.
///
/// One pass over the log: O(bytes), 10 MB in 10 to 25 ms. The result is independent of paths of installed libraries,
/// line numbers in them, colours and the width of the terminal, except for `ErrorFrame`.
[[nodiscard]] ErrorLog parse_error_log(std::string_view log);

}  // namespace reel::video

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/video/error_log.ipp>
#endif
