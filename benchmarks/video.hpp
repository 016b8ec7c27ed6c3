#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <reel/query.hpp>
#include <reel/repository.hpp>
#include <reel/schema.hpp>

/// The record of the benchmarks: a video of the pipeline, with generated values that are equal in every run.
namespace bench {

enum class Status { queued, planning, ready_for_render, queued_for_render, rendering, completed, failed };

struct Video {
  std::string topic{};
  std::optional<std::string> description{};
  std::optional<std::string> owner_id{};
  std::optional<std::string> session_id{};
  std::optional<std::string> combined_video_url{};
  std::optional<std::string> subtitles_url{};
  std::optional<std::string> error_message{};
  Status status = Status::queued;
  std::int64_t scene_count = 0;
  std::optional<std::int64_t> progress{};
  std::optional<std::int64_t> current_scene{};
  std::optional<double> total_duration{};
  reel::Timestamp created_at{};
  reel::Timestamp updated_at{};
};

}  // namespace bench

template <>
struct reel::EnumNames<bench::Status> {
  using enum bench::Status;
  static constexpr auto names = reel::enum_names(
      std::pair{queued, "queued"}, std::pair{planning, "planning"}, std::pair{ready_for_render, "ready_for_render"},
      std::pair{queued_for_render, "queued_for_render"}, std::pair{rendering, "rendering"},
      std::pair{completed, "completed"}, std::pair{failed, "failed"});
};

template <>
struct reel::Schema<bench::Video> {
  using V = bench::Video;
  static constexpr auto collection = reel::collection(
      "videos", "Videos", reel::attribute("topic", &V::topic, reel::max_length(255)),
      reel::attribute("description", &V::description, reel::max_length(1000)),
      reel::attribute("owner_id", &V::owner_id, reel::max_length(36)),
      reel::attribute("session_id", &V::session_id, reel::max_length(100)),
      reel::attribute("combined_video_url", &V::combined_video_url, reel::max_length(500)),
      reel::attribute("subtitles_url", &V::subtitles_url, reel::max_length(500)),
      reel::attribute("error_message", &V::error_message, reel::max_length(1000)),
      reel::attribute("status", &V::status), reel::attribute("scene_count", &V::scene_count),
      reel::attribute("progress", &V::progress, reel::range(0, 100)),
      reel::attribute("current_scene", &V::current_scene), reel::attribute("total_duration", &V::total_duration),
      reel::attribute("created_at", &V::created_at), reel::attribute("updated_at", &V::updated_at),
      reel::index("by_status", &V::status, reel::descending(&V::created_at)),
      reel::index("by_session", &V::session_id));
};

namespace bench {

/// Id and content of a record to create.
struct Item {
  std::string id;
  Video video;
};

/// Returns 20 hex digits in no particular order.
inline std::string hex_id(std::mt19937_64& chance) {
  std::string id;
  for (std::uint64_t bits = chance(); id.size() < 20; bits = bits >> 4 ? bits >> 4 : chance())
    id += "0123456789abcdef"[bits & 15];
  return id;
}

/// Returns a string as long and as random as a UUID, the same for the same number.
inline std::string uuid(std::uint64_t number) {
  std::mt19937_64 chance{number};
  const std::string hex = hex_id(chance) + hex_id(chance);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20, 12);
}

inline Item make_item(std::size_t number, std::mt19937_64& chance) {
  using namespace std::chrono_literals;
  static constexpr const char* subjects[] = {"The Pythagorean theorem", "Fourier series", "Binary search trees",
                                             "Photosynthesis and the Calvin cycle", "Eigenvalues, geometrically"};
  Item item{.id = hex_id(chance), .video = {}};
  Video& video = item.video;
  video.topic = std::string(subjects[chance() % 5]) + ", part " + std::to_string(number % 1000);
  video.description = "A visual introduction to " + video.topic + " for students who meet it for the first time.";
  video.owner_id = "owner_" + std::to_string(chance() % 5000);
  video.session_id = uuid(chance() % 50'000);
  const std::uint64_t share = chance() % 100;
  video.status = share < 50 ? Status::completed : share < 75 ? Status::failed : static_cast<Status>(share % 5);
  video.scene_count = static_cast<std::int64_t>(chance() % 12 + 1);
  video.progress = static_cast<std::int64_t>(chance() % 101);
  video.created_at = reel::Timestamp{1'700'000'000'000ms + std::chrono::milliseconds{chance() % 31'536'000'000}};
  video.updated_at = video.created_at + 90s;
  if (video.status == Status::completed) {
    video.progress = 100;
    video.combined_video_url = "https://storage.example.org/buckets/final_videos/files/" + item.id + "/view";
    video.subtitles_url = "https://storage.example.org/buckets/subtitles/files/" + item.id + "/view";
    video.total_duration = static_cast<double>(chance() % 600'000) / 1000;
  } else if (video.status == Status::failed) {
    video.error_message =
        "scene " + std::to_string(chance() % 12) + ": LaTeX compilation error: undefined control sequence";
  } else {
    video.current_scene = static_cast<std::int64_t>(chance() % 12);
  }
  return item;
}

inline std::vector<Item> make_items(std::size_t count) {
  std::mt19937_64 chance{20240501};
  std::vector<Item> items;
  items.reserve(count);
  for (std::size_t i = 0; i < count; ++i) items.push_back(make_item(i, chance));
  return items;
}

/// Returns indexes below `size` in no particular order.
inline std::vector<std::size_t> random_places(std::size_t count, std::size_t size) {
  std::mt19937_64 chance{7};
  std::vector<std::size_t> places(count);
  for (std::size_t& place : places) place = chance() % size;
  return places;
}

}  // namespace bench
