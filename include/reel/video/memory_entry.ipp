#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <reel/separate.hpp>
#include <reel/video/error_hash.hpp>
#include <reel/video/error_log.hpp>
#include <reel/video/error_log_lines.ipp>
#include <reel/video/error_template.hpp>
#include <reel/video/error_terms.hpp>
#include <reel/video/fingerprint.hpp>
#include <reel/video/fingerprint.ipp>
#include <reel/video/memory_entry.hpp>

namespace reel::video {
namespace detail {

/// Hexadecimal digits of an id: enough for 96 bits, and short enough for a query of 100 ids.
inline constexpr std::size_t memory_id_digits = 24;
/// Hexadecimal digits of a search token. The similarity of the words found decides, so few equal tokens do no harm.
inline constexpr std::size_t token_digits = 8;

inline std::string memory_id(std::string_view scope, std::string_view kind, std::string_view text) {
  return digest_of({scope, kind, text}).substr(0, memory_id_digits);
}

/// The words of a list, joined by spaces. `word_of`: of an element.
template <class List, class WordOf>
std::string joined(const List& list, WordOf word_of) {
  std::string text;
  for (const auto& one : list) text += (text.empty() ? "" : " ") + word_of(one);
  return text;
}

/// The last line of a text that is not blank, up to 2,000 bytes, without ANSI escape sequences; empty for binary data.
inline std::string last_text_line(std::string_view text) {
  constexpr std::size_t longest = 2000;
  constexpr std::ptrdiff_t fewest_letters = 3;
  text = trim(text);
  LogLines lines(text.substr(text.rfind('\n') + 1));  // npos + 1 is 0
  if (!lines.next()) return {};
  std::string line = squeezed(text_prefix(lines.text(), longest));
  const bool is_binary = valid_text(line) != line;
  const bool is_readable = std::count_if(line.begin(), line.end(), is_letter) >= fewest_letters;
  return is_binary || !is_readable ? std::string() : std::move(line);
}

}  // namespace detail

REEL_INLINE ErrorLog parse_error(std::string_view error) {
  ErrorLog log = parse_error_log(error);
  if (!log.empty()) return log;
  log.message = detail::last_text_line(error);
  if (log.message.empty()) return log;
  log.type = "error";
  log.message_template = template_of(log.message);
  return log;
}

REEL_INLINE MemoryEntry memory_entry(std::string_view scope, std::string_view error, std::string_view code) {
  MemoryEntry entry{.log = parse_error(error)};
  if (entry.log.empty()) return entry;
  entry.fingerprints = fingerprints_of(entry.log);
  entry.message = stable_message(entry.log.message);
  for (std::string& word : error_words(entry.log, code)) {
    std::string key = word_key_id(scope, word);
    entry.words.push_back({std::move(word), std::move(key)});
  }
  entry.pattern_id = detail::memory_id(scope, "pattern", entry.fingerprints.exact);
  for (const FingerprintLayer layer : {FingerprintLayer::exact, FingerprintLayer::template_symbol,
                                       FingerprintLayer::type_template, FingerprintLayer::type_symbol}) {
    const std::string& fingerprint = entry.fingerprints.of(layer);
    entry.layer_ids.push_back(fingerprint.empty() ? std::string() : detail::memory_id(scope, "layer", fingerprint));
  }
  entry.total_id = total_key_id(scope);
  entry.pipeline_hash = pipeline_error_hash(error, code);
  return entry;
}

REEL_INLINE std::vector<std::string> MemoryEntry::keys() const {
  std::vector<std::string> keys = layer_ids;
  std::erase(keys, "");
  return keys;
}

REEL_INLINE std::string word_key_id(std::string_view scope, std::string_view word) {
  return detail::memory_id(scope, "word", word);
}

REEL_INLINE std::string total_key_id(std::string_view scope) { return detail::memory_id(scope, "total", ""); }

REEL_INLINE std::string joined_words(const MemoryEntry& entry) {
  return detail::joined(entry.words, [](const MemoryWord& word) -> const std::string& { return word.word; });
}

REEL_INLINE std::string joined_words(const std::vector<std::string>& words) {
  return detail::joined(words, [](const std::string& word) -> const std::string& { return word; });
}

REEL_INLINE std::vector<std::string> split_words(std::string_view words) {
  std::vector<std::string> all;
  for_each_word(words, [&all](std::string_view word) { all.emplace_back(word); });
  return all;
}

REEL_INLINE std::string piece_token(std::string_view scope, std::string_view piece) {
  return detail::digest_of({scope, "piece", piece}).substr(0, detail::token_digits);
}

REEL_INLINE std::string memory_fix_id(std::string_view scope, const MemoryEntry& entry, std::string_view fixed_code) {
  const std::string_view type = detail::short_type(entry.log.type);
  return detail::digest_of({scope, "fix", type, entry.message, entry.log.symbol, fixed_code})
      .substr(0, detail::memory_id_digits);
}

}  // namespace reel::video
