#pragma once

#include <cctype>
#include <cstddef>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

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

/// A frame of rich around the traceback in a terminal of another width: the message wraps, frames are wider or
/// narrower.
inline std::string rewrapped(std::string_view log, std::size_t width) {
  std::string result;
  for (std::size_t i = 0; i < log.size();) {
    std::size_t end = log.find('\n', i);
    if (end == std::string_view::npos) end = log.size();
    const std::string_view line = log.substr(i, end - i);
    const bool is_message = !line.empty() && line.front() >= 'A' && line.front() <= 'Z';
    if (is_message && line.size() > width) {
      std::size_t column = 0;
      for (const std::string& word : error_kinds::words_of(line)) {
        if (column > 0 && column + word.size() > width) {
          result += '\n';
          column = 0;
        }
        result += word + ' ';
        column += word.size() + 1;
      }
    } else {
      result += line;
    }
    result += '\n';
    i = end + 1;
  }
  return result;
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
  if (is_framed(log) && random() % 2 == 0) log = rewrapped(log, 60 + random() % 60);
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
