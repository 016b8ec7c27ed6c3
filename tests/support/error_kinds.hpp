#pragma once

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Errors of Python, LaTeX and manim, with their fixes: tests/data/errors/kinds.txt. Messages are real; some logs
/// around them are written after the form of the program, with frames of the right shape and invented code.
///
///     #### python attribute                    the name of the kind
///     # type AttributeError
///     # template <name> object has …
///     # symbol Ellipse3D.rotate_about_axis
///     # names wheel Ellipse3D                  identifiers that a generator may replace
///     # fix wheel.rotate() => wheel.spin()     the failing code and its replacement
///     Traceback …                              the log, up to the next kind
namespace error_kinds {

/// One kind.
struct ErrorKind {
  std::string name{}, type{}, message_template{}, symbol{};
  std::vector<std::string> names{};
  std::string failing{}, fixed{};
  std::string log{};
};

inline std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find(' ', i), text.size());
    if (end > i) words.emplace_back(text.substr(i, end - i));
    i = end + 1;
  }
  return words;
}

/// All kinds, in the order of the file.
inline std::vector<ErrorKind> all() {
  std::ifstream file(REEL_SOURCE_DIR "/tests/data/errors/kinds.txt");
  if (!file) throw std::runtime_error("cannot open tests/data/errors/kinds.txt");
  std::vector<ErrorKind> kinds;
  for (std::string line; std::getline(file, line);) {
    const auto value = [&](std::string_view key, std::string& member) {
      const bool is_key = std::string_view(line).starts_with(key);
      if (is_key) member = line.substr(key.size());
      return is_key;
    };
    if (line.starts_with("#### ")) kinds.push_back({.name = line.substr(5)});
    if (line.starts_with("#### ") || kinds.empty()) continue;
    ErrorKind& kind = kinds.back();
    std::string names, fix;
    if (value("# type ", kind.type) || value("# template ", kind.message_template) || value("# symbol ", kind.symbol))
      continue;
    if (value("# names ", names)) {
      kind.names = words_of(names);
    } else if (value("# fix ", fix)) {
      const std::size_t arrow = fix.find(" => ");
      kind.failing = fix.substr(0, arrow);
      kind.fixed = fix.substr(arrow + 4);
    } else {
      kind.log += line + '\n';
    }
  }
  return kinds;
}

/// With every occurrence of `from` replaced.
inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace error_kinds
