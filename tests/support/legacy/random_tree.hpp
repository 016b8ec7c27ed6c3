#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/legacy/generator.hpp"

namespace legacy_tree {

/// The size of a random tree, and the share of irregular entries.
struct Shape {
  std::uint64_t seed = 1;
  int topics = 4;
  int scenes = 4;        ///< at most, for each topic
  double hazards = 0.3;  ///< share of irregular scenes, outlines and text files
  bool neighbours = true;
};

/// Returns mostly small shapes; every twentieth is large.
inline Shape varied_shape(std::uint64_t seed, double hazards) {
  if (seed % 20 == 0) return {.seed = seed, .topics = 8, .scenes = 7, .hazards = hazards};
  return {.seed = seed,
          .topics = static_cast<int>(1 + seed % 3),
          .scenes = static_cast<int>(1 + seed % 5),
          .hazards = hazards};
}

/// Topics as entered, and the folder names that the pipeline derives from them.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 16> known_topics{{
    {"Pythagorean Theorem", "pythagorean_theorem"},
    {"Newton's Second Law", "newton_s_second_law"},
    {"Gauss's Law (E&M)", "gauss_s_law_e_m_"},
    {"  padded  ", "_padded_"},
    {"a _ b", "a___b"},
    {"Big O notation", "big_o_notation"},
    {"C++ vs C#", "c_vs_c_"},
    {"L'Hôpital's Rule", "l_h_pital_s_rule"},
    {"Thévenin's theorem", "th_venin_s_theorem"},
    {"Định lý Pytago", "_nh_l_pytago"},
    {"İstanbul", "i_stanbul"},
    {"media", "media"},
    {"scene1", "scene1"},
    {"My scene2 v3", "my_scene2_v3"},
    {"Code_v2_scene1_v0", "code_v2_scene1_v0"},
    {"勾股定理", "_"},
}};

inline Story hazardous_story(Generator& make) {
  constexpr std::array stories{
      Story::empty_subplan,   Story::api_error_subplan, Story::stale_versions, Story::source_deleted,
      Story::marker_names_it, Story::rerun_fixed,       Story::renumbered,     Story::flat,
      Story::empty_video,     Story::two_renders,       Story::video_gone};
  return stories[make.below(stories.size())];
}

inline SceneSpec random_scene(Generator& make, int number, double hazards) {
  constexpr std::array plain{Story::allocated, Story::one_subplan, Story::two_subplans, Story::planned,
                             Story::coded,     Story::failed,      Story::rendered,     Story::rendered};
  SceneSpec scene{.number = number};
  scene.story = make.chance(hazards) ? hazardous_story(make) : plain[make.below(plain.size())];
  scene.version = static_cast<int>(make.below(5));
  if (scene.story == Story::failed) scene.version = make.chance(0.5) ? 3 : 5;
  scene.rag_cache = make.chance(0.3);
  scene.empty_rag_cache = !scene.rag_cache && make.chance(hazards / 2);
  scene.long_texts = make.chance(0.1);
  if (make.chance(hazards / 2)) scene.storyboard = static_cast<TextStory>(1 + make.below(3));
  constexpr std::array<std::string_view, 6> qualities{"480p15",  "720p30",     "1440p60",
                                                      "2160p60", "1080p29.97", "low_quality"};
  if (make.chance(hazards / 2)) scene.quality = qualities[make.below(qualities.size())];
  scene.html = make.chance(hazards / 4);
  return scene;
}

inline TopicSpec random_topic(Generator& make, std::string around, std::size_t name, const Shape& shape) {
  TopicSpec topic{.around = std::move(around),
                  .topic = std::string{known_topics[name].first},
                  .prefix = std::string{known_topics[name].second}};
  topic.variant = make.chance(0.5) ? Variant::tea : Variant::maa;
  const int scenes = static_cast<int>(make.below(static_cast<std::uint64_t>(shape.scenes) + 1));
  const bool all_rendered = make.chance(0.3);
  for (int number = 1; number <= scenes; ++number) {
    // Numbers with two digits, so that order matters.
    const int in_order = number < 4 ? number : number + 6;
    topic.scenes.push_back(random_scene(make, in_order, shape.hazards));
    if (all_rendered) topic.scenes.back().story = Story::rendered;
  }
  topic.outlined = topic.scenes.empty() ? 3 : topic.scenes.back().number;
  if (make.chance(shape.hazards)) topic.outline = static_cast<OutlineStory>(1 + make.below(4));
  if (make.chance(shape.hazards / 4) && topic.outlined > 1) --topic.outlined;
  // A folder without an outline is a topic folder only if it has a scene or a combined video.
  topic.session = make.chance(0.8);
  topic.combined = make.chance(all_rendered ? 0.8 : 0.15);
  topic.empty_subtitles = make.chance(0.2);
  topic.evaluated = make.chance(0.2);
  topic.key_frames = make.chance(0.2);
  if (topic.scenes.empty() && topic.outline == OutlineStory::missing) topic.combined = true;
  for (int oddity = 0; oddity < oddity_count; ++oddity)
    if (make.chance(shape.hazards / 6)) topic.oddities.push_back(static_cast<Oddity>(oddity));
  return topic;
}

/// Writes a tree of topics in nested output folders below `root`. The same shape yields the same tree.
inline Truth random_tree(const std::filesystem::path& root, const Shape& shape) {
  Generator make{root, shape.seed};
  constexpr std::array<std::string_view, 4> folders{".", "exp", "exp/run_2", "api_outputs"};
  make.write_session(".");
  make.write_session("exp");
  std::vector<std::string> taken;
  for (int i = 0; i < shape.topics; ++i) {
    const std::size_t name = make.below(known_topics.size());
    std::string around{folders[make.below(folders.size())]};
    std::string recorded_id;
    if (make.chance(0.2)) {
      recorded_id = "68a1b2c3d4e5" + std::to_string(10'000'000 + i);
      around += "/" + recorded_id;
    } else if (static_cast<std::size_t>(i) >= known_topics.size()) {
      around += "/more_" + std::to_string(i);
    }
    if (around.starts_with("./")) around.erase(0, 2);
    const std::string place = around + "/" + std::string{known_topics[name].second};
    if (std::find(taken.begin(), taken.end(), place) != taken.end()) continue;
    taken.push_back(place);
    TopicSpec topic = random_topic(make, around, name, shape);
    topic.recorded_id = recorded_id;
    make.write(topic);
  }
  if (shape.neighbours) make.write_neighbours("exp/run_3");
  return make.truth();
}

}  // namespace legacy_tree
