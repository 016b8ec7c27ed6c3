#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <reel/record.hpp>
#include <reel/separate.hpp>
#include <reel/video/error_terms.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/memory_entry.hpp>
#include <reel/video/memory_records.hpp>
#include <reel/video/memory_types.hpp>

namespace reel::video::detail {

/// A candidate, before it is ranked.
struct ScoredFix {
  Record<Fix> fix;
  MemoryOrigin origin;
  bool is_known = false;  ///< whether the fix has an origin
};

/// `ScoreParts::context`: a half for an equal topic, and a half for an equal type of scene. None is equal to nothing.
[[nodiscard]] inline double context_of(const Fix& fix, const std::optional<std::string>& topic,
                                       const std::optional<std::string>& scene_type) {
  const bool same_topic = topic && fix.topic == topic;
  const bool same_type = scene_type && fix.scene_type == scene_type;
  return (same_topic ? 0.5 : 0) + (same_type ? 0.5 : 0);
}

/// Ranks candidates for one error.
class MemoryScore {
 public:
  /// `entry` and `options` must outlive the object. `vector`: of the error; empty: none.
  MemoryScore(const MemoryEntry& entry, const SimilarOptions& options, std::vector<double> vector);

  /// The number of patterns of the namespace; call before `add_word`.
  void set_patterns(std::int64_t patterns) { patterns_ = patterns; }
  /// A word that counts if a candidate has it: of the error (`similarity` 1), or one that is spelt like it. Returns its
  /// weight.
  double add_word(const std::string& word, std::int64_t with_word, double similarity);

  /// BM25 of a candidate's words, as in `joined_words`.
  [[nodiscard]] double words_of(std::string_view words) const;
  /// The similarity of a candidate's message, from 0 to 1. Computed once for each message.
  [[nodiscard]] double trigrams_with(const std::string& message);
  /// Whether the error has a vector.
  [[nodiscard]] bool has_vector() const noexcept { return !vector_.empty(); }
  /// The cosine of the angle to a candidate's vector, at least 0.
  [[nodiscard]] double cosine_with(const std::vector<double>& vector) const noexcept;

  /// The results, the best first. The best candidate of each signal is among them if at least 4 are wanted, and so is
  /// the best of each pattern, as long as these are at most half of the results.
  [[nodiscard]] std::vector<SimilarFix> results(std::vector<ScoredFix> candidates) &&;

 private:
  [[nodiscard]] SimilarFix compare(ScoredFix candidate);
  void rank(std::vector<SimilarFix>& all) const;
  void keep_best(std::vector<SimilarFix>& all) const;

  const MemoryEntry& entry_;
  const SimilarOptions& options_;
  std::vector<double> vector_;
  Trigrams trigrams_;
  std::map<std::string, double, std::less<>> weights_;    ///< of words
  std::unordered_map<std::string, double> similarities_;  ///< of messages
  std::int64_t patterns_ = 0;
};

}  // namespace reel::video::detail

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/video/memory_score.ipp>
#endif
