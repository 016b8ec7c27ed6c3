#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include <reel/md5.hpp>
#include <reel/separate.hpp>
#include <reel/video/error_template.hpp>
#include <reel/video/error_template.ipp>
#include <reel/video/fingerprint.hpp>

namespace reel::video {
namespace detail {

/// MD5 of the fields, each after its length.
inline std::string digest_of(std::initializer_list<std::string_view> fields) {
  std::string joined;
  for (const std::string_view field : fields) {
    joined += std::to_string(field.size()) + ':';
    joined += field;
  }
  return md5_hex(joined);
}

inline std::string fingerprint(char layer, std::initializer_list<std::string_view> fields) {
  return std::string(fingerprint_version) + ':' + layer + ':' + digest_of(fields);
}

/// The entry after the last line `Error in attempt …:`, with LF line ends.
inline std::string last_log_entry(std::string_view log) {
  std::string entry;
  for (std::string_view rest = log; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    const bool has_end = line.size() < rest.size();
    rest.remove_prefix(line.size() + (has_end ? 1 : 0));
    if (has_end && line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("Error in attempt ") && line.ends_with(':')) {
      entry.clear();
    } else {
      entry += line;
      if (has_end) entry += '\n';
    }
  }
  if (entry.ends_with('\n')) entry.pop_back();  // the pipeline appends one to the message of the renderer
  return entry;
}

/// The number of bytes of the UTF-8 sequence that begins with `lead`; 1 for a byte that begins none.
constexpr std::size_t sequence_size(char lead) noexcept {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0xC2 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : byte < 0xF5 ? 4 : 1;
}

/// Whether the UTF-8 sequence is a letter: not a sign of Latin-1, a punctuation mark, an arrow or a box.
inline bool is_word_sequence(std::string_view sequence) noexcept {
  const auto lead = static_cast<unsigned char>(sequence.front());
  if (lead < 0x80) return is_name_byte(sequence.front());
  if (lead == 0xC2)
    return sequence.size() > 1 &&
           std::string_view("\xAA\xB2\xB3\xB5\xB9\xBA\xBC\xBD\xBE").find(sequence[1]) != std::string_view::npos;
  return sequence.size() > 1 && lead != 0xE2 && sequence != "\xC3\x97" && sequence != "\xC3\xB7";
}

/// The error in lower case, with `<VAR>` for every word that contains a digit.
inline std::string normalized_error(std::string_view error) {
  std::string text, word;
  bool has_digit = false;
  const auto end_word = [&] {
    text += has_digit ? "<VAR>" : word;
    word.clear();
    has_digit = false;
  };
  for (std::size_t i = 0; i < error.size();) {
    const std::string_view sequence = error.substr(i, sequence_size(error[i]));
    i += sequence.size();
    const bool is_word = is_word_sequence(sequence);
    if (!is_word) end_word();
    std::string& out = is_word ? word : text;
    for (const char c : sequence) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    has_digit = has_digit || (is_word && is_digit(sequence.front()));
  }
  end_word();
  return text;
}

/// The first `count` characters, with LF line ends.
inline std::string first_characters(std::string_view text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < text.size() && count > 0; --count) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    const std::string_view sequence = text.substr(i, sequence_size(text[i]));
    result += sequence;
    i += sequence.size();
  }
  return result;
}

}  // namespace detail

REEL_INLINE Fingerprints fingerprints_of(const ErrorLog& log) {
  Fingerprints found;
  if (log.empty()) return found;
  const std::string_view type = std::string_view(log.type).substr(log.type.rfind('.') + 1);  // npos + 1 is 0
  found.exact = detail::fingerprint('e', {type, stable_message(log.message), log.symbol});
  found.type_template = detail::fingerprint('t', {type, log.message_template});
  if (log.symbol.empty()) return found;
  found.template_symbol = detail::fingerprint('s', {type, log.message_template, log.symbol});
  found.type_symbol = detail::fingerprint('y', {type, log.symbol});
  return found;
}

REEL_INLINE std::string pipeline_error_hash(std::string_view log, std::string_view code) {
  constexpr std::size_t counted = 200;
  const std::string error = detail::normalized_error(detail::last_log_entry(log));
  return md5_hex(error + ":" + detail::first_characters(code, counted)).substr(0, 8);
}

}  // namespace reel::video
