#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/schema.hpp>

/// The types of the stores in `tests/data/kept`. They never change: the stores were written with them.
namespace reel::testing::kept {

enum class Genre { drama, comedy, nature };

struct Studio {
  std::string name{};
  std::optional<std::string> city{};
};

/// Every kind of attribute with its rules, and lists of every kind.
struct Movie {
  std::string title{};
  std::optional<std::string> note{};
  bool released = false;
  std::optional<bool> dubbed{};
  std::int64_t views = 0;
  std::optional<std::int32_t> year{};
  double rating = 0;
  std::optional<double> budget{};
  Genre genre = Genre::drama;
  std::optional<Genre> second_genre{};
  Timestamp filmed_at{};
  std::optional<Timestamp> premiere{};
  Id<Studio> studio{};
  std::optional<Id<Studio>> partner{};
  std::optional<std::string> language{};
  std::optional<std::int64_t> copies{};
  std::vector<std::string> tags{};
  std::vector<bool> flags{};
  std::vector<std::int64_t> lengths{};
  std::vector<double> scores{};
  std::vector<Genre> genres{};
  std::vector<Timestamp> shows{};
  std::vector<Id<Studio>> friends{};
};

struct Clip {
  std::string name{};
  std::optional<Id<Movie>> movie{};
  Id<Studio> studio{};
};

inline const Bucket posters{.id = "Posters", .name = "Posters", .max_size = MiB, .extensions = {"png", "jpg"}};

}  // namespace reel::testing::kept

template <>
struct reel::EnumNames<reel::testing::kept::Genre> {
  using Genre = reel::testing::kept::Genre;
  static constexpr auto names =
      reel::enum_names(std::pair{Genre::drama, "drama"}, std::pair{Genre::comedy, "comedy \"quoted\""},
                       std::pair{Genre::nature, "nature"});
};

template <>
struct reel::Schema<reel::testing::kept::Studio> {
  using Studio = reel::testing::kept::Studio;
  static constexpr auto collection = reel::collection(
      "studios", "Studios", reel::attribute("name", &Studio::name, reel::max_length(128)),
      reel::attribute("city", &Studio::city, reel::max_length(64)), reel::unique("by_name", &Studio::name));
};

template <>
struct reel::Schema<reel::testing::kept::Movie> {
  using Movie = reel::testing::kept::Movie;
  using Studio = reel::testing::kept::Studio;
  static constexpr auto collection = reel::collection(
      "Movies", "Movies \"all\" \\ über", reel::attribute("title", &Movie::title, reel::max_length(255)),
      reel::attribute("note", &Movie::note, reel::max_length(1000)), reel::attribute("released", &Movie::released),
      reel::attribute("dubbed", &Movie::dubbed),
      reel::attribute("views", &Movie::views, reel::range(std::int64_t{0}, std::int64_t{9007199254740993})),
      reel::attribute("year", &Movie::year), reel::attribute("rating", &Movie::rating, reel::range(-0.5, 10.25)),
      reel::attribute("budget", &Movie::budget), reel::attribute("genre", &Movie::genre),
      reel::attribute("second_genre", &Movie::second_genre), reel::attribute("filmed_at", &Movie::filmed_at),
      reel::attribute("premiere", &Movie::premiere),
      reel::attribute("studio", &Movie::studio, reel::references<Studio>()),
      reel::attribute("partner", &Movie::partner, reel::references<Studio>(reel::on_remove::set_null)),
      reel::attribute("language", &Movie::language, reel::max_length(2), reel::default_value("en")),
      reel::attribute("copies", &Movie::copies, reel::default_value(1)),
      reel::attribute("tags", &Movie::tags, reel::max_length(32)), reel::attribute("flags", &Movie::flags),
      reel::attribute("lengths", &Movie::lengths), reel::attribute("scores", &Movie::scores),
      reel::attribute("genres", &Movie::genres), reel::attribute("shows", &Movie::shows),
      reel::attribute("friends", &Movie::friends, reel::references<Studio>(reel::on_remove::set_null)),
      reel::index("by_genre_views", &Movie::genre, reel::descending(&Movie::views)),
      reel::unique("by_title", &Movie::title), reel::unique("by_year_partner", &Movie::year, &Movie::partner),
      reel::index("by_premiere", reel::descending(&Movie::premiere)), reel::full_text("search_note", &Movie::note));
};

template <>
struct reel::Schema<reel::testing::kept::Clip> {
  using Clip = reel::testing::kept::Clip;
  static constexpr auto collection = reel::collection(
      "clips", "Clips", reel::attribute("name", &Clip::name, reel::max_length(100)),
      reel::attribute("movie", &Clip::movie, reel::references<reel::testing::kept::Movie>(reel::on_remove::cascade)),
      reel::attribute("studio", &Clip::studio, reel::references<reel::testing::kept::Studio>()));
};
