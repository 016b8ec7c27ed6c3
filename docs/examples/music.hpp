#pragma once

// The records of the examples in the guide.
// clang-format off

#include <reel/reel.hpp>

namespace music {

enum class Mood { calm, bright, dark };

struct Album {
  std::string name;
  std::optional<std::int64_t> year;
};

struct Track {
  std::string title;
  std::optional<std::string> note;
  std::int64_t plays = 0;
  double score = 0;
  Mood mood = Mood::calm;
  std::vector<std::string> tags;
  reel::Timestamp recorded_at{};
  std::optional<std::string> language;
  std::optional<reel::Id<Album>> album_id;
};

}  // namespace music

template <> struct reel::EnumNames<music::Mood> {
  using enum music::Mood;
  static constexpr auto names = reel::enum_names(
      std::pair{calm, "calm"}, std::pair{bright, "bright"}, std::pair{dark, "dark"});
};

template <> struct reel::Schema<music::Album> {
  using Album = music::Album;
  static constexpr auto collection = reel::collection("albums", "Albums",
      attribute("name", &Album::name, max_length(128)),
      attribute("year", &Album::year, range(1877, 2100)),
      unique("by_name", &Album::name));
};

template <> struct reel::Schema<music::Track> {
  using Track = music::Track;
  static constexpr auto collection = reel::collection("tracks", "Tracks",
      attribute("title", &Track::title, max_length(255)),
      attribute("note", &Track::note, max_length(100'000)),
      attribute("plays", &Track::plays, range(0, 1'000'000)),
      attribute("score", &Track::score),
      attribute("mood", &Track::mood),
      attribute("tags", &Track::tags, max_length(64)),
      attribute("recorded_at", &Track::recorded_at),
      attribute("language", &Track::language, max_length(8), default_value("en")),
      attribute("album_id", &Track::album_id, references<music::Album>(on_remove::set_null)),
      index("by_mood_plays", &Track::mood, descending(&Track::plays)),
      unique("by_title", &Track::title),
      full_text("search_note", &Track::note));
};
