#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <reel/text/collation_table.hpp>
#include <reel/text/text_rules.hpp>
#include <reel/text/utf8.hpp>

/// Comparison of text by the rules `folded` and `exact` (`TextRules`).
///
/// `folded` is MariaDB's collation utf8mb4_general_ci: each code point has one weight of 16 bits, and strings compare
/// as the sequences of their weights, the shorter one padded with spaces (PAD SPACE in the MariaDB documentation). The
/// weights are in `<reel/text/collation_table.hpp>`. Invalid UTF-8 is compared, too: each byte that begins no sequence
/// is U+FFFD.
namespace reel::text {

/// The weight of a code point. All code points above U+FFFF have the weight of U+FFFD.
constexpr char16_t weight(char32_t point) noexcept {
  if (point > 0xFFFF) return 0xFFFD;
  const std::size_t page = detail::weight_page_numbers[point >> 8];
  return page == 255 ? static_cast<char16_t>(point) : static_cast<char16_t>(detail::weight_pages[page][point & 0xFF]);
}

/// Reads the weights of a string one after the other.
struct WeightReader {
  const char* position;  ///< first byte that is not yet read
  const char* end;       ///< end of the string

  /// Starts at the beginning of `text`, which must outlive the reader.
  explicit constexpr WeightReader(std::string_view text) noexcept
      : position{text.data()}, end{text.data() + text.size()} {}

  /// Whether no weight is left.
  constexpr bool done() const noexcept { return position == end; }
  /// The next weight. Needs `!done()`.
  constexpr char16_t next() noexcept {
    const auto byte = static_cast<unsigned char>(*position);
    if (byte >= 0x80) return weight(next_code_point(position, end));
    ++position;
    return static_cast<char16_t>(detail::weight_pages[0][byte]);
  }
};

namespace detail {

/// Negative, 0 or positive, as `rest`, padded with spaces, sorts before, equal to or after a string of spaces.
constexpr int compare_to_spaces(WeightReader rest) noexcept {
  while (!rest.done()) {
    if (const int difference = int{rest.next()} - 0x20; difference != 0) return difference;
  }
  return 0;
}

/// The number of ASCII bytes at `position`.
inline std::size_t ascii_run(const char* position, const char* end) noexcept {
  const char* const first = position;
  position += detail::ascii_groups(position, end);
  while (position != end && static_cast<unsigned char>(*position) < 0x80) ++position;
  return static_cast<std::size_t>(position - first);
}

/// Appends the weights of `text`, each encoded like a code point in UTF-8. Runs of ASCII are copied and upcased without
/// looking up weights.
inline void append_folded(std::string& out, std::string_view text) {
  WeightReader reader{text};
  while (!reader.done()) {
    if (const std::size_t ascii = ascii_run(reader.position, reader.end); ascii != 0) {
      out.append(reader.position, ascii);
      for (char* letter = out.data() + out.size() - ascii; letter != out.data() + out.size(); ++letter) {
        *letter = static_cast<char>(*letter - (*letter >= 'a' && *letter <= 'z' ? 'a' - 'A' : 0));
      }
      reader.position += ascii;
    } else {
      append_code_point(out, reader.next());
    }
  }
}

/// Whether the next weights are those of `folded`. If so, the reader is after them.
inline bool consume(WeightReader& reader, std::string_view folded) noexcept {
  const char* position = folded.data();
  const char* const end = position + folded.size();
  while (position != end) {
    if (reader.done() || reader.next() != next_code_point(position, end)) return false;
  }
  return true;
}

// A key is the folded string with its spaces encoded differently. PAD SPACE compares a string as if it were followed by
// endless spaces, so the encoding of a space must sort by what follows the run of spaces that it belongs to:
//
//     1F FF   the run is followed by a character less than a space
//     20      the run is followed by a character greater than a space
//     20 00   the end
//
// No weight begins with FF, so the character 1F sorts before 1F FF. After 20 follows no byte below 20 except the 00 of
// the end. Therefore keys compare like the strings, whatever bytes follow the keys.
inline void append_folded_key(std::string& out, std::string_view text) {
  text = text.substr(0, text.find_last_not_of(' ') + 1);
  unsigned controls = 0;
  for (const char byte : text) controls |= static_cast<unsigned char>(byte) < 0x20 ? 1U : 0U;
  if (controls == 0) {
    append_folded(out, text);
    out.append(" \0", 2);
    return;
  }
  WeightReader reader{text};
  while (!reader.done()) {
    if (*reader.position == ' ') {
      const char* after = reader.position;
      while (*after == ' ') ++after;
      const bool falls = static_cast<unsigned char>(*after) < 0x20;
      for (; reader.position != after; ++reader.position) out.append(falls ? "\x1F\xFF" : " ");
      continue;
    }
    append_code_point(out, reader.next());
  }
  out.append(" \0", 2);
}

}  // namespace detail

/// Appends a key of `text`. Keys compare by memcmp as the strings compare by `rules`, even if more bytes follow them,
/// and keys are equal exactly when the strings are. No key is a prefix of another one.
///
/// A folded key is about as long as the string and ends in 20 00. In an exact key, each NUL takes two bytes and 00 00
/// is the end.
inline void append_sort_key(std::string& out, std::string_view text, TextRules rules) {
  if (rules == TextRules::folded) return detail::append_folded_key(out, text);
  for (const char byte : text) {
    out += byte;
    if (byte == '\0') out += '\xFF';
  }
  out.append(2, '\0');
}

/// The weights of `text`, each encoded like a code point in UTF-8, those of trailing spaces included. A folded string
/// starts with, ends with or contains another one, byte by byte, exactly when the strings do by their weights.
inline std::string fold(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  detail::append_folded(out, text);
  return out;
}

/// Negative, 0 or positive, as `a` sorts before, equal to or after `b`. Folded, the shorter string is padded with
/// spaces. Allocates nothing.
constexpr int text_compare(std::string_view a, std::string_view b, TextRules rules) noexcept {
  if (rules == TextRules::exact) return a.compare(b);
  WeightReader left{a};
  WeightReader right{b};
  while (!left.done() && !right.done()) {
    if (const int difference = int{left.next()} - int{right.next()}; difference != 0) return difference;
  }
  return left.done() ? -detail::compare_to_spaces(right) : detail::compare_to_spaces(left);
}

/// Whether two strings are equal by `rules`.
constexpr bool text_equal(std::string_view a, std::string_view b, TextRules rules) noexcept {
  return rules == TextRules::exact ? a == b : text_compare(a, b, rules) == 0;
}

/// A string to search for in many others, folded once. The empty string is a prefix, a suffix and a part of every
/// string. Trailing spaces count, except in `equals`. Immutable, so usable by several threads at the same time.
class TextNeedle {
 public:
  /// Folds the string to search for.
  TextNeedle(std::string_view text, TextRules rules)
      : rules_{rules}, sought_{rules == TextRules::folded ? fold(text) : std::string{text}} {
    if (rules == TextRules::exact || sought_.empty()) return;
    const auto first = static_cast<unsigned char>(sought_[0]);
    for (unsigned byte = 0; byte < 256; ++byte) {
      begins_[byte] = byte < 0x80 ? detail::weight_pages[0][byte] == first : byte >= 0xC2;
    }
  }

  /// Whether `text` equals the needle, with PAD SPACE if folded.
  bool equals(std::string_view text) const noexcept {
    if (rules_ == TextRules::exact) return text == sought_;
    WeightReader reader{text};
    return detail::consume(reader, std::string_view{sought_}.substr(0, unpadded_size_)) &&
           detail::compare_to_spaces(reader) == 0;
  }

  /// Whether `text` starts with the needle.
  bool is_prefix_of(std::string_view text) const noexcept {
    return rules_ == TextRules::exact ? text.starts_with(sought_) : matches_at(text.data(), text.data() + text.size());
  }

  /// Whether `text` ends with the needle.
  bool is_suffix_of(std::string_view text) const noexcept {
    if (rules_ == TextRules::exact) return text.ends_with(sought_);
    const std::size_t wanted = code_points(sought_);
    const char* position = text.data() + text.size();
    for (std::size_t i = 0; i < wanted; ++i) {
      do {
        if (position == text.data()) return false;
        --position;
      } while ((static_cast<unsigned char>(*position) & 0xC0U) == 0x80U);
    }
    return matches_at(position, text.data() + text.size());
  }

  /// Whether `text` contains the needle. Time proportional to both lengths at worst, like a naive search.
  bool is_within(std::string_view text) const noexcept {
    if (rules_ == TextRules::exact) return text.find(sought_) != std::string_view::npos;
    if (sought_.empty()) return true;
    const char* const end = text.data() + text.size();
    for (const char* position = text.data(); position != end; ++position) {
      if (begins_[static_cast<unsigned char>(*position)] && matches_at(position, end)) return true;
    }
    return false;
  }

 private:
  /// Whether the weights from `position` on begin with the needle.
  bool matches_at(const char* position, const char* end) const noexcept {
    WeightReader reader{{position, static_cast<std::size_t>(end - position)}};
    return detail::consume(reader, sought_);
  }

  TextRules rules_;
  std::string sought_;
  std::size_t unpadded_size_ = sought_.find_last_not_of(' ') + 1;
  /// The bytes with which a match can begin, to skip others without decoding them.
  std::array<bool, 256> begins_{};
};

/// Whether `text` starts with `prefix` by `rules`.
inline bool starts_with(std::string_view text, std::string_view prefix, TextRules rules) {
  return TextNeedle{prefix, rules}.is_prefix_of(text);
}
/// Whether `text` ends with `suffix` by `rules`.
inline bool ends_with(std::string_view text, std::string_view suffix, TextRules rules) {
  return TextNeedle{suffix, rules}.is_suffix_of(text);
}
/// Whether `text` contains `part` by `rules`.
inline bool contains(std::string_view text, std::string_view part, TextRules rules) {
  return TextNeedle{part, rules}.is_within(text);
}

}  // namespace reel::text
