#include <reel/backends/legacy/names.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <reel/backends/legacy/ids.hpp>
#include "support/catch.hpp"

namespace names_tests {

using namespace reel::legacy;

struct Row {
  const char* path;
  FileKind kind;
  int scene = -1;
  int version = -1;
};

void check(const Row& row, const Placement& place) {
  INFO(row.path);
  CHECK(place.kind == row.kind);
  CHECK(place.scene.value_or(-1) == row.scene);
  CHECK(place.version.value_or(-1) == row.version);
}

TEST_CASE("every file name of the pipeline is recognised", "[legacy]") {
  const std::vector<Row> rows{
      {"session_id.txt", FileKind::session_id},
      {"foo_scene_outline.txt", FileKind::outline},
      {"scene_outline.txt", FileKind::outline_copy},
      {"foo_scene_outline_tokens.json", FileKind::token_usage},
      {"foo_combined.mp4", FileKind::combined_video},
      {"foo_combined.mkv", FileKind::combined_video},
      {"foo_combined.srt", FileKind::combined_subtitles},
      {"foo_combined.vtt", FileKind::combined_subtitles},
      {"foo_combined.txt", FileKind::transcript},
      {"foo_combined_tcm.json", FileKind::content_map},
      {"foo_combined.xyz", FileKind::other},
      {"evaluation_foo_20250620_101500.json", FileKind::evaluation},
      {"extract_images/3.jpg", FileKind::key_frame},
      {"extract_images/pairs.json", FileKind::key_frame},
      {"scene2/foo_scene2_implementation_plan.txt", FileKind::implementation_plan, 2},
      {"scene2/implementation_plan.txt", FileKind::implementation_plan_copy, 2},
      {"scene2/succ_rendered.txt", FileKind::rendered_marker, 2},
      {"scene2/proto_tcm.json", FileKind::content_map, 2},
      {"scene2/subplans/scene_trace_id.txt", FileKind::trace_id, 2},
      {"scene2/subplans/foo_scene2_vision_storyboard_plan.txt", FileKind::storyboard_plan, 2},
      {"scene2/subplans/foo_scene2_technical_implementation_plan.txt", FileKind::technical_plan, 2},
      {"scene2/subplans/foo_scene2_animation_narration_plan.txt", FileKind::narration_plan, 2},
      {"scene2/subplans/scene2_implementation_tokens.json", FileKind::token_usage, 2},
      {"scene2/code/scene2_code_tokens.json", FileKind::token_usage, 2},
      {"scene12/code/foo_scene12_v0.py", FileKind::source, 12, 0},
      {"scene12/code/foo_scene12_v0_init_log.txt", FileKind::init_log, 12, 0},
      {"scene12/code/foo_scene12_v10_fix_log.txt", FileKind::fix_log, 12, 10},
      {"scene12/code/foo_scene12_v1_vfix_log.txt", FileKind::visual_fix_log, 12, 1},
      {"scene12/code/foo_scene12_v1_error.log", FileKind::error_log, 12, 1},
      {"scene12/code/foo_scene12_v1_render_error.log", FileKind::render_error_log, 12, 1},
      {"scene12/code/__pycache__/foo_scene12_v0.cpython-312.pyc", FileKind::bytecode, 12},
      {"scene12/foo_scene12_v0.py", FileKind::source, 12, 0},
      {"scene12/foo_scene12_v0_error.log", FileKind::error_log, 12, 0},
      {"scene1/rag_cache/rag_queries_error_fix.json", FileKind::rag_queries, 1},
      {"media/videos/foo_scene3_v2/1080p60/Scene3.mp4", FileKind::scene_video, 3, 2},
      {"media/videos/foo_scene3_v2/480p15/Scene3.mp4", FileKind::scene_video, 3, 2},
      {"media/videos/foo_scene3_v2/2160p60/Scene3.mov", FileKind::scene_video, 3, 2},
      {"media/videos/foo_scene3_v2/old/Scene3.mp4", FileKind::draft_video, 3, 2},
      {"scene3/code/foo_scene3_v2.html", FileKind::source, 3, 2},
      {"media/videos/foo_scene3_v2/1080p60/Scene3.srt", FileKind::scene_subtitles, 3, 2},
      {"media/videos/foo_scene3_v2/1080p60/snapshot.png", FileKind::snapshot, 3, 2},
      {"media/videos/foo_scene3_v2/1080p60/partial_movie_files/Scene3/1_2_3.mp4", FileKind::partial_video, 3, 2},
      {"media/videos/other/1080p60/Scene3.mp4", FileKind::scene_video},
      {"media/Tex/fcf9959009df2929.svg", FileKind::tex},
      {"media/texts/a.svg", FileKind::text_image},
      {"media/images/a/b.png", FileKind::image},
      {"media/voiceovers/cache.json", FileKind::voiceover_text},
      {"media/voiceovers/hello-0a1b2c3d.mp3", FileKind::voiceover_audio},
      {"moviepy_temp/a.mp4", FileKind::scratch},
      // not the pipeline's
      {"bar_scene_outline.txt", FileKind::other},
      {"readme.md", FileKind::other},
      {"scene2/bar_scene2_implementation_plan.txt", FileKind::other, 2},
      {"scene2/foo_scene3_implementation_plan.txt", FileKind::other, 2},
      {"scene2/code/foo_scene2_v02.py", FileKind::other, 2},
      {"scene2/code/foo_scene2_v.py", FileKind::other, 2},
      {"scene2/code/foo_scene2_v1.pyc", FileKind::other, 2},
      {"scene2/code/foo_scene2_v99999999999.py", FileKind::other, 2},
      {"scene2/code/deep/foo_scene2_v1.py", FileKind::other, 2},
      {"scene02/code/foo_scene02_v1.py", FileKind::other},
      {"scene/code/x.py", FileKind::other},
      {"scenes_old/code/x.py", FileKind::other},
      {"scene2", FileKind::other},
      {"media/foo", FileKind::other},
  };
  for (const Row& row : rows) check(row, place_in_topic(row.path, "foo"));
}

TEST_CASE("a prefix that looks like the rest of a name is removed as a whole", "[legacy]") {
  check({"x_scene1_v2_scene3_v4.py", FileKind::other}, place_in_topic("x_scene1_v2_scene3_v4.py", "x_scene1_v2"));
  check({"", FileKind::source, 3, 4}, place_in_topic("scene3/code/x_scene1_v2_scene3_v4.py", "x_scene1_v2"));
  check({"", FileKind::other, 1}, place_in_topic("scene1/code/x_scene1_v2_scene3_v4.py", "x_scene1_v2"));
  check({"", FileKind::source, 1, 0}, place_in_topic("scene1/code/__scene1_v0.py", "_"));
  check({"", FileKind::combined_video}, place_in_topic("__combined.mp4", "_"));
  check({"", FileKind::outline}, place_in_topic("_scene_outline.txt", ""));
  check({"", FileKind::source, 1, 0}, place_in_topic("scene1/code/_scene1_v0.py", ""));
  check({"", FileKind::scene_video, 1, 0}, place_in_topic("media/videos/_scene1_v0/1080p60/Scene1.mp4", ""));
  check({"", FileKind::scene_video, 3, 4},
        place_in_topic("media/videos/a_scene1_v2_scene3_v4/1080p60/S.mp4", "a_scene1_v2"));
}

TEST_CASE("entries beside topics are recognised", "[legacy]") {
  CHECK(place_outside("session_id.txt").kind == FileKind::session_id);
  CHECK(place_outside("exp/session_id.txt").kind == FileKind::session_id);
  CHECK(place_outside("exp/media/Tex/a.tex").kind == FileKind::tex);
  CHECK(place_outside("pdf_ingest/paper/images/a.png").kind == FileKind::ingest);
  CHECK(place_outside("processed_videos/processed_chunk_1.mp4").kind == FileKind::scratch);
  CHECK(place_outside("run.log").kind == FileKind::log);
  CHECK(place_outside("evaluation_20250620_101500.json").kind == FileKind::evaluation);
  CHECK(place_outside("a/b/c").kind == FileKind::other);
}

TEST_CASE("names sort numerically where they contain numbers", "[legacy]") {
  std::vector<std::string> names{"scene10", "scene2", "scene1", "a", "scene", "scene02", "b10a2", "b10a10", "b9", ""};
  std::ranges::sort(names, natural_less);
  CHECK(names ==
        std::vector<std::string>{"", "a", "b9", "b10a2", "b10a10", "scene", "scene1", "scene02", "scene2", "scene10"});
  // A strict weak order over all short names of a few characters.
  std::vector<std::string> all;
  for (const char a : std::string{"019a_"})
    for (const char b : std::string{"019a_"})
      for (const char c : std::string{"019a_"}) all.push_back({a, b, c});
  bool consistent = true;
  for (const std::string& a : all)
    for (const std::string& b : all) {
      if (natural_less(a, b) == natural_less(b, a) && a != b) consistent = false;
      for (const std::string& c : all)
        if (natural_less(a, b) && natural_less(b, c) && !natural_less(a, c)) consistent = false;
    }
  CHECK(consistent);
}

TEST_CASE("ids are valid and differ by folder, kind and number", "[legacy]") {
  const std::string id = video_id("output/exp/foo");
  CHECK(id == "3195164da01d70bb8eef76252d50");
  CHECK(id.size() == 28);  // so that a bucket can add a prefix
  CHECK(video_id(".") != video_id("output"));
  CHECK(scene_id("a", 1) != scene_id("a", 11));
  CHECK(scene_id("1\na", 1) != scene_id("a", 1));
  CHECK(scene_id("a", 1) != video_id("a"));
  CHECK(is_recorded_id("68a1b2c3d4e5f6a7b8c9"));
  CHECK_FALSE(is_recorded_id("68a1b2c3d4e5f6a7b8c"));
  CHECK_FALSE(is_recorded_id("68A1b2c3d4e5f6a7b8c9"));
  CHECK_FALSE(is_recorded_id("pythagorean_theorem_"));
}

}  // namespace names_tests
