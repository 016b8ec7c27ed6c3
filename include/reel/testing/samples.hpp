#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/schema.hpp>

/// The record types that the rules use.
namespace reel::testing {

enum class Mood { calm, bright, dark };

/// Has every kind of attribute, most of them required.
struct Track {
  std::string title{};
  std::optional<std::string> note{};
  std::int64_t plays = 0;
  double score = 0;
  bool live = false;
  Mood mood = Mood::calm;
  std::vector<std::string> tags{};
  Timestamp recorded_at{};
  friend bool operator==(const Track&, const Track&) = default;
};

/// Has every kind of nullable attribute, and lists of every kind.
struct Reading {
  std::string name{};
  std::optional<std::int64_t> level{};
  std::optional<double> weight{};
  std::optional<std::string> label{};
  std::optional<bool> flag{};
  std::optional<Mood> mood{};
  std::optional<Timestamp> at{};
  std::vector<std::int64_t> levels{};
  std::vector<double> weights{};
  std::vector<bool> flags{};
  std::vector<Mood> moods{};
  std::vector<Timestamp> times{};
  friend bool operator==(const Reading&, const Reading&) = default;
};

/// Has default values and narrow integers.
struct Preset {
  std::optional<std::int64_t> grade{};
  std::optional<std::string> kind{};
  std::optional<Mood> mood{};
  std::int8_t small = 0;
  std::uint16_t port = 0;
  double ratio = 0;
};

/// Contains the same string with an index, without an index, and as the only element of a list.
struct Word {
  std::string plain{};
  std::string indexed{};
  std::vector<std::string> list{};
};

struct Article {
  std::string title{};
  std::optional<std::string> body{};
};

struct Seat {
  std::int64_t row = 0;
  std::optional<std::int64_t> number{};
  std::optional<std::string> code{};
};

struct Planet {
  std::string name{};
};
struct Moon {
  std::string name{};
  Id<Planet> planet{};
};
struct Probe {
  std::string name{};
  std::optional<Id<Moon>> moon{};
};
struct Survey {
  std::string name{};
  std::vector<Id<Moon>> moons{};
};
struct Base {
  std::string name{};
  std::optional<Id<Moon>> moon{};
};
/// Refers to its own collection.
struct Folder {
  std::string name{};
  std::optional<Id<Folder>> parent{};
};

}  // namespace reel::testing

template <>
struct reel::EnumNames<reel::testing::Mood> {
  using Mood = reel::testing::Mood;
  static constexpr auto names =
      reel::enum_names(std::pair{Mood::calm, "calm"}, std::pair{Mood::bright, "bright"}, std::pair{Mood::dark, "dark"});
};

template <>
struct reel::Schema<reel::testing::Track> {
  using Track = reel::testing::Track;
  static constexpr auto collection = reel::collection(
      "tracks", "Tracks", reel::attribute("title", &Track::title, reel::max_length(255)),
      reel::attribute("note", &Track::note, reel::max_length(100'000)),
      reel::attribute("plays", &Track::plays, reel::range(0, 1'000'000)), reel::attribute("score", &Track::score),
      reel::attribute("live", &Track::live), reel::attribute("mood", &Track::mood),
      reel::attribute("tags", &Track::tags, reel::max_length(64)), reel::attribute("recorded_at", &Track::recorded_at),
      reel::index("by_title", &Track::title),
      reel::index("by_mood_plays", &Track::mood, reel::descending(&Track::plays)));
};

template <>
struct reel::Schema<reel::testing::Reading> {
  using Reading = reel::testing::Reading;
  static constexpr auto collection = reel::collection(
      "readings", "Readings", reel::attribute("name", &Reading::name, reel::max_length(64)),
      reel::attribute("level", &Reading::level), reel::attribute("weight", &Reading::weight),
      reel::attribute("label", &Reading::label, reel::max_length(100)), reel::attribute("flag", &Reading::flag),
      reel::attribute("mood", &Reading::mood), reel::attribute("at", &Reading::at),
      reel::attribute("levels", &Reading::levels), reel::attribute("weights", &Reading::weights),
      reel::attribute("flags", &Reading::flags), reel::attribute("moods", &Reading::moods),
      reel::attribute("times", &Reading::times), reel::index("by_level", &Reading::level),
      reel::index("by_label_weight", &Reading::label, reel::descending(&Reading::weight)));
};

template <>
struct reel::Schema<reel::testing::Preset> {
  using Preset = reel::testing::Preset;
  static constexpr auto collection = reel::collection(
      "presets", "Presets", reel::attribute("grade", &Preset::grade, reel::range(1, 9), reel::default_value(3)),
      reel::attribute("kind", &Preset::kind, reel::max_length(20), reel::default_value("plain")),
      reel::attribute("mood", &Preset::mood, reel::default_value(reel::testing::Mood::bright)),
      reel::attribute("small", &Preset::small), reel::attribute("port", &Preset::port),
      reel::attribute("ratio", &Preset::ratio, reel::range(0.0, 1.0)), reel::index("by_grade", &Preset::grade));
};

template <>
struct reel::Schema<reel::testing::Word> {
  using Word = reel::testing::Word;
  static constexpr auto collection = reel::collection(
      "words", "Words", reel::attribute("plain", &Word::plain, reel::max_length(100)),
      reel::attribute("indexed", &Word::indexed, reel::max_length(100)),
      reel::attribute("list", &Word::list, reel::max_length(100)), reel::index("by_indexed", &Word::indexed));
};

template <>
struct reel::Schema<reel::testing::Article> {
  using Article = reel::testing::Article;
  static constexpr auto collection = reel::collection(
      "articles", "Articles", reel::attribute("title", &Article::title, reel::max_length(100)),
      reel::attribute("body", &Article::body, reel::max_length(1000)), reel::full_text("search_body", &Article::body));
};

template <>
struct reel::Schema<reel::testing::Seat> {
  using Seat = reel::testing::Seat;
  static constexpr auto collection =
      reel::collection("seats", "Seats", reel::attribute("row", &Seat::row), reel::attribute("number", &Seat::number),
                       reel::attribute("code", &Seat::code, reel::max_length(40)),
                       reel::unique("by_place", &Seat::row, &Seat::number), reel::unique("by_code", &Seat::code));
};

template <>
struct reel::Schema<reel::testing::Planet> {
  using Planet = reel::testing::Planet;
  static constexpr auto collection =
      reel::collection("planets", "Planets", reel::attribute("name", &Planet::name, reel::max_length(40)));
};
template <>
struct reel::Schema<reel::testing::Moon> {
  using Moon = reel::testing::Moon;
  using Planet = reel::testing::Planet;
  static constexpr auto collection =
      reel::collection("moons", "Moons", reel::attribute("name", &Moon::name, reel::max_length(40)),
                       reel::attribute("planet", &Moon::planet, reel::references<Planet>(reel::on_remove::cascade)));
};
template <>
struct reel::Schema<reel::testing::Probe> {
  using Probe = reel::testing::Probe;
  using Moon = reel::testing::Moon;
  static constexpr auto collection =
      reel::collection("probes", "Probes", reel::attribute("name", &Probe::name, reel::max_length(40)),
                       reel::attribute("moon", &Probe::moon, reel::references<Moon>(reel::on_remove::set_null)));
};
template <>
struct reel::Schema<reel::testing::Survey> {
  using Survey = reel::testing::Survey;
  using Moon = reel::testing::Moon;
  static constexpr auto collection =
      reel::collection("surveys", "Surveys", reel::attribute("name", &Survey::name, reel::max_length(40)),
                       reel::attribute("moons", &Survey::moons, reel::references<Moon>(reel::on_remove::set_null)));
};
template <>
struct reel::Schema<reel::testing::Base> {
  using Base = reel::testing::Base;
  using Moon = reel::testing::Moon;
  static constexpr auto collection =
      reel::collection("bases", "Bases", reel::attribute("name", &Base::name, reel::max_length(40)),
                       reel::attribute("moon", &Base::moon, reel::references<Moon>(reel::on_remove::restrict)));
};
template <>
struct reel::Schema<reel::testing::Folder> {
  using Folder = reel::testing::Folder;
  static constexpr auto collection =
      reel::collection("folders", "Folders", reel::attribute("name", &Folder::name, reel::max_length(40)),
                       reel::attribute("parent", &Folder::parent, reel::references<Folder>(reel::on_remove::cascade)));
};
