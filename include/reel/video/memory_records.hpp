#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/schema.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/limits.hpp>

/// The collections of `AgentMemory` beside `agent_memory`. Programs use `AgentMemory`; these types are public so that a
/// migration can copy them.
namespace reel::video {

/// The result of the last use of a fix.
enum class MemoryOutcome {
  unknown,  ///< never reported
  worked,   ///< the code rendered
  failed,   ///< it did not
};

/// Where a fix comes from, and its state: one for each `Fix`, under the same id.
struct MemoryOrigin {
  std::string scope{};                                  ///< the namespace
  std::string pattern_id{};                             ///< the id of its `MemoryPattern`
  std::string error_type{};                             ///< as `ErrorLog::type`
  std::string message{};                                ///< as `stable_message`
  std::string words{};                                  ///< as `error_words`, joined by spaces
  std::vector<std::string> keys{};                      ///< the ids of the `MemoryKey`s of its fingerprints
  std::optional<std::string> video_id{};                ///< the video, as the pipeline names it
  std::optional<std::string> scene{};                   ///< the scene, as the pipeline names it
  std::optional<std::int64_t> from_version{};           ///< of the failing code
  std::optional<std::int64_t> to_version{};             ///< of the fixed code
  std::optional<std::string> method{};                  ///< what wrote it, in the pipeline's words, such as `tavily`
  std::optional<std::string> environment{};             ///< versions of manim and its plugins
  bool has_rendered = false;                            ///< whether the fixed code rendered at least once
  MemoryOutcome last_outcome = MemoryOutcome::unknown;  ///< of the last use
  std::optional<Timestamp> used_at{};                   ///< of the last outcome
  std::optional<std::string> superseded_by{};           ///< the fix that replaced it; it is no longer found
  std::optional<std::string> superseded_because{};      ///< the reason
  std::vector<double> vector{};                         ///< of an `Embedder`; empty: none

  /// Compares all members.
  friend bool operator==(const MemoryOrigin&, const MemoryOrigin&) = default;
};

/// A different error: one for each exact fingerprint and namespace.
struct MemoryPattern {
  std::string scope{};               ///< the namespace
  std::string message{};             ///< as `stable_message`
  std::string words{};               ///< as `error_words`, joined by spaces
  std::vector<std::string> fixes{};  ///< the ids of fixes that are not superseded, the newest last
  bool is_counted = false;           ///< whether the keys of all its words count it

  /// Compares all members.
  friend bool operator==(const MemoryPattern&, const MemoryPattern&) = default;
};

/// A fingerprint or a word in a namespace, or the number of all patterns in it.
struct MemoryKey {
  std::string scope{};                ///< the namespace
  std::optional<std::string> word{};  ///< the word; none: a fingerprint
  std::int64_t patterns = 0;          ///< how many patterns have it; 0: a fingerprint
  std::string ids{};            ///< of the fixes with this fingerprint, or the patterns that are counted, newest last
  std::string search_pieces{};  ///< the hash of each of the `word_pieces` and the namespace; empty: not a word

  /// Compares all members.
  friend bool operator==(const MemoryKey&, const MemoryKey&) = default;
};

}  // namespace reel::video

/// The stored names.
template <>
struct reel::EnumNames<reel::video::MemoryOutcome> {
  using enum reel::video::MemoryOutcome;
  /// See `reel::enum_names`.
  static constexpr auto names =
      reel::enum_names(std::pair{unknown, "unknown"}, std::pair{worked, "worked"}, std::pair{failed, "failed"});
};

/// Collection `memory_origins`.
template <>
struct reel::Schema<reel::video::MemoryOrigin> {
  /// Short for the lines below.
  using MemoryOrigin = reel::video::MemoryOrigin;
  // clang-format off
  /// Indexes: by pattern, by namespace and outcome, and the rendered fixes of a namespace.
  static constexpr auto collection = reel::collection("memory_origins", "Memory Origins",
      attribute("scope", &MemoryOrigin::scope, max_length(64)),
      attribute("pattern_id", &MemoryOrigin::pattern_id, max_length(36)),
      attribute("error_type", &MemoryOrigin::error_type, max_length(200)),
      attribute("message", &MemoryOrigin::message, max_length(20'000)),
      attribute("words", &MemoryOrigin::words, max_length(20'000)),
      attribute("keys", &MemoryOrigin::keys, max_length(36)),
      attribute("video_id", &MemoryOrigin::video_id, max_length(255)),
      attribute("scene", &MemoryOrigin::scene, max_length(255)),
      attribute("from_version", &MemoryOrigin::from_version),
      attribute("to_version", &MemoryOrigin::to_version),
      attribute("method", &MemoryOrigin::method, max_length(64)),
      attribute("environment", &MemoryOrigin::environment, max_length(255)),
      attribute("has_rendered", &MemoryOrigin::has_rendered),
      attribute("last_outcome", &MemoryOrigin::last_outcome),
      attribute("used_at", &MemoryOrigin::used_at),
      attribute("superseded_by", &MemoryOrigin::superseded_by, max_length(36)),
      attribute("superseded_because", &MemoryOrigin::superseded_because, max_length(1000)),
      attribute("vector", &MemoryOrigin::vector),
      index("by_pattern", &MemoryOrigin::pattern_id),
      index("by_scope_outcome", &MemoryOrigin::scope, &MemoryOrigin::last_outcome),
      index("by_scope_rendered", &MemoryOrigin::scope, &MemoryOrigin::has_rendered, descending(&MemoryOrigin::used_at)));
  // clang-format on
};

/// Collection `memory_patterns`.
template <>
struct reel::Schema<reel::video::MemoryPattern> {
  /// Short for the lines below.
  using MemoryPattern = reel::video::MemoryPattern;
  // clang-format off
  /// Index: by namespace.
  static constexpr auto collection = reel::collection("memory_patterns", "Memory Patterns",
      attribute("scope", &MemoryPattern::scope, max_length(64)),
      attribute("message", &MemoryPattern::message, max_length(20'000)),
      attribute("words", &MemoryPattern::words, max_length(20'000)),
      attribute("fixes", &MemoryPattern::fixes, max_length(36)),
      attribute("is_counted", &MemoryPattern::is_counted),
      index("by_scope", &MemoryPattern::scope));
  // clang-format on
};

/// Collection `memory_keys`.
template <>
struct reel::Schema<reel::video::MemoryKey> {
  /// Short for the lines below.
  using MemoryKey = reel::video::MemoryKey;
  // clang-format off
  /// Indexes: by namespace, and a full-text index over the pieces.
  static constexpr auto collection = reel::collection("memory_keys", "Memory Keys",
      attribute("scope", &MemoryKey::scope, max_length(64)),
      attribute("word", &MemoryKey::word, max_length(100)),
      attribute("patterns", &MemoryKey::patterns),
      attribute("ids", &MemoryKey::ids, max_length(20'000)),
      attribute("search_pieces", &MemoryKey::search_pieces, max_length(20'000)),
      index("by_scope", &MemoryKey::scope),
      full_text("search_pieces", &MemoryKey::search_pieces));
  // clang-format on
};
