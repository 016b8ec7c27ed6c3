#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <reel/separate.hpp>
#include <reel/video/error_log.hpp>

namespace reel::video {

/// The most words of an error that count.
inline constexpr std::size_t max_error_words = 48;

/// The searched words of an error, in lower case, each once, up to `max_error_words`: of the type, the names and words
/// of the message, the symbol, the identifiers of the failing line, and the numbers of the message.
/// `get_part_by_tex` and `ParametricFunction` also count as their parts. Paths and line numbers do not count.
///
/// - `code`: the failing code, from which the failing line is taken if the log has only its number; may be empty
[[nodiscard]] std::vector<std::string> error_words(const ErrorLog& log, std::string_view code);

/// Whether a word of `error_words` is a number.
[[nodiscard]] bool is_number_word(std::string_view word) noexcept;

/// The pieces by which a misspelt or cut word is found: its halves, the first and last third of a longer word, each
/// with the length of the word, and its beginnings. With one wrong letter, a half is right; with two, mostly a third.
[[nodiscard]] std::vector<std::string> word_pieces(std::string_view word);

/// The pieces of the words that may be meant by a misspelt or cut one: those up to one letter shorter or longer for the
/// halves, two for the thirds, and the longest beginnings. The most telling ones first.
[[nodiscard]] std::vector<std::string> sought_pieces(std::string_view word);

/// The trigrams of a message, as hashes in ascending order.
using Trigrams = std::vector<std::uint32_t>;

/// The trigrams of the first 600 bytes in lower case, with runs of characters other than letters and digits as one
/// space. O(n log n).
[[nodiscard]] Trigrams trigrams_of(std::string_view text);

/// The similarity of two strings: twice the number of common trigrams divided by the number of all, from 0 to 1. O(n).
[[nodiscard]] double similarity_of(const Trigrams& a, const Trigrams& b) noexcept;

}  // namespace reel::video

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/video/error_terms.ipp>
#endif
