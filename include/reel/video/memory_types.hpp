#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <reel/id.hpp>
#include <reel/record.hpp>
#include <reel/video/fingerprint.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/memory_records.hpp>

namespace reel::video {

/// The namespace that is used unless another one is named.
inline constexpr std::string_view global_namespace = "global";

/// Where a fix comes from. Only for people and for an evaluation: nothing is looked up by it.
struct Provenance {
  std::optional<std::string> video_id{};       ///< the video, as the pipeline names it, up to 255 characters
  std::optional<std::string> scene{};          ///< the scene, as the pipeline names it, up to 255 characters
  std::optional<std::int64_t> from_version{};  ///< of the failing code
  std::optional<std::int64_t> to_version{};    ///< of the fixed code
  std::optional<std::string> method{};         ///< what wrote it, in the pipeline's words, up to 64 characters
  std::optional<std::string> environment{};    ///< versions of manim and its plugins, up to 255 characters
};

/// A fix to remember.
struct NewFix {
  /// The error: a log, or a message. Up to 1,000,000 characters, as both codes.
  std::string error{};
  std::string code{};                       ///< the code that failed
  std::string fixed_code{};                 ///< the code that replaced it
  std::optional<std::string> topic{};       ///< of the video, up to 100 characters
  std::optional<std::string> scene_type{};  ///< up to 50 characters
  FixMethod method = FixMethod::automatic;  ///< who wrote it
  Provenance provenance{};                  ///< where it comes from
  std::int64_t successes = 0;               ///< how often it has worked so far
  std::int64_t failures = 0;                ///< how often it has not
  bool has_rendered = false;                ///< whether the fixed code has rendered; see `preventive_examples`
  std::optional<Id<Fix>> id{};              ///< none: derived from namespace, error and fixed code
};

/// A stored fix as one to remember, with its counts, and as one whose code has not rendered.
[[nodiscard]] inline NewFix as_new_fix(const Fix& fix) {
  return {.error = fix.error_message,
          .code = fix.original_code,
          .fixed_code = fix.fixed_code,
          .topic = fix.topic,
          .scene_type = fix.scene_type,
          .method = fix.fix_method,
          .successes = fix.success_count,
          .failures = fix.failure_count};
}

/// The signals that find and rank a fix.
struct SimilarSignals {
  bool exact = true;     ///< equal fingerprints
  bool words = true;     ///< BM25 over the words of messages and the identifiers of failing lines
  bool trigrams = true;  ///< messages that are cut or misspelt
  bool vectors = true;   ///< the vectors of an `Embedder`, if there is one
};

/// The part of a namespace that a search ignores as if it had never been remembered: for an evaluation.
struct HeldOut {
  std::unordered_set<std::string> fixes{};                ///< ids
  std::unordered_set<std::string> patterns{};             ///< the ids of patterns that have no other fix
  std::unordered_map<std::string, std::int64_t> words{};  ///< how many of these patterns have a word
};

/// Options of `AgentMemory::similar`.
struct SimilarOptions {
  std::size_t limit = 10;                   ///< the most results
  std::optional<std::string> topic{};       ///< raises fixes of this topic, and removes none
  std::optional<std::string> scene_type{};  ///< raises fixes of this type of scene, and removes none
  SimilarSignals signals{};                 ///< all, except to compare them
  std::size_t candidates = 32;              ///< the most fixes that are read and ranked
  const HeldOut* held_out = nullptr;        ///< ignored, for an evaluation; must outlive the call
};

/// The parts of a score. `score` is the sum of the weighted parts.
struct ScoreParts {
  std::optional<FingerprintLayer> layer{};  ///< the strictest equal fingerprint
  bool same_pipeline_hash = false;          ///< whether error and code have the hash that earlier programs compute
  double words = 0;                         ///< BM25
  double trigrams = 0;                      ///< from 0 to 1
  double vector = 0;                        ///< cosine, from 0 to 1
  std::size_t layer_rank = 0;               ///< among the candidates, from 1; 0: no evidence
  std::size_t words_rank = 0;               ///< likewise
  std::size_t trigrams_rank = 0;            ///< likewise
  std::size_t vector_rank = 0;              ///< likewise
  double exact = 0;                         ///< 1 for exactly this error: such fixes are first
  double fused = 0;                         ///< of the ranks, from 0 to 1; weight 0.7
  double outcome = 0;                       ///< `success_bound` of the counts; weight 0.2
  double recency = 0;                       ///< of the last change of the fix, from 0 to 1; weight 0.05
  double context = 0;                       ///< 0.5 each for the same topic and type of scene; weight 0.05
};

/// A result of `AgentMemory::similar`.
struct SimilarFix {
  Id<Fix> id{};           ///< for `record_outcome`
  double score = 0;       ///< comparable within one call; over 1: exactly this error
  ScoreParts parts{};     ///< what the score consists of
  Fix fix{};              ///< error, codes and counts
  MemoryOrigin origin{};  ///< provenance and state; empty for a record of an earlier program
};

/// Options of `AgentMemory::preventive_examples`.
struct PreventiveOptions {
  std::size_t limit = 5;                    ///< the most examples
  std::optional<std::string> topic{};       ///< raises fixes of this topic
  std::optional<std::string> scene_type{};  ///< raises fixes of this type of scene
};

/// The content of a namespace: the result of `AgentMemory::statistics`.
struct MemoryStatistics {
  std::int64_t patterns = 0;    ///< different errors
  std::int64_t fixes = 0;       ///< all, superseded ones included
  std::int64_t worked = 0;      ///< fixes that worked the last time
  std::int64_t failed = 0;      ///< fixes that failed the last time
  std::int64_t untried = 0;     ///< fixes without an outcome
  std::int64_t superseded = 0;  ///< fixes that are no longer found
  std::int64_t rendered = 0;    ///< fixes whose code has rendered

  /// Compares all members.
  friend bool operator==(const MemoryStatistics&, const MemoryStatistics&) = default;
};

/// A function from text to a vector, such as a language model computes. All vectors of a store have the same length. It
/// can be called while const, by several threads at once.
template <class E>
concept Embedder = requires(const E& embedder, std::string_view text) {
  { embedder(text) } -> std::convertible_to<std::vector<double>>;
};

/// The default: no vectors.
struct NoEmbedder {
  /// Never called.
  std::vector<double> operator()(std::string_view) const { return {}; }
};

}  // namespace reel::video
