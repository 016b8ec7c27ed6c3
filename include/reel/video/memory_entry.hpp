#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <reel/separate.hpp>
#include <reel/video/error_log.hpp>
#include <reel/video/fingerprint.hpp>

namespace reel::video {

/// A word of an error, as `AgentMemory` stores it.
struct MemoryWord {
  std::string word{};    ///< as in `error_words`
  std::string key_id{};  ///< the id of its `MemoryKey`
};

/// Everything that `AgentMemory` derives from an error: the keys under which a fix is stored and looked up.
struct MemoryEntry {
  ErrorLog log{};                        ///< as `parse_error`
  Fingerprints fingerprints{};           ///< of the error
  std::string message{};                 ///< as `stable_message`
  std::vector<MemoryWord> words{};       ///< as `error_words`
  std::string pattern_id{};              ///< the id of the `MemoryPattern`
  std::vector<std::string> layer_ids{};  ///< the id of the `MemoryKey` of each `FingerprintLayer`; empty: no such key
  std::string total_id{};                ///< the id of the `MemoryKey` that counts all patterns
  std::string pipeline_hash{};           ///< as `pipeline_error_hash`

  /// The ids of the `MemoryKey`s of its fingerprints: the `layer_ids` that are not empty.
  [[nodiscard]] std::vector<std::string> keys() const;
  /// Whether the error contains nothing to remember or look up.
  [[nodiscard]] bool empty() const noexcept { return pattern_id.empty(); }
};

/// The error in a log or a message, also in a part of one: as `parse_error_log`, but if that finds no error, the last
/// line is the message of an error of the type `error`. Empty for binary data.
[[nodiscard]] ErrorLog parse_error(std::string_view error);

/// The entry of an error in a namespace. O(bytes of `error`).
///
/// - `error`: a log, or a message, also a part of one; binary data yields an empty entry
/// - `code`: the code that failed; may be empty
[[nodiscard]] MemoryEntry memory_entry(std::string_view scope, std::string_view error, std::string_view code);

/// The id of the `MemoryKey` of a word.
[[nodiscard]] std::string word_key_id(std::string_view scope, std::string_view word);
/// The id of the `MemoryKey` that counts all patterns.
[[nodiscard]] std::string total_key_id(std::string_view scope);
/// The words of an entry, joined by spaces.
[[nodiscard]] std::string joined_words(const MemoryEntry& entry);
/// Words without spaces, joined by spaces.
[[nodiscard]] std::string joined_words(const std::vector<std::string>& words);
/// Calls a function with each word of `joined_words`.
template <class Call>
void for_each_word(std::string_view words, Call call) {
  while (!words.empty()) {
    const std::size_t size = std::min(words.find(' '), words.size());
    if (size > 0) call(words.substr(0, size));
    words.remove_prefix(std::min(size + 1, words.size()));
  }
}
/// The inverse of `joined_words`.
[[nodiscard]] std::vector<std::string> split_words(std::string_view words);

/// The token that stands for a piece of a word in `MemoryKey::search_pieces`.
[[nodiscard]] std::string piece_token(std::string_view scope, std::string_view piece);

/// The id of a fix: the same for the same namespace, error and fixed code, whatever the `fingerprint_version`.
[[nodiscard]] std::string memory_fix_id(std::string_view scope, const MemoryEntry& entry, std::string_view fixed_code);

}  // namespace reel::video

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/video/memory_entry.ipp>
#endif
