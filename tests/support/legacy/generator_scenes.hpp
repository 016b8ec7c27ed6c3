#pragma once

#include "support/legacy/generator.hpp"

namespace legacy_tree {

/// Writes one scene: its plans, and the versions of its history.
class SceneWriter {
 public:
  SceneWriter(Generator& make, const TopicSpec& spec, const SceneSpec& scene, const std::string& topic_folder)
      : make_{make}, spec_{spec}, scene_{scene}, topic_{topic_folder} {}

  SceneTruth write() {
    make_.put(folder_ + "/subplans/scene_trace_id.txt", truth_.trace_id = make_.uuid(), Role::artifact);
    if (scene_.rag_cache) make_.put_text(folder_ + "/rag_cache/rag_queries_code.json", "[\"axes\"]\n", Role::artifact);
    if (scene_.empty_rag_cache) make_.put_empty_folder(folder_ + "/rag_cache", Role::artifact);
    if (scene_.story != Story::allocated) write_plans();
    if (truth_.state == SceneState::planned && scene_.story != Story::planned) write_code();
    return truth_;
  }

 private:
  std::string plan_text(std::string_view tag, std::string_view line) const {
    const std::string name{tag};
    return "<" + name + ">\n" + repeated(line, scene_.long_texts ? 3000 : 1) + "</" + name + ">";
  }

  void write_plans() {
    const Story story = scene_.story;
    const std::string subplans = folder_ + "/subplans/" + base_ + "_";
    const std::string storyboard =
        plan_text("SCENE_VISION_STORYBOARD_PLAN", "[SCENE_VISION]\n1.  Triangle with legs a, b: ∠C = 90°\n");
    const std::string technical =
        plan_text("SCENE_TECHNICAL_IMPLEMENTATION_PLAN", "0. **Dependencies**: manim, numpy\n");
    truth_.state = SceneState::planning_incomplete;
    make_.put_text(subplans + "vision_storyboard_plan.txt", storyboard, Role::content, scene_.storyboard);
    if (story == Story::one_subplan) return;
    const std::string technical_path = subplans + "technical_implementation_plan.txt";
    if (story == Story::empty_subplan) {
      make_.put(technical_path, "", Role::artifact);
      return make_.expect(Code::empty_plan, technical_path);
    }
    make_.put_text(technical_path, technical, Role::content);
    if (story != Story::two_subplans) write_narration_and_plan(storyboard + "\n\n" + technical);
  }

  void write_narration_and_plan(const std::string& parts) {
    const std::string path = folder_ + "/subplans/" + base_ + "_animation_narration_plan.txt";
    const std::string whole =
        folder_ + "/" + (spec_.variant == Variant::tea ? base_ + "_" : std::string{}) + "implementation_plan.txt";
    const bool api_error = scene_.story == Story::api_error_subplan;
    const std::string narration =
        api_error ? "litellm.Timeout: APITimeoutError - Request timed out. Error_str: Request timed out."
                  : plan_text("SCENE_ANIMATION_NARRATION_PLAN", "[NARRATION]\n“Let us look at it.”\n");
    if (api_error) {
      make_.expect(Code::api_error_plan, path);
      make_.expect(Code::api_error_plan, whole);
    } else {
      truth_.state = SceneState::planned;
    }
    make_.put_text(path, narration, Role::artifact);
    const std::string title = "# Scene " + std::to_string(scene_.number) + " Implementation Plan\n\n";
    make_.put_text(whole, title + parts + "\n\n" + narration + "\n\n", api_error ? Role::artifact : Role::content);
  }

  std::string code(int version) const {
    return folder_ + (scene_.story == Story::flat ? "/" : "/code/") + base_ + "_v" + std::to_string(version);
  }

  std::string source(int version) const { return code(version) + (scene_.html ? ".html" : ".py"); }

  std::string media(int version) const {
    return topic_ + "/media/videos/" + base_ + "_v" + std::to_string(version) + "/" + scene_.quality + "/";
  }

  void write_source(int version, Role role) {
    const std::string path = source(version);
    if (scene_.html && role == Role::source_code) {
      role = Role::artifact;  // its bucket does not accept such a file
      make_.expect(Code::kept_as_artifact, path);
    }
    make_.put_text(path,
                   "from manim import *\n\n# version " + std::to_string(version) + "\nclass " + class_ +
                       "(Scene):\n    def construct(self):\n" +
                       repeated("        self.play(Write(Text(\"a² + b² = c²\")))\n", scene_.long_texts ? 6000 : 1),
                   role);
    if (scene_.story == Story::renumbered) make_.expect(Code::renumbered_scene, path);
  }

  void write_error(int version, std::string_view message) {
    truth_.error_log = code(version) + "_error.log";
    const bool frames = make_.chance(0.2);
    const std::string start = scene_.story == Story::flat ? "Error:\n" : "\nError in attempt 0:\n";
    const std::string_view line =
        frames ? "╭──── Traceback ────╮\n│ ❱ 115 │\n" : "  File \"scene.py\", line 7, in construct\n";
    make_.put_text(truth_.error_log, start + repeated(line, scene_.long_texts ? 1500 : 1) + std::string{message} + "\n",
                   Role::artifact);
    if (frames) make_.expect(Code::rich_frames, truth_.error_log);
  }

  void write_video(int version, bool chosen) {
    const std::string path = media(version) + class_;
    make_.put(path + ".mp4", video_bytes("v" + std::to_string(version)), chosen ? Role::scene_video : Role::artifact);
    make_.put_text(path + ".srt", "1\n00:00:00,000 --> 00:00:01,000\nHi\n\n",
                   chosen ? Role::subtitles : Role::artifact);
    if (scene_.story == Story::renumbered) make_.expect(Code::renumbered_scene, path + ".mp4");
    if (!chosen) return;
    truth_.video = path + ".mp4";
    truth_.subtitles = path + ".srt";
  }

  /// Writes the model's response, or in the other variant the error in its prompt.
  void write_log(int version) {
    if (version == 0) return make_.put_text(code(0) + "_init_log.txt", "```python\npass\n```\n", Role::artifact);
    const std::string answer = "<THINKING>\n" + thought(version) +
                               "\n</THINKING>\n<FULL_CORRECTED_CODE>\n```python\npass\n```\n</FULL_CORRECTED_CODE>\n";
    make_.put_text(code(version) + "_fix_log.txt", spec_.variant == Variant::tea ? answer : std::string{cause} + "\n",
                   Role::artifact);
  }

  static std::string thought(int version) {
    return "Attempt " + std::to_string(version) + ": the import is not needed → remove it.";
  }

  /// Records the relation of version `to` to the one before. `good`: it has no error.
  void note_fix(int to, bool good) {
    if (scene_.story == Story::two_renders) return make_.expect(Code::doubtful_fix, source(to));
    FixTruth fix{.from = to - 1, .error = std::string{cause}};
    fix.original = source(fix.from);
    fix.error_log = code(fix.from) + "_error.log";
    fix.fixed = source(to);
    if (scene_.story != Story::flat) fix.fix_log = code(to) + "_fix_log.txt";
    if (scene_.story != Story::flat && spec_.variant == Variant::tea) fix.reasoning = "\n" + thought(to) + "\n";
    const bool by_marker = scene_.story == Story::marker_names_it && to == scene_.version;
    fix.outcome = !good && !by_marker            ? FixOutcome::failed
                  : scene_.story == Story::coded ? FixOutcome::unknown
                                                 : FixOutcome::worked;
    truth_.fixes.push_back(std::move(fix));
  }

  void write_code() {
    const Story story = scene_.story;
    const int last = story == Story::rerun_fixed ? 0 : story == Story::two_renders ? 1 : scene_.version;
    const bool rendered = story >= Story::rendered && story != Story::flat;
    truth_.chosen = story == Story::two_renders ? 0 : last;
    truth_.chosen_by = ChosenBy::last_attempt;
    truth_.has_source = story != Story::source_deleted;
    for (int version = 0; version <= last; ++version) {
      if (story != Story::flat) write_log(version);
      if (version != truth_.chosen) write_source(version, Role::artifact);
      if (version == truth_.chosen && truth_.has_source) write_source(version, Role::source_code);
      const bool good = version == last && (rendered || story == Story::coded);
      if (!good || story == Story::rerun_fixed || story == Story::marker_names_it) write_error(version, cause);
      if (version > 0 && (version != truth_.chosen || truth_.has_source)) note_fix(version, good);
      const std::string part = media(version) + "partial_movie_files/" + class_;
      make_.put(part + "/1_2_3.mp4", "part", Role::cache);
      make_.put(part + "/partial_movie_file_list.txt", "file 'file:D:/x'\n", Role::cache);
    }
    const bool failed = story == Story::failed || (story == Story::flat && (last == 3 || last == 5));
    truth_.state = rendered ? SceneState::rendered : failed ? SceneState::failed : SceneState::coded;
    if (rendered) write_rendering(last);
  }

  void write_rendering(int last) {
    const Story story = scene_.story;
    make_.put(folder_ + "/succ_rendered.txt", story == Story::marker_names_it ? "v" + std::to_string(last) : "",
              Role::artifact);
    truth_.chosen_by = ChosenBy::no_error_log;
    if (story == Story::marker_names_it) truth_.chosen_by = ChosenBy::marker;
    if (story == Story::source_deleted) truth_.chosen_by = ChosenBy::source_deleted;
    if (story == Story::rerun_fixed) truth_.chosen_by = ChosenBy::last_attempt;
    if (story == Story::rendered || story == Story::renumbered || story == Story::stale_versions)
      write_video(last, true);
    if (story == Story::stale_versions) {
      write_source(last + 1, Role::artifact);
      make_.expect(Code::stale_versions, source(last + 1));
      write_error(last + 1, "NameError: name 'x' is not defined");
    }
    if (story == Story::two_renders) {
      write_video(1, false);
      write_video(0, true);
      make_.expect(Code::stale_versions, source(1));
    }
    if (story == Story::empty_video) {
      make_.put(media(last) + class_ + ".mp4", "", Role::artifact);
      make_.expect(Code::empty_video, media(last) + class_ + ".mp4");
    }
    if (!truth_.video.empty()) truth_.chosen_by = ChosenBy::newest_video;
    if (truth_.video.empty()) make_.expect(Code::video_missing, folder_);
    if (!truth_.has_source) make_.expect(Code::source_missing, folder_);
    truth_.trusted = story != Story::renumbered;
  }

  static constexpr std::string_view cause = "ModuleNotFoundError: No module named 'src'";

  Generator& make_;
  const TopicSpec& spec_;
  const SceneSpec& scene_;
  std::string topic_;
  std::string folder_ = topic_ + "/scene" + std::to_string(scene_.number);
  std::string base_ = spec_.prefix + "_scene" + std::to_string(scene_.number);
  std::string class_ = "Scene" + std::to_string(scene_.number + (scene_.story == Story::renumbered ? 1 : 0));
  SceneTruth truth_{.number = scene_.number};
};

inline void Generator::write_scene(const TopicSpec& spec, const SceneSpec& scene, TopicTruth& topic) {
  topic.scenes.emplace(scene.number, SceneWriter{*this, spec, scene, topic.folder}.write());
}

}  // namespace legacy_tree
