#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/memory.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "tree_folder.hpp"

namespace like_memory_tests {

using namespace reel;
using namespace reel::video;

/// The repositories of a store of the pipeline. A tree also contains the artifacts and fixes of its files.
template <class Backend>
struct World {
  explicit World(Backend& backend)
      : store(backend), videos(backend), scenes(backend), artifacts(backend), fixes(backend) {
    videos.setup();
    scenes.setup();
    artifacts.setup();
    fixes.setup();
  }

  template <class T>
  std::string all(Query<T> query, const char* name) {
    std::string text = std::string(name) + ":\n";
    const driver::CollectionSchema& schema = schema_of<T>();
    for (const driver::DocumentPtr& document : store.list(schema, query.limit(10'000).tree()).items) {
      legacy::append_overlay(text, legacy::overlay_of(schema, *document));
      text += '\n';
    }
    return text;
  }
  std::string everything() {
    return all(Query<Video>{}, "videos") + all(Query<Scene>{}, "scenes") +
           all(Query<Artifact>{}.where(field<&Artifact::kind> == "note"), "artifacts") +
           all(Query<Fix>{}.where(field<&Fix::scene_type> == "mine"), "fixes") +
           all(Query<Scene>{}.where(field<&Scene::status> == SceneStatus::rendered), "rendered") +
           all(Query<Video>{}.order_by(updated_at<Video>, descending), "by time") +
           all(Query<Scene>{}.where(field<&Scene::storyboard>.is_not_null()).template order_by<&Scene::scene_number>(),
               "with a storyboard");
  }

  Backend& store;
  Repository<Video, Backend> videos;
  Repository<Scene, Backend> scenes;
  Repository<Artifact, Backend> artifacts;
  Repository<Fix, Backend> fixes;
};

/// Runs one operation, the same for every store.
struct Operation {
  int kind = 0;
  std::string id{}, other{};
  std::uint64_t chance = 0;
  Timestamp time{};

  [[nodiscard]] std::uint64_t pick(std::uint64_t limit, int salt) const {
    return std::mt19937_64(chance + static_cast<std::uint64_t>(salt))() % limit;
  }
  [[nodiscard]] std::optional<std::string> text(int salt, const char* what) const {
    switch (pick(9, salt)) {
      case 0:
        return std::nullopt;
      case 1:
        return "";
      case 2:
        return std::string(what) + " äöü\r\nof two lines\n";
      case 3:
        return "\xEF\xBB\xBF" + std::string(what) + " with a mark";
      case 4:
        return "litellm.Timeout: " + std::string(what);
      case 5:
        return "<SCENE_1>\n" + std::string(what) + "</SCENE_1>";
      default:
        return "\n  " + std::string(what) + " " + std::to_string(pick(50, salt + 1)) + "\n";
    }
  }
};

template <class W>
void run(W& world, const Operation& op) {
  const Id<Video> video{op.id};
  const Id<Scene> scene{op.other};
  const auto number = static_cast<std::int64_t>(op.pick(4, 1)) + 1;
  const auto status = static_cast<SceneStatus>(op.pick(4, 2));
  switch (op.kind) {
    case 0: {
      CreateOptions<Video> options{.id = video};
      options.is_copy = op.pick(5, 3) == 0;
      if (op.pick(5, 9) == 0) options.created_at = options.updated_at = Timestamp{std::chrono::seconds{1'000'000'000}};
      world.videos.create({.topic = "Topic " + op.id,
                           .description = op.text(4, "about"),
                           .session_id = op.text(5, "session"),
                           .scene_count = number},
                          options);
      return;
    }
    case 1:
      world.videos.update(video, Patch<Video>{}
                                     .set<&Video::status>(static_cast<VideoStatus>(op.pick(7, 6)))
                                     .template set<&Video::session_id>(op.text(7, "session"))
                                     .template set<&Video::progress>(static_cast<std::int64_t>(op.pick(101, 8))));
      return;
    case 2:
      world.videos.remove(video);
      return;
    case 3:
    case 4:
      world.scenes.create({.video_id = video,
                           .scene_plan = op.text(9, "plan"),
                           .storyboard = op.text(10, "board"),
                           .generated_code = op.text(11, "code"),
                           .error_message = op.text(12, "error"),
                           .scene_number = number,
                           .duration = 1.5,
                           .status = status},
                          {.id = scene});
      return;
    case 5:
      world.scenes.update(scene, Patch<Scene>{}
                                     .set<&Scene::scene_plan>(op.text(13, "plan"))
                                     .template set<&Scene::storyboard>(op.text(14, "board"))
                                     .template set<&Scene::technical_plan>(op.text(15, "technical")));
      return;
    case 6:
      world.scenes.update(scene,
                          Patch<Scene>{}
                              .set<&Scene::generated_code>(op.text(16, "code"))
                              .template set<&Scene::error_message>(op.text(17, "error"))
                              .template set<&Scene::status>(status),
                          {.if_unchanged_since = op.time - std::chrono::milliseconds{op.pick(20, 18) * 10}});
      return;
    case 7:
      world.scenes.remove(scene);
      return;
    case 8: {
      Artifact note{.kind = "note",
                    .path = "notes/" + op.id + "_" + op.other + ".txt",
                    .size = number,
                    .md5 = "0123456789abcdef0123456789abcdef",
                    .bucket_id = "artifacts",
                    .blob_id = "b" + op.other};
      if (op.pick(2, 19) == 0) note.video_id = video;
      if (op.pick(3, 20) == 0) note.scene_id = scene;
      world.artifacts.create(note, {.id = Id<Artifact>{"note" + op.other}});
      return;
    }
    case 9:
      world.artifacts.update(Id<Artifact>{"note" + op.other}, Patch<Artifact>{}.set<&Artifact::size>(number));
      return;
    case 10:
      world.artifacts.remove(Id<Artifact>{"note" + op.other});
      return;
    case 11:
      world.fixes.create({.error_hash = "h",
                          .error_message = "e",
                          .original_code = "o",
                          .fixed_code = "f",
                          .scene_type = "mine",
                          .confidence_score = 2.0},
                         {.id = Id<Fix>{"fix" + op.other}});
      return;
    case 12:
      world.fixes.template increment<&Fix::success_count>(Id<Fix>{"fix" + op.other}, 1);
      return;
    default:
      world.fixes.remove(Id<Fix>{"fix" + op.other});
  }
}

template <class W>
std::string outcome(W& world, const Operation& op) {
  try {
    run(world, op);
    return "done";
  } catch (const Error& error) {
    return std::string(to_string(error.code()));
  }
}

void check_like_memory(legacy::Variant variant, std::uint64_t seed, int steps) {
  INFO("seed " << seed);
  TreeFolder folder;
  Timestamp time{std::chrono::seconds{1'700'000'000}};
  const auto clock = [&time] { return time; };
  const LegacyOptions options{.write_as = variant, .durable = false, .clock = clock};
  Memory memory({.clock = clock});
  World<Memory> expected(memory);
  std::mt19937_64 random(seed);
  for (int opened = 0; opened < 3; ++opened) {
    {
      Legacy tree(folder / "tree", options);
      World<Legacy> found(tree);
      REQUIRE(found.everything() == expected.everything());
      for (int i = 0; i < steps; ++i) {
        time += std::chrono::milliseconds{10};
        const Operation op{.kind = static_cast<int>(random() % 14),
                           .id = "v" + std::to_string(random() % 5),
                           .other = "s" + std::to_string(random() % 12),
                           .chance = random(),
                           .time = time};
        INFO("step " << i << " operation " << op.kind << " of " << op.id << " and " << op.other);
        const std::string wanted = outcome(expected, op);
        REQUIRE(outcome(found, op) == wanted);
        REQUIRE(found.everything() == expected.everything());
        if (i == steps / 2) {
          tree.settle();
          REQUIRE(found.everything() == expected.everything());
        }
      }
    }
    Legacy tree(folder / "tree");
    World<Legacy> found(tree);
    REQUIRE(found.everything() == expected.everything());
    for (const auto& diagnostic : tree.tree().diagnostics) CHECK(diagnostic.code != legacy::Code::damaged_sidecar);
  }
}

TEST_CASE("a tree written in the layout of TheoremExplainAgent behaves as memory does", "[legacy]") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) check_like_memory(legacy::Variant::v1, seed, 60);
}

TEST_CASE("a tree written in the layout of manimAnimationAgent behaves as memory does", "[legacy]") {
  for (std::uint64_t seed = 101; seed <= 108; ++seed) check_like_memory(legacy::Variant::v2, seed, 60);
}

}  // namespace like_memory_tests
