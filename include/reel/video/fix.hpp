#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <reel/schema.hpp>
#include <reel/video/limits.hpp>

namespace reel::video {

/// The author of a fix.
enum class FixMethod {
  automatic,  ///< a program without a language model; stored as `auto`
  llm,        ///< a language model
  manual,     ///< a person
};

/// An error in the code of a scene and the change that fixed it: the memory of the agents that write code.
struct Fix {
  std::string error_hash{};                     ///< of the normalized error message, up to 32 characters
  std::string error_message{};                  ///< the whole message
  std::string original_code{};                  ///< the code that failed
  std::string fixed_code{};                     ///< the code that worked
  std::optional<std::string> topic{};           ///< of the video
  std::optional<std::string> scene_type{};      ///< the type of the scene
  FixMethod fix_method = FixMethod::automatic;  ///< who fixed it
  std::int64_t success_count = 0;               ///< how often the fix worked
  std::int64_t failure_count = 0;               ///< how often it did not
  std::optional<double> confidence_score{};     ///< as estimated by the pipeline
  Timestamp created_at{};                       ///< set by the pipeline
  Timestamp updated_at{};                       ///< set by the pipeline

  /// Compares all members.
  friend bool operator==(const Fix&, const Fix&) = default;
};

}  // namespace reel::video

/// The stored names, those of existing deployments.
template <>
struct reel::EnumNames<reel::video::FixMethod> {
  using enum reel::video::FixMethod;
  /// See `reel::enum_names`.
  static constexpr auto names =
      reel::enum_names(std::pair{automatic, "auto"}, std::pair{llm, "llm"}, std::pair{manual, "manual"});
};

/// Collection `agent_memory`.
template <>
struct reel::Schema<reel::video::Fix> {
  /// Short for the lines below.
  using Fix = reel::video::Fix;
  // clang-format off
  /// Indexes: by error, by topic and type of scene, and a full-text index over the messages.
  static constexpr auto collection = reel::collection("agent_memory", "Agent Memory",
      attribute("error_hash", &Fix::error_hash, max_length(32)),
      attribute("error_message", &Fix::error_message, max_length(video::long_text)),
      attribute("original_code", &Fix::original_code, max_length(video::long_text)),
      attribute("fixed_code", &Fix::fixed_code, max_length(video::long_text)),
      attribute("topic", &Fix::topic, max_length(100)),
      attribute("scene_type", &Fix::scene_type, max_length(50)),
      attribute("fix_method", &Fix::fix_method),
      attribute("success_count", &Fix::success_count),
      attribute("failure_count", &Fix::failure_count),
      attribute("confidence_score", &Fix::confidence_score),
      attribute("created_at", &Fix::created_at),
      attribute("updated_at", &Fix::updated_at),
      index("by_error_hash", &Fix::error_hash),
      index("by_topic_type", &Fix::topic, &Fix::scene_type),
      full_text("search_error", &Fix::error_message));
  // clang-format on
};
