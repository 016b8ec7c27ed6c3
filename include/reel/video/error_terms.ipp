#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <reel/separate.hpp>
#include <reel/text/ascii.hpp>
#include <reel/video/error_template.hpp>
#include <reel/video/error_template.ipp>
#include <reel/video/error_terms.hpp>

namespace reel::video {

REEL_INLINE bool is_number_word(std::string_view word) noexcept {
  return !word.empty() && std::all_of(word.begin(), word.end(), detail::is_digit);
}

namespace detail {

constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }

/// Collects words without duplicates.
class WordCollector {
 public:
  /// Adds all words of a text. `<name>` and other placeholders are not words.
  void add(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
      if (text[i] == '<' && is_placeholder(text.substr(i))) {
        i = text.find('>', i) + 1;
      } else if (!is_name_byte(text[i])) {
        ++i;
      } else {
        const std::size_t start = i;
        while (i < text.size() && is_name_byte(text[i])) ++i;
        add_identifier(text.substr(start, i - start));
      }
    }
  }

  /// Adds the numbers of a text; the digits of a name are not one.
  void add_numbers(std::string_view text) {
    constexpr std::size_t longest = 20;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::size_t start = i;
      while (i < text.size() && is_name_byte(text[i])) ++i;
      const std::string_view number = text.substr(start, std::min(i - start, longest));
      if (is_number_word(number)) append(std::string(number));
    }
  }

  std::vector<std::string> words() && { return std::move(words_); }

 private:
  static bool is_placeholder(std::string_view text) noexcept {
    for (const std::string_view one : {"<path>", "<url>", "<uuid>", "<hex>", "<date>", "<number>", "<name>"})
      if (text.starts_with(one)) return true;
    return false;
  }

  /// The identifier, and its parts between underscores and before capitals.
  void add_identifier(std::string_view name) {
    add_word(name, 2);
    std::size_t start = 0;
    for (std::size_t i = 1; i <= name.size(); ++i) {
      const bool is_end = i == name.size() || name[i] == '_' || (is_upper(name[i]) && !is_upper(name[i - 1]));
      if (!is_end) continue;
      std::string_view part = name.substr(start, i - start);
      while (part.starts_with('_')) part.remove_prefix(1);
      if (part.size() < name.size()) add_word(part, 3);
      start = i;
    }
  }

  void add_word(std::string_view name, std::size_t shortest) {
    constexpr std::size_t longest = 80;
    const bool has_letter = std::any_of(name.begin(), name.end(), [](char c) { return !is_digit(c) && c != '_'; });
    if (name.size() >= shortest && has_letter) append(text::lower_ascii(text_prefix(name, longest)));
  }

  void append(std::string word) {
    const bool is_known = std::find(words_.begin(), words_.end(), word) != words_.end();
    if (!is_known && words_.size() < max_error_words) words_.push_back(std::move(word));
  }

  std::vector<std::string> words_;
};

/// The first and last part of a word, as of one that has `length` letters.
inline void add_pieces(std::vector<std::string>& pieces, std::string_view word, std::size_t parts, std::size_t length) {
  constexpr std::size_t shortest = 2;
  const std::size_t size = length / parts;
  if (size < shortest || size > word.size()) return;
  const std::string prefix = std::to_string(parts) + '/' + std::to_string(length);
  pieces.push_back(prefix + '^' + std::string(word.substr(0, size)));
  pieces.push_back(prefix + '$' + std::string(word.substr(word.size() - size)));
}

/// The lengths of the beginnings of words that are pieces.
inline constexpr std::array<std::size_t, 8> beginnings{6, 8, 10, 12, 16, 20, 30, 40};
/// The shortest word of which thirds are pieces.
inline constexpr std::size_t shortest_in_thirds = 9;

/// The line of the code, from 1; empty if there is none.
inline std::string_view code_line(std::string_view code, std::int64_t line) noexcept {
  for (; line > 1 && !code.empty(); --line) code.remove_prefix(std::min(code.find('\n'), code.size() - 1) + 1);
  return line == 1 ? code.substr(0, code.find('\n')) : std::string_view();
}

}  // namespace detail

REEL_INLINE std::vector<std::string> error_words(const ErrorLog& log, std::string_view code) {
  detail::WordCollector words;
  words.add(std::string_view(log.type).substr(log.type.rfind('.') + 1));  // npos + 1 is 0
  const std::string message = stable_message(log.message);
  words.add(message);
  words.add(log.symbol);
  const ErrorFrame& frame = log.user_frame;
  words.add(frame.code.empty() ? detail::code_line(code, frame.line) : std::string_view(frame.code));
  words.add_numbers(message);
  return std::move(words).words();
}

REEL_INLINE std::vector<std::string> word_pieces(std::string_view word) {
  std::vector<std::string> pieces;
  detail::add_pieces(pieces, word, 2, word.size());
  if (word.size() >= detail::shortest_in_thirds) detail::add_pieces(pieces, word, 3, word.size());
  for (const std::size_t size : detail::beginnings)
    if (size < word.size()) pieces.push_back('^' + std::string(word.substr(0, size)));
  return pieces;
}

REEL_INLINE std::vector<std::string> sought_pieces(std::string_view word) {
  std::vector<std::string> pieces;
  const std::size_t length = word.size();
  for (const std::size_t other : {length, length + 1, length - 1}) detail::add_pieces(pieces, word, 2, other);
  for (const std::size_t size : detail::beginnings)
    if (size <= length && 2 * size > length) pieces.push_back('^' + std::string(word.substr(0, size)));
  if (length >= detail::shortest_in_thirds)
    for (const std::size_t other : {length, length + 1, length - 1, length + 2, length - 2})
      detail::add_pieces(pieces, word, 3, other);
  return pieces;
}

REEL_INLINE Trigrams trigrams_of(std::string_view text) {
  constexpr std::size_t counted = 600;
  std::string plain = " ";
  for (const char c : text.substr(0, counted)) {
    if (detail::is_name_byte(c) && c != '_') {
      plain += text::lower_ascii(c);
    } else if (plain.back() != ' ') {
      plain += ' ';
    }
  }
  if (plain.back() != ' ') plain += ' ';
  Trigrams found;
  for (std::size_t i = 0; i + 3 <= plain.size(); ++i) {
    const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(plain[at])); };
    found.push_back(byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2));
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

REEL_INLINE double similarity_of(const Trigrams& a, const Trigrams& b) noexcept {
  if (a.empty() || b.empty()) return 0;
  std::size_t common = 0;
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    common += a[i] == b[k] ? 1 : 0;
    const bool next_a = a[i] <= b[k];
    const bool next_b = b[k] <= a[i];
    i += next_a ? 1 : 0;
    k += next_b ? 1 : 0;
  }
  return 2.0 * static_cast<double>(common) / static_cast<double>(a.size() + b.size());
}

}  // namespace reel::video
