#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <reel/separate.hpp>
#include <reel/text/ascii.hpp>
#include <reel/video/error_terms.ipp>
#include <reel/video/memory_explanation.hpp>

namespace reel::video {
namespace detail {

/// With three decimals.
inline std::string decimal_text(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", number);
  return text.data();
}

/// One sentence for a signal; empty without evidence.
inline std::string signal_sentence(const char* what, double value, std::size_t rank) {
  if (rank == 0) return {};
  return std::string(what) + ' ' + decimal_text(value) + ", rank " + std::to_string(rank) + ". ";
}

/// The distinct words of a text, in lower case and order.
inline std::vector<std::string> plain_words(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    std::string word;
    for (; i < text.size() && is_name_byte(text[i]); ++i) word += text::lower_ascii(text[i]);
    if (i - start > 2) words.push_back(std::move(word));
    if (i == start) ++i;
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

}  // namespace detail

REEL_INLINE std::string_view name_of(FingerprintLayer layer) noexcept {
  switch (layer) {
    case FingerprintLayer::exact:
      return "exact";
    case FingerprintLayer::template_symbol:
      return "template_symbol";
    case FingerprintLayer::type_template:
      return "type_template";
    case FingerprintLayer::type_symbol:
      return "type_symbol";
  }
  return "";
}

REEL_INLINE std::string explanation_of(const SimilarFix& result) {
  const ScoreParts& parts = result.parts;
  std::string text = "Score " + detail::decimal_text(result.score) + ". ";
  if (parts.layer) {
    text += "Same error by its fingerprint " + std::string(name_of(*parts.layer)) + ", rank " +
            std::to_string(parts.layer_rank) + ". ";
  } else if (parts.same_pipeline_hash) {
    text += "Same hash of error and code. ";
  }
  text += detail::signal_sentence("Common words", parts.words, parts.words_rank);
  text += detail::signal_sentence("Similar spelling", parts.trigrams, parts.trigrams_rank);
  text += detail::signal_sentence("Similar vector", parts.vector, parts.vector_rank);
  text += "Worked " + std::to_string(result.fix.success_count) + " times, failed " +
          std::to_string(result.fix.failure_count) + " times: " + detail::decimal_text(parts.outcome) + ". ";
  text += "Recency " + detail::decimal_text(parts.recency) + ", context " + detail::decimal_text(parts.context) + ".";
  const MemoryOrigin& origin = result.origin;
  if (origin.video_id)
    text += " From video " + *origin.video_id + (origin.scene ? ", scene " + *origin.scene : "") + ".";
  return text;
}

REEL_INLINE double common_words(std::string_view task, std::string_view text) {
  const std::vector<std::string> sought = detail::plain_words(task), all = detail::plain_words(text);
  if (sought.empty()) return 0;
  const auto common = std::count_if(sought.begin(), sought.end(), [&](const std::string& word) {
    return std::binary_search(all.begin(), all.end(), word);
  });
  return static_cast<double>(common) / static_cast<double>(sought.size());
}

}  // namespace reel::video
