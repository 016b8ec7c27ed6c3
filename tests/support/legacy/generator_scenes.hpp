#pragma once

#include "support/legacy/generator.hpp"

namespace legacy_tree {

inline void Generator::write_scene(const TopicSpec& spec, const SceneSpec& scene, TopicTruth& topic) {
  const std::string folder = topic.folder + "/scene" + std::to_string(scene.number);
  SceneTruth truth{.number = scene.number};
  put(folder + "/subplans/scene_trace_id.txt", truth.trace_id = uuid(), Role::artifact);
  if (scene.rag_cache) put_text(folder + "/rag_cache/rag_queries_code.json", "[\"axes\"]\n", Role::artifact);
  write_plans(spec, scene, folder, truth);
  if (truth.state == SceneState::planned && scene.story != Story::planned) write_versions(spec, scene, topic, truth);
  const int number = scene.number;
  topic.scenes.emplace(number, std::move(truth));
}

inline void Generator::write_plans(const TopicSpec& spec, const SceneSpec& scene, const std::string& folder,
                                   SceneTruth& truth) {
  if (scene.story == Story::allocated) return;
  const std::string base = spec.prefix + "_scene" + std::to_string(scene.number) + "_";
  const std::string subplans = folder + "/subplans/" + base;
  const std::string plan =
      folder + "/" + (spec.variant == Variant::tea ? base : std::string{}) + "implementation_plan.txt";
  const std::string storyboard =
      "<SCENE_VISION_STORYBOARD_PLAN>\n[SCENE_VISION]\n1.  Triangle with legs a, b: ∠C = "
      "90°\n</SCENE_VISION_STORYBOARD_PLAN>";
  std::string technical =
      "<SCENE_TECHNICAL_IMPLEMENTATION_PLAN>\n0. **Dependencies**: manim\n</SCENE_TECHNICAL_IMPLEMENTATION_PLAN>";
  std::string narration = "<SCENE_ANIMATION_NARRATION_PLAN>\n[NARRATION]\n“Hello”\n</SCENE_ANIMATION_NARRATION_PLAN>";

  truth.state = SceneState::planning_incomplete;
  put_text(subplans + "vision_storyboard_plan.txt", storyboard, Role::content, scene.storyboard);
  if (scene.story == Story::one_subplan) return;
  const std::string technical_path = subplans + "technical_implementation_plan.txt";
  if (scene.story == Story::empty_subplan) {
    put(technical_path, "", Role::artifact);
    return expect(Code::empty_plan, technical_path);
  }
  put_text(technical_path, technical, Role::content);
  if (scene.story == Story::two_subplans) return;
  const bool api_error = scene.story == Story::api_error_subplan;
  const std::string narration_path = subplans + "animation_narration_plan.txt";
  if (api_error) {
    narration = "litellm.Timeout: APITimeoutError - Request timed out. Error_str: Request timed out.";
    expect(Code::api_error_plan, narration_path);
    expect(Code::api_error_plan, plan);
  } else {
    truth.state = SceneState::planned;
  }
  put_text(narration_path, narration, Role::artifact);
  put_text(plan,
           "# Scene " + std::to_string(scene.number) + " Implementation Plan\n\n" + storyboard + "\n\n" + technical +
               "\n\n" + narration + "\n\n",
           api_error ? Role::artifact : Role::content);
}

inline void Generator::write_versions(const TopicSpec& spec, const SceneSpec& scene, const TopicTruth& topic,
                                      SceneTruth& truth) {
  const Story story = scene.story;
  const std::string number = std::to_string(scene.number);
  const std::string folder = topic.folder + "/scene" + number;
  const std::string base = spec.prefix + "_scene" + number;
  const std::string code = folder + (story == Story::flat ? "/" : "/code/") + base;
  const int other_scene = scene.number + 1;
  const int last = story == Story::rerun_fixed ? 0 : story == Story::two_renders ? 1 : scene.version;
  const bool rendered = story >= Story::rendered && story != Story::flat;
  const std::string class_name = "Scene" + std::to_string(story == Story::renumbered ? other_scene : scene.number);

  const auto write_source = [&](int version, Role role) {
    const std::string path = code + "_v" + std::to_string(version) + ".py";
    put_text(path,
             "from manim import *\n\n# v" + std::to_string(version) + "\nclass " + class_name + "(Scene):\n    pass\n",
             role);
    if (story == Story::renumbered) expect(Code::renumbered_scene, path);
    return path;
  };
  const auto write_error = [&](int version, std::string_view cause) {
    const std::string path = code + "_v" + std::to_string(version) + "_error.log";
    const bool frames = chance(0.2);
    const std::string entry = story == Story::flat ? "Error:\n" : "\nError in attempt 0:\n";
    put_text(path, entry + (frames ? "╭──── Traceback ────╮\n│ ❱ 115 │\n" : "Traceback:\n") + std::string{cause} + "\n",
             Role::artifact);
    if (frames) expect(Code::rich_frames, path);
    truth.error_log = path;
  };
  const auto media = [&](int version) {
    return topic.folder + "/media/videos/" + base + "_v" + std::to_string(version) + "/1080p60/";
  };
  const auto write_video = [&](int version, bool chosen) {
    const std::string path = media(version) + class_name;
    put(path + ".mp4", video_bytes("v" + std::to_string(version)), chosen ? Role::scene_video : Role::artifact);
    put_text(path + ".srt", "1\n00:00:00,000 --> 00:00:01,000\nHi\n\n", chosen ? Role::subtitles : Role::artifact);
    if (story == Story::renumbered) expect(Code::renumbered_scene, path + ".mp4");
    if (!chosen) return;
    truth.video = path + ".mp4";
    truth.subtitles = path + ".srt";
  };

  truth.state = SceneState::coded;
  truth.chosen = last;
  truth.chosen_by = ChosenBy::last_attempt;
  truth.has_source = true;
  const std::string deleted_source = story == Story::source_deleted ? code + "_v" + std::to_string(last) : "";
  for (int version = 0; version <= last; ++version) {
    const std::string log = version == 0 ? "_init_log.txt" : "_fix_log.txt";
    if (story != Story::flat)
      put_text(code + "_v" + std::to_string(version) + log, "```python\npass\n```\n", Role::artifact);
    const bool is_last = version == last;
    const bool chosen = story == Story::two_renders ? version == 0 : is_last;
    if (!is_last || deleted_source.empty()) write_source(version, chosen ? Role::source_code : Role::artifact);
    const bool good = is_last && (rendered || story == Story::coded);
    if (!good || story == Story::rerun_fixed || story == Story::marker_names_it)
      write_error(version, "ModuleNotFoundError: No module named 'src'");
    put(media(version) + "partial_movie_files/" + class_name + "/1_2_3.mp4", "part", Role::cache);
    put(media(version) + "partial_movie_files/" + class_name + "/partial_movie_file_list.txt", "file 'file:D:/x'\n",
        Role::cache);
  }
  if (story == Story::failed) truth.state = SceneState::failed;
  if (story == Story::flat && (last == 3 || last == 5)) truth.state = SceneState::failed;
  if (!rendered) return;

  truth.state = SceneState::rendered;
  put(folder + "/succ_rendered.txt", story == Story::marker_names_it ? "v" + std::to_string(last) : "", Role::artifact);
  switch (story) {
    case Story::rendered:
    case Story::renumbered:
      write_video(last, true);
      break;
    case Story::stale_versions:
      write_video(last, true);
      expect(Code::stale_versions, write_source(last + 1, Role::artifact));
      write_error(last + 1, "NameError: name 'x' is not defined");
      break;
    case Story::two_renders:
      write_video(1, false);
      write_video(0, true);
      expect(Code::stale_versions, code + "_v1.py");
      truth.chosen = 0;
      break;
    case Story::empty_video:
      put(media(last) + class_name + ".mp4", "", Role::artifact);
      expect(Code::empty_video, media(last) + class_name + ".mp4");
      break;
    default:
      break;
  }
  truth.chosen_by = !truth.video.empty()              ? ChosenBy::newest_video
                    : story == Story::marker_names_it ? ChosenBy::marker
                    : story == Story::source_deleted  ? ChosenBy::source_deleted
                    : story == Story::rerun_fixed     ? ChosenBy::last_attempt
                                                      : ChosenBy::no_error_log;
  if (truth.video.empty()) expect(Code::video_missing, folder);
  if (story == Story::source_deleted) {
    truth.has_source = false;
    expect(Code::source_missing, folder);
  }
  truth.trusted = story != Story::renumbered;
}

}  // namespace legacy_tree
