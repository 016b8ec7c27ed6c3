#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace reel::video {

namespace detail {

/// The lines without indentation, in order, each once; no blank lines.
[[nodiscard]] inline std::set<std::string_view> lines_of(std::string_view text) {
  std::set<std::string_view> lines;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
    if (!line.empty()) lines.insert(line);
  }
  return lines;
}

/// Adds the identifiers of a line, each after a mark.
inline void add_identifiers(std::set<std::string>& words, char mark, std::string_view line) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '\\';
  };
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::size_t start = i;
    while (i < line.size() && is_part(line[i])) ++i;
    if (i > start) words.insert(mark + std::string(line.substr(start, i - start)));
  }
}

}  // namespace detail

/// The parts of a change of code: the identifiers, commands of LaTeX and numbers in the lines that only `before`
/// contains, each after `-`, and in those that only `after` contains, each after `+`. In order, each once. The order
/// and the indentation of lines do not count. O(n log n).
[[nodiscard]] inline std::vector<std::string> changed_words(std::string_view before, std::string_view after) {
  const std::set<std::string_view> old_lines = detail::lines_of(before), new_lines = detail::lines_of(after);
  std::set<std::string> words;
  for (const std::string_view line : old_lines)
    if (!new_lines.contains(line)) detail::add_identifiers(words, '-', line);
  for (const std::string_view line : new_lines)
    if (!old_lines.contains(line)) detail::add_identifiers(words, '+', line);
  return {words.begin(), words.end()};
}

/// The number of common words divided by that of all (P. Jaccard, 1901), from 0 to 1; 0 if either is empty. Both as
/// `changed_words`. O(n).
[[nodiscard]] inline double change_similarity(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.empty() || b.empty()) return 0;
  std::vector<std::string> common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
  return static_cast<double>(common.size()) / static_cast<double>(a.size() + b.size() - common.size());
}

}  // namespace reel::video
