#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/query.hpp>
#include <reel/schema.hpp>

/// The types of these programs: two structs with a schema, and one member that the schema omits.
enum class Mood { calm, bright };
template <>
struct reel::EnumNames<Mood> {
  static constexpr auto names = reel::enum_names(std::pair{Mood::calm, "calm"}, std::pair{Mood::bright, "bright"});
};

struct Album {
  std::string name;
};
template <>
struct reel::Schema<Album> {
  static constexpr auto collection =
      reel::collection("albums", "Albums", reel::attribute("name", &Album::name, reel::max_length(50)));
};

struct Track {
  std::string title;
  std::optional<std::string> note;
  std::int64_t plays = 0;
  bool live = false;
  Mood mood = Mood::calm;
  std::vector<std::string> tags;
  std::optional<reel::Id<Album>> album_id;
  std::int64_t left_out = 0;
};
template <>
struct reel::Schema<Track> {
  static constexpr auto collection = reel::collection(
      "tracks", "Tracks", reel::attribute("title", &Track::title, reel::max_length(50)),
      reel::attribute("note", &Track::note, reel::max_length(50)), reel::attribute("plays", &Track::plays),
      reel::attribute("live", &Track::live), reel::attribute("mood", &Track::mood),
      reel::attribute("tags", &Track::tags, reel::max_length(50)),
      reel::attribute("album_id", &Track::album_id, reel::references<Album>()), reel::not_stored(&Track::left_out),
      reel::full_text("search_title", &Track::title));
};
