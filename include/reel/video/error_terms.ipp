#pragma once

#include <algorithm>
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
    if (words_.size() == max_error_words || name.size() < shortest || !has_letter) return;
    std::string word = text::lower_ascii(text_prefix(name, longest));
    if (std::find(words_.begin(), words_.end(), word) == words_.end()) words_.push_back(std::move(word));
  }

  std::vector<std::string> words_;
};

/// The line of the code, from 1; empty if there is none.
inline std::string_view code_line(std::string_view code, std::int64_t line) noexcept {
  for (; line > 1 && !code.empty(); --line) code.remove_prefix(std::min(code.find('\n'), code.size() - 1) + 1);
  return line == 1 ? code.substr(0, code.find('\n')) : std::string_view();
}

}  // namespace detail

REEL_INLINE std::vector<std::string> error_words(const ErrorLog& log, std::string_view code) {
  detail::WordCollector words;
  words.add(std::string_view(log.type).substr(log.type.rfind('.') + 1));  // npos + 1 is 0
  words.add(stable_message(log.message));
  words.add(log.symbol);
  const ErrorFrame& frame = log.user_frame;
  words.add(frame.code.empty() ? detail::code_line(code, frame.line) : std::string_view(frame.code));
  return std::move(words).words();
}

REEL_INLINE std::vector<std::string> word_grams(std::string_view word) {
  constexpr std::size_t size = 4;
  const std::string marked = '^' + std::string(word) + '$';
  std::vector<std::string> grams;
  for (std::size_t i = 0; i + size <= marked.size(); ++i) grams.push_back(marked.substr(i, size));
  std::sort(grams.begin(), grams.end());
  grams.erase(std::unique(grams.begin(), grams.end()), grams.end());
  return grams;
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
