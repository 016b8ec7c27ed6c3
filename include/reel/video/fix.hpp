#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <reel/schema.hpp>
#include <reel/video/limits.hpp>

namespace reel::video {

/// Who found the fix.
enum class FixMethod { automatic, llm, manual };

/// Code that failed, and what made it work.
struct Fix {
  std::string error_hash{};  ///< of the normalised error, up to 32 characters
  std::string error_message{};
  std::string original_code{};
  std::string fixed_code{};
  std::optional<std::string> topic{};
  std::optional<std::string> scene_type{};
  FixMethod fix_method = FixMethod::automatic;
  std::int64_t success_count = 0;
  std::int64_t failure_count = 0;
  std::optional<double> confidence_score{};
  Timestamp created_at{};
  Timestamp updated_at{};

  friend bool operator==(const Fix&, const Fix&) = default;
};

}  // namespace reel::video

template <>
struct reel::EnumNames<reel::video::FixMethod> {
  using enum reel::video::FixMethod;
  static constexpr auto names =
      reel::enum_names(std::pair{automatic, "auto"}, std::pair{llm, "llm"}, std::pair{manual, "manual"});
};

template <>
struct reel::Schema<reel::video::Fix> {
  using Fix = reel::video::Fix;
  // clang-format off
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
