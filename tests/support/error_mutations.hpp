#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/error_kinds.hpp"

/// The same error as another machine, terminal or run reports it.
namespace error_mutations {

/// Whether the log is in the frames of rich.
inline bool is_framed(std::string_view log) { return log.find("╭") != std::string_view::npos; }

/// With another number after each `line ` and in each `file.py:NN`.
inline std::string other_lines(std::string_view log, std::mt19937& random) {
  std::string result;
  for (std::size_t i = 0; i < log.size();) {
    const bool is_line = log.substr(0, i).ends_with(", line ") || log.substr(0, i).ends_with(".py:");
    if (!is_line || log[i] < '0' || log[i] > '9') {
      result += log[i++];
      continue;
    }
    const std::size_t start = i;
    while (i < log.size() && log[i] >= '0' && log[i] <= '9') ++i;
    for (std::size_t k = start; k < i; ++k) result += static_cast<char>('1' + random() % 9);
  }
  return result;
}

/// With another address after each `0x`.
inline std::string other_addresses(std::string_view log, std::mt19937& random) {
  std::string result;
  for (std::size_t i = 0; i < log.size(); ++i) {
    result += log[i];
    constexpr std::size_t shortest = 6;
    std::size_t end = i + 1;
    while (end < log.size() && std::isxdigit(static_cast<unsigned char>(log[end])) != 0) ++end;
    if (!log.substr(0, i + 1).ends_with("0x") || end - i <= shortest) continue;
    for (; i + 1 < end; ++i) result += "0123456789abcdef"[random() % 16];
  }
  return result;
}

/// With colours as a terminal shows them: around words at random, and around each frame's bar.
inline std::string coloured(std::string_view log, std::mt19937& random) {
  std::string result;
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (log[i] == '\n') {
      result += "\x1B[0m\n\x1B[38;5;" + std::to_string(random() % 256) + "m";
    } else if (log[i] == ' ' && random() % 5 == 0) {
      result += "\x1B[1;31m \x1B[0m";
    } else {
      result += log[i];
    }
  }
  return "\x1B[31m" + result;
}

/// The number of characters of a line of UTF-8.
inline std::size_t width_of(std::string_view line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// The first characters of a line of UTF-8, and as many bytes as they take.
inline std::string_view first_of(std::string_view line, std::size_t characters) {
  std::size_t size = 0;
  for (; size < line.size(); ++size) {
    const bool is_start = (static_cast<unsigned char>(line[size]) & 0xC0U) != 0x80U;
    if (is_start && characters-- == 0) break;
  }
  return line.substr(0, size);
}

/// The lines of a message as rich wraps it: between words, and within a word that is longer than a line. Such a word
/// starts on a new line, or in the rest of the line (`fills`: versions before 13).
inline std::vector<std::string> wrapped(std::string_view text, std::size_t width, bool fills) {
  std::vector<std::string> lines(1);
  for (const std::string& word : error_kinds::words_of(text)) {
    std::string_view rest = word;
    const bool is_long = width_of(word) > width;
    const std::size_t column = width_of(lines.back());
    const std::size_t needed = is_long && fills && column + 1 < width ? 1 : width_of(word);
    if (column > 0 && column + 1 + needed > width) {
      lines.emplace_back();
    } else if (column > 0) {
      lines.back() += ' ';
    }
    for (;;) {
      const std::string_view part = first_of(rest, width - width_of(lines.back()));
      lines.back() += part;
      rest.remove_prefix(part.size());
      if (rest.empty()) break;
      lines.emplace_back();
    }
  }
  return lines;
}

/// A line in a frame of rich.
inline std::string framed(std::string_view text, std::size_t width) {
  const std::string_view shown = first_of(text, width - 4);
  return "│ " + std::string(shown) + std::string(width - 4 - width_of(shown), ' ') + " │\n";
}

/// Writes a log with frames of rich as a terminal of another width shows it: paths and the message wrap, and code is
/// cut.
class Rewrapper {
 public:
  Rewrapper(std::size_t width, bool fills) : width_(width), fills_(fills) {}

  std::string run(std::string_view log) {
    for (std::size_t i = 0; i < log.size();) {
      const std::size_t end = std::min(log.find('\n', i), log.size());
      line(log.substr(i, end - i));
      i = end + 1;
    }
    return std::move(out_);
  }

 private:
  static constexpr std::string_view bar = "│";

  void line(std::string_view text) {
    if (text.starts_with("╭") || text.starts_with("╰")) {
      border(text.starts_with("╭"));
    } else if (text.starts_with(bar) && text.ends_with(bar)) {
      text.remove_prefix(bar.size());
      text.remove_suffix(bar.size());
      text = text.substr(0, text.find_last_not_of(' ') + 1);  // npos + 1 is 0
      inner(text.substr(std::min<std::size_t>(1, text.size())));
    } else if (is_after_frame_) {
      for (const std::string& part : wrapped(text, width_, fills_)) out_ += part + '\n';
    } else {
      out_ += std::string(text) + '\n';
    }
  }

  void border(bool is_upper) {
    const std::string title = is_upper ? " Traceback (most recent call last) " : "";
    const std::size_t all = width_ - 2 - title.size(), left = all / 2;
    out_ += is_upper ? "╭" : "╰";
    for (std::size_t i = 0; i < left; ++i) out_ += "─";
    out_ += title;
    for (std::size_t i = left; i < all; ++i) out_ += "─";
    out_ += is_upper ? "╮\n" : "╯\n";
    is_after_frame_ = !is_upper;
  }

  /// A header, `/path/scene.py:12 in construct`, may take two lines, of which the second begins with the function.
  void inner(std::string_view text) {
    if (text.starts_with('/')) {
      header_ = text;
    } else if (!header_.empty() && !text.empty()) {
      header_ += ' ' + std::string(text);
    } else {
      if (!header_.empty())
        for (const std::string& part : wrapped(std::exchange(header_, {}), width_ - 4, fills_))
          out_ += framed(part, width_);
      out_ += framed(text, width_);
    }
  }

  std::size_t width_;
  bool fills_;
  bool is_after_frame_ = false;
  std::string header_;
  std::string out_;
};

/// A log with frames of rich in a terminal of another width.
inline std::string rewrapped(std::string_view log, std::mt19937& random) {
  const auto drawn = random();
  return Rewrapper(60 + drawn % 100, drawn / 100 % 2 == 0).run(log);
}

/// One mutation of a log, chosen by `random`.
inline std::string mutated(std::string log, std::mt19937& random) {
  constexpr const char* users[] = {"neo", "grace.hopper", "user1", "runner", "jörg", "a b"};
  constexpr const char* roots[] = {"/Users/",     "/home/",      "/mnt/data/",
                                   "/root/work/", "/srv/manim/", "/opt/manim_videos/"};
  const std::string user = users[random() % std::size(users)];
  log = error_kinds::replaced(std::move(log), "/home/ada/theorem/output/fourier/scene3",
                              roots[random() % std::size(roots)] + user + "/out/waves_" +
                                  std::to_string(random() % 90) + "/scene" + std::to_string(random() % 20));
  log = error_kinds::replaced(std::move(log), "fourier_scene3_v1",
                              "waves_scene" + std::to_string(random() % 20) + "_v" + std::to_string(random() % 9));
  log = error_kinds::replaced(std::move(log), "/home/ada/", roots[random() % std::size(roots)] + user + "/");
  log = error_kinds::replaced(std::move(log), "python3.11", "python3.1" + std::to_string(random() % 4));
  log = error_kinds::replaced(std::move(log), "3a5e1f2b9c7d8e60",
                              "9b" + std::to_string(10000 + random() % 89999) + "ac4f0");
  if (random() % 2 == 0) log = other_lines(log, random);
  if (random() % 2 == 0) log = other_addresses(log, random);
  if (is_framed(log) && random() % 2 == 0) log = rewrapped(log, random);
  if (random() % 3 == 0) log = coloured(log, random);
  if (random() % 4 == 0) log = error_kinds::replaced(std::move(log), "\n", "\r\n");
  if (random() % 2 == 0) log = "\nError in attempt 0:\n" + log;
  if (random() % 4 == 0)
    log =
        "Traceback (most recent call last):\n  File \"x.py\", line 1, in <module>\n    1/0\nZeroDivisionError: "
        "division by zero\n\nError in attempt 0:\n" +
        log;
  return log;
}

}  // namespace error_mutations
