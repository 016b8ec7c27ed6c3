#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/separate.hpp>
#include <reel/timestamp.hpp>
#include <reel/video/error_terms.hpp>
#include <reel/video/memory_entry.hpp>
#include <reel/video/memory_score.hpp>
#include <reel/video/ranking.hpp>

namespace reel::video::detail {

REEL_INLINE MemoryScore::MemoryScore(const MemoryEntry& entry, const SimilarOptions& options,
                                     std::vector<double> vector)
    : entry_(entry), options_(options), vector_(std::move(vector)), trigrams_(trigrams_of(entry.message)) {}

REEL_INLINE double MemoryScore::add_word(const std::string& word, std::int64_t with_word, double similarity) {
  const double weight = similarity * word_weight(patterns_, with_word);
  double& greatest = weights_[word];
  greatest = std::max(greatest, weight);
  return weight;
}

REEL_INLINE double MemoryScore::words_of(std::string_view words) const {
  double sum = 0;
  std::size_t count = 0;
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    if (const auto weight = weights_.find(word); weight != weights_.end()) sum += weight->second;
    ++count;
  }
  return bm25(sum, count);
}

REEL_INLINE double MemoryScore::trigrams_with(const std::string& message) {
  const auto [known, is_new] = similarities_.try_emplace(message, 0);
  if (is_new) known->second = similarity_of(trigrams_, trigrams_of(message));
  return known->second;
}

REEL_INLINE double MemoryScore::cosine_with(const std::vector<double>& vector) const noexcept {
  if (vector.size() != vector_.size()) return 0;
  double product = 0, a = 0, b = 0;
  for (std::size_t i = 0; i < vector.size(); ++i) {
    product += vector[i] * vector_[i];
    a += vector[i] * vector[i];
    b += vector_[i] * vector_[i];
  }
  return a > 0 && b > 0 ? std::max(0.0, product / std::sqrt(a * b)) : 0;
}

/// The strictest layer whose key the origin has.
inline std::optional<FingerprintLayer> common_layer(const MemoryEntry& entry, const std::vector<std::string>& keys) {
  for (std::size_t i = 0; i < entry.layer_ids.size(); ++i) {
    const std::string& id = entry.layer_ids[i];
    if (!id.empty() && std::find(keys.begin(), keys.end(), id) != keys.end()) return static_cast<FingerprintLayer>(i);
  }
  return std::nullopt;
}

REEL_INLINE SimilarFix MemoryScore::compare(ScoredFix candidate) {
  SimilarFix result{
      .id = candidate.fix.id, .fix = std::move(candidate.fix.value), .origin = std::move(candidate.origin)};
  if (!candidate.is_known) {
    const MemoryEntry derived = memory_entry(global_namespace, result.fix.error_message, result.fix.original_code);
    result.origin.pattern_id = derived.pattern_id;
    result.origin.message = derived.message;
    result.origin.words = joined_words(derived);
    result.origin.keys = derived.layer_ids;
  }
  ScoreParts& parts = result.parts;
  const SimilarSignals& signals = options_.signals;
  if (signals.exact) {
    parts.layer = common_layer(entry_, result.origin.keys);
    parts.same_pipeline_hash = result.fix.error_hash == entry_.pipeline_hash;
    parts.exact = parts.same_pipeline_hash || parts.layer == FingerprintLayer::exact ? 1 : 0;
  }
  if (signals.words) parts.words = words_of(result.origin.words);
  if (signals.trigrams) parts.trigrams = trigrams_with(result.origin.message);
  if (signals.vectors && has_vector()) parts.vector = cosine_with(result.origin.vector);
  parts.outcome = success_bound(result.fix.success_count, result.fix.failure_count);
  parts.recency = recency(now() - candidate.fix.updated_at);
  parts.context = context_of(result.fix, options_.topic, options_.scene_type);
  return result;
}

/// The ranks of a part over all results.
template <class Part>
std::vector<std::size_t> ranks_by(const std::vector<SimilarFix>& all, Part part) {
  std::vector<double> values;
  for (const SimilarFix& one : all) values.push_back(part(one.parts));
  return ranks_of(values);
}

/// 4 for the strictest layer, 0 for none.
inline double strictness(const ScoreParts& parts) noexcept {
  if (parts.exact > 0) return 4;
  return parts.layer ? 4 - static_cast<double>(*parts.layer) : 0;
}

REEL_INLINE void MemoryScore::rank(std::vector<SimilarFix>& all) const {
  const auto layers = ranks_by(all, strictness);
  const auto words = ranks_by(all, [](const ScoreParts& parts) { return parts.words; });
  const auto trigrams = ranks_by(all, [](const ScoreParts& parts) { return parts.trigrams; });
  const auto vectors = ranks_by(all, [](const ScoreParts& parts) { return parts.vector; });
  const SimilarSignals& signals = options_.signals;
  // Beside other signals, a vector counts less: an embedder need not know the field, and must not displace them.
  const double vector_weight = signals.exact || signals.words || signals.trigrams ? 0.25 : 1;
  const double best = reciprocal_rank(1) * (3 + (has_vector() ? vector_weight : 0));
  for (std::size_t i = 0; i < all.size(); ++i) {
    ScoreParts& parts = all[i].parts;
    parts.layer_rank = layers[i];
    parts.words_rank = words[i];
    parts.trigrams_rank = trigrams[i];
    parts.vector_rank = vectors[i];
    parts.fused = (reciprocal_rank(layers[i]) + reciprocal_rank(words[i]) + reciprocal_rank(trigrams[i]) +
                   vector_weight * reciprocal_rank(vectors[i])) /
                  best;
    all[i].score = parts.exact + 0.7 * parts.fused + 0.2 * parts.outcome + 0.05 * parts.recency + 0.05 * parts.context;
  }
}

/// Cuts the list to the limit. The best of each signal stays, and so does the best fix of each pattern, as long as
/// these are at most half of the results: neither a signal nor an error with many fixes hides what another one finds.
REEL_INLINE void MemoryScore::keep_best(std::vector<SimilarFix>& all) const {
  if (all.size() <= options_.limit) return;
  constexpr std::array ranks{&ScoreParts::layer_rank, &ScoreParts::words_rank, &ScoreParts::trigrams_rank,
                             &ScoreParts::vector_rank};
  std::vector<bool> is_kept(all.size(), false);
  std::size_t room = options_.limit;
  const auto keep = [&](std::size_t at) {
    room -= is_kept[at] ? 0 : 1;
    is_kept[at] = true;
  };
  if (options_.limit >= ranks.size()) {
    for (const auto rank : ranks) {
      const auto first =
          std::find_if(all.begin(), all.end(), [rank](const SimilarFix& one) { return one.parts.*rank == 1; });
      if (first != all.end()) keep(static_cast<std::size_t>(first - all.begin()));
    }
  }
  std::unordered_set<std::string_view> patterns;
  for (std::size_t i = 0; i < all.size() && room > options_.limit / 2; ++i)
    if (patterns.insert(all[i].origin.pattern_id).second) keep(i);
  for (std::size_t i = 0; i < all.size() && room > 0; ++i) keep(i);
  std::vector<SimilarFix> kept;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (is_kept[i]) kept.push_back(std::move(all[i]));
  all = std::move(kept);
}

REEL_INLINE std::vector<SimilarFix> MemoryScore::results(std::vector<ScoredFix> candidates) && {
  std::vector<SimilarFix> all;
  all.reserve(candidates.size());
  for (ScoredFix& candidate : candidates) {
    SimilarFix one = compare(std::move(candidate));
    const bool is_found = strictness(one.parts) + one.parts.words + one.parts.trigrams + one.parts.vector > 0;
    if (is_found) all.push_back(std::move(one));
  }
  rank(all);
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  keep_best(all);
  return all;
}

}  // namespace reel::video::detail
