#include <reel/md5.hpp>
#include <reel/video/artifact.hpp>
#include <reel/video/buckets.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/blob_store.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"
#include "support/plain_store.hpp"

namespace video_tests {

using reel::driver::AttributeType;

/// An attribute of existing deployments. `size` is 0 unless it is a string.
struct Deployed {
  std::string_view name;
  AttributeType kind;
  std::int64_t size;
  bool required;
};

/// Expects that only the sizes of strings differ, and only by being greater.
void check_collection(const reel::driver::CollectionSchema& schema, std::string_view id, std::string_view name,
                      const std::vector<Deployed>& deployed) {
  CHECK(schema.id == id);
  CHECK(schema.name == name);
  REQUIRE(schema.attributes.size() == deployed.size());
  for (std::size_t i = 0; i < deployed.size(); ++i) {
    const reel::driver::AttributeSchema& ours = schema.attributes[i];
    INFO(ours.name);
    CHECK(ours.name == deployed[i].name);
    CHECK(ours.kind == deployed[i].kind);
    CHECK(ours.required == deployed[i].required);
    CHECK_FALSE(ours.list);
    if (deployed[i].kind == AttributeType::text) {
      const bool widened = ours.max_length == 1'000'000 && deployed[i].size >= 1000;
      CHECK((widened || ours.max_length == deployed[i].size));
    }
  }
}

std::vector<std::string> elements(const reel::driver::CollectionSchema& schema, std::string_view attribute) {
  return schema.attributes.at(static_cast<std::size_t>(schema.position(attribute).value())).elements;
}

const reel::driver::AttributeSchema& attribute(const reel::driver::CollectionSchema& schema, std::string_view name) {
  return schema.attributes.at(static_cast<std::size_t>(schema.position(name).value()));
}

std::string digest_part(std::string_view text) { return reel::md5_hex(text).substr(0, 30); }

TEST_CASE("the schema of videos equals that of existing deployments", "[video]") {
  const reel::driver::CollectionSchema& schema = reel::schema_of<reel::video::Video>();
  check_collection(schema, "videos", "Videos",
                   {{"topic", AttributeType::text, 255, true},
                    {"description", AttributeType::text, 1000, false},
                    {"owner_id", AttributeType::text, 36, false},
                    {"session_id", AttributeType::text, 100, false},
                    {"combined_video_url", AttributeType::text, 500, false},
                    {"subtitles_url", AttributeType::text, 500, false},
                    {"error_message", AttributeType::text, 1000, false},
                    {"status", AttributeType::enumeration, 0, true},
                    {"scene_count", AttributeType::integer, 0, true},
                    {"progress", AttributeType::integer, 0, false},
                    {"current_scene", AttributeType::integer, 0, false},
                    {"total_duration", AttributeType::floating, 0, false},
                    {"created_at", AttributeType::timestamp, 0, true},
                    {"updated_at", AttributeType::timestamp, 0, true}});
  CHECK(elements(schema, "status") == std::vector<std::string>{"queued", "planning", "ready_for_render",
                                                               "queued_for_render", "rendering", "completed",
                                                               "failed"});
  CHECK(attribute(schema, "progress").minimum == reel::driver::Value{std::int64_t{0}});
  CHECK(attribute(schema, "progress").maximum == reel::driver::Value{std::int64_t{100}});
  CHECK(attribute(schema, "progress").default_value == reel::driver::Value{std::int64_t{0}});
  CHECK(attribute(schema, "current_scene").minimum == reel::driver::Value{std::int64_t{0}});
  CHECK(attribute(schema, "current_scene").maximum == reel::driver::Value{std::int64_t{INT64_MAX}});
  CHECK_FALSE(attribute(schema, "scene_count").minimum);
  CHECK_FALSE(attribute(schema, "scene_count").maximum);
}

TEST_CASE("the schema of scenes equals that of existing deployments", "[video]") {
  const reel::driver::CollectionSchema& schema = reel::schema_of<reel::video::Scene>();
  check_collection(schema, "scenes", "Scenes",
                   {{"video_id", AttributeType::reference, 36, true},
                    {"scene_plan", AttributeType::text, 2000, false},
                    {"storyboard", AttributeType::text, 2000, false},
                    {"technical_plan", AttributeType::text, 2000, false},
                    {"generated_code", AttributeType::text, 5000, false},
                    {"video_url", AttributeType::text, 500, false},
                    {"code_url", AttributeType::text, 500, false},
                    {"error_message", AttributeType::text, 1000, false},
                    {"scene_number", AttributeType::integer, 0, true},
                    {"duration", AttributeType::floating, 0, false},
                    {"status", AttributeType::enumeration, 0, true},
                    {"created_at", AttributeType::timestamp, 0, true},
                    {"updated_at", AttributeType::timestamp, 0, true}});
  CHECK(elements(schema, "status") == std::vector<std::string>{"planned", "coded", "rendered", "failed"});
  CHECK(attribute(schema, "video_id").references == "videos");
  CHECK(attribute(schema, "video_id").on_remove == reel::on_remove::cascade);
}

TEST_CASE("the schema of the agent's memory equals that of existing deployments", "[video]") {
  const reel::driver::CollectionSchema& schema = reel::schema_of<reel::video::Fix>();
  check_collection(schema, "agent_memory", "Agent Memory",
                   {{"error_hash", AttributeType::text, 32, true},
                    {"error_message", AttributeType::text, 1000, true},
                    {"original_code", AttributeType::text, 3000, true},
                    {"fixed_code", AttributeType::text, 3000, true},
                    {"topic", AttributeType::text, 100, false},
                    {"scene_type", AttributeType::text, 50, false},
                    {"fix_method", AttributeType::enumeration, 0, true},
                    {"success_count", AttributeType::integer, 0, true},
                    {"failure_count", AttributeType::integer, 0, true},
                    {"confidence_score", AttributeType::floating, 0, false},
                    {"created_at", AttributeType::timestamp, 0, true},
                    {"updated_at", AttributeType::timestamp, 0, true}});
  CHECK(elements(schema, "fix_method") == std::vector<std::string>{"auto", "llm", "manual"});
  CHECK_FALSE(attribute(schema, "success_count").minimum);
}

TEST_CASE("buckets have the limits of existing deployments", "[video]") {
  const std::vector<std::string> films{"mp4", "mkv", "avi"};
  CHECK(reel::video::final_videos() == reel::Bucket{"final_videos", "Final Videos", 524'288'000, films});
  CHECK(reel::video::scene_videos() == reel::Bucket{"scene_videos", "Scene Videos", 104'857'600, films});
  CHECK(reel::video::subtitles() == reel::Bucket{"subtitles", "Subtitles", 1'048'576, {"srt", "vtt", "ass"}});
  CHECK(reel::video::source_code() == reel::Bucket{"source_code", "Source Code", 10'485'760, {"py", "txt", "json"}});
  CHECK(reel::video::buckets().size() == 5);
  PlainStore store;
  for (const reel::Bucket& bucket : reel::video::buckets()) CHECK_NOTHROW(reel::BlobStore(store, bucket).setup());
}

TEST_CASE("blob ids are derived from the record's id and always valid", "[video]") {
  using namespace reel::video;
  const std::string usual = "686fb2e30001c0a6e8d5";
  CHECK(final_video_id(reel::Id<Video>{usual}).str() == "video_" + usual);
  CHECK(scene_video_id(reel::Id<Scene>{usual}).str() == "scene_" + usual);
  CHECK(subtitles_id(reel::Id<Video>{usual}).str() == "subs_" + usual);
  CHECK(source_code_id(reel::Id<Scene>{usual}).str() == "code_" + usual);

  const std::string longest(30, 'a');
  CHECK(final_video_id(reel::Id<Video>{longest}).str() == "video_" + longest);
  const std::string too_long(31, 'a');
  CHECK(final_video_id(reel::Id<Video>{too_long}).str() == "video_" + digest_part(too_long));
  CHECK(subtitles_id(reel::Id<Video>{too_long}).str() == "subs_" + too_long);
  CHECK(final_video_id(reel::Id<Video>{std::string(31, 'A')}) == final_video_id(reel::Id<Video>{too_long}));
  CHECK(final_video_id(reel::Id<Video>{std::string(36, 'b')}) != final_video_id(reel::Id<Video>{std::string(36, 'c')}));
  CHECK(reel::is_valid_id(source_code_id(reel::Id<Scene>{std::string(36, 'b')}).str()));
}

TEST_CASE("a video is stored and read with its scenes and files", "[video]") {
  using namespace reel::video;
  PlainStore store;
  const reel::Repository<Video, PlainStore> videos(store);
  const reel::Repository<Scene, PlainStore> scenes(store);
  const reel::Repository<Artifact, PlainStore> artifacts(store);
  const reel::Repository<Fix, PlainStore> fixes(store);
  videos.setup();
  scenes.setup();
  artifacts.setup();
  fixes.setup();

  const Video film{.topic = "Gauss's Law (E&M)", .status = VideoStatus::ready_for_render, .scene_count = 1};
  const reel::Record<Video> video = videos.create(film);
  CHECK(videos.get(video.id).value == film);
  const Scene opening{.video_id = video.id, .generated_code = std::string(60'000, 'x'), .scene_number = 1};
  const reel::Record<Scene> scene = scenes.create(opening);
  CHECK(scenes.get(scene.id).value == opening);
  CHECK_THROWS_AS(scenes.create(opening), reel::Error);  // the scene number is taken
  CHECK_THROWS_AS(scenes.create(Scene{.video_id = reel::Id<Video>{"nobody"}, .scene_number = 2}), reel::Error);
  const Artifact log{.video_id = video.id,
                     .scene_id = scene.id,
                     .kind = "error_log",
                     .version = 0,
                     .path = "gauss/scene1/code/gauss_scene1_v0_error.log",
                     .md5 = reel::md5_hex(""),
                     .bucket_id = "artifacts",
                     .blob_id = "0123"};
  CHECK(artifacts.get(artifacts.create(log).id).value == log);
  const Fix fix{.error_hash = "0123abcd", .error_message = "NameError", .original_code = "a", .fixed_code = "b"};
  CHECK(fixes.get(fixes.create(fix).id).value == fix);
  CHECK_THROWS_AS(videos.create(Video{.topic = "t", .progress = 101}), reel::Error);
}

}  // namespace video_tests
