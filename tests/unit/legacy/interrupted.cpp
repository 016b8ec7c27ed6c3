#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/tree_seams.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "support/filesystem/hooked_calls.hpp"
#include "tree_folder.hpp"

namespace interrupted_tests {

using namespace reel;
using namespace reel::video;
using reel::testing::HookedCalls;

Timestamp some_time() { return Timestamp{std::chrono::seconds{1'700'000'000}}; }

template <class Backend>
using Step = std::function<void(Backend&)>;

/// The writes of a pipeline, one by one.
template <class Backend>
std::vector<Step<Backend>> script() {
  const auto videos = [](Backend& store) { return Repository<Video, Backend>(store); };
  const auto scenes = [](Backend& store) { return Repository<Scene, Backend>(store); };
  const auto artifacts = [](Backend& store) { return Repository<Artifact, Backend>(store); };
  const auto scene = [scenes](const char* id, auto patch) {
    return [=](Backend& store) { scenes(store).update(Id<Scene>{id}, patch); };
  };
  return {
      [=](Backend& s) { videos(s).create({.topic = "Big O", .session_id = "abc"}, {.id = Id<Video>{"v1"}}); },
      [=](Backend& s) { videos(s).create({.topic = "Other"}, {.id = Id<Video>{"v2"}}); },
      [=](Backend& s) {
        scenes(s).create({.video_id = Id<Video>{"v1"}, .scene_plan = "\nPlan\n", .storyboard = "b", .scene_number = 1},
                         {.id = Id<Scene>{"s1"}});
      },
      [=](Backend& s) { scenes(s).create({.video_id = Id<Video>{"v1"}, .scene_number = 2}, {.id = Id<Scene>{"s2"}}); },
      scene("s1", Patch<Scene>{}
                      .set<&Scene::storyboard>("board")
                      .set<&Scene::technical_plan>("plan")
                      .set<&Scene::generated_code>("print(1)\n")),
      scene("s1", Patch<Scene>{}.set<&Scene::error_message>("NameError").set<&Scene::status>(SceneStatus::failed)),
      [=](Backend& s) { videos(s).update(Id<Video>{"v1"}, Patch<Video>{}.template set<&Video::progress>(50)); },
      [=](Backend& s) {
        artifacts(s).create({.video_id = Id<Video>{"v1"},
                             .kind = "note",
                             .path = "big_o/note.txt",
                             .bucket_id = "artifacts",
                             .blob_id = "note"},
                            {.id = Id<Artifact>{"note"}});
      },
      scene("s1", Patch<Scene>{}.clear<&Scene::technical_plan>().set<&Scene::status>(SceneStatus::rendered)),
      [=](Backend& s) { scenes(s).remove(Id<Scene>{"s2"}); },
      [=](Backend& s) {
        scenes(s).create({.video_id = Id<Video>{"v2"}, .storyboard = "litellm.Timeout: x", .scene_number = 1},
                         {.id = Id<Scene>{"s3"}});
      },
      [=](Backend& s) { videos(s).remove(Id<Video>{"v2"}); },
      [=](Backend& s) { artifacts(s).remove(Id<Artifact>{"note"}); },
  };
}

template <class Backend>
std::string contents(Backend& store) {
  std::string text;
  const auto add = [&](const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    for (const driver::DocumentPtr& document : store.list(schema, query).items) {
      legacy::append_overlay(text, legacy::overlay_of(schema, *document));
      text += '\n';
    }
  };
  add(schema_of<Video>(), {.limit = 100});
  add(schema_of<Scene>(), {.limit = 100});
  add(schema_of<Artifact>(), Query<Artifact>{}.where(field<&Artifact::kind> == "note").limit(100).tree());
  return text;
}

template <class Backend>
void set_up(Backend& store) {
  const MigrationSet all = everything;
  for (const driver::CollectionSchema* schema : all.collections) store.ensure(*schema);
}

const LegacyOptions options{.write_as = legacy::Variant::v1, .durable = false, .clock = some_time};

void check_no_leftovers(const std::filesystem::path& root) {
  for (const std::string& name : legacy_tree::names_below(root)) {
    INFO(name);
    CHECK(name.find(".reel-new-") == std::string::npos);
    CHECK(name.find(".reel-removed") == std::string::npos);
  }
}

TEST_CASE("a program killed during a write loses no acknowledged write and leaves at most the last one", "[legacy]") {
  Memory memory({.clock = some_time});
  set_up(memory);
  std::vector<std::string> states{contents(memory)};
  for (const auto& step : script<Memory>()) {
    step(memory);
    states.push_back(contents(memory));
  }
  bool finished = false;
  for (int fatal = 1; !finished; ++fatal) {
    INFO("killed at change " << fatal);
    TreeFolder folder;
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      int changes = 0;
      {
        HookedCalls calls([&] {
          if (++changes == fatal) ::_exit(9);
          return true;
        });
        Legacy tree = legacy::TreeSeams{.calls = &calls}.open(folder / "tree", options);
        int done = 0;
        for (const auto& step : script<Legacy>()) {
          step(tree);
          if (++done == 6) tree.settle();
          if (::write(ends[1], "+", 1) != 1) ::_exit(8);
        }
      }
      ::_exit(0);
    }
    ::close(ends[1]);
    std::size_t acknowledged = 0;
    for (char one = 0; ::read(ends[0], &one, 1) == 1;) ++acknowledged;
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE((WEXITSTATUS(status) == 9 || WEXITSTATUS(status) == 0));
    finished = WEXITSTATUS(status) == 0;
    if (!std::filesystem::exists(folder / "tree")) continue;
    const auto check = [&](Legacy& tree) {
      const std::string found = contents(tree);
      INFO("after " << acknowledged << ":\n" << found);
      CHECK((found == states[acknowledged] || (acknowledged + 1 < states.size() && found == states[acknowledged + 1])));
    };
    {
      Legacy tree(folder / "tree");
      check(tree);
    }
    {
      Legacy tree(folder / "tree", options);
      check(tree);
    }
    Legacy tree(folder / "tree");
    check(tree);
    check_no_leftovers(folder / "tree");
  }
}

TEST_CASE("a write that fails at any file operation changes no record", "[legacy]") {
  bool finished = false;
  for (int fatal = 1; !finished; ++fatal) {
    INFO("failing at change " << fatal);
    TreeFolder folder;
    Memory memory({.clock = some_time});
    set_up(memory);
    std::filesystem::create_directory(folder / "tree");  // opening a tree would create it; see failing.cpp
    int changes = 0, failures = 0;
    {
      HookedCalls calls([&] { return ++changes != fatal; });
      Legacy tree = legacy::TreeSeams{.calls = &calls}.open(folder / "tree", options);
      const auto wanted = script<Memory>();
      const auto steps = script<Legacy>();
      for (std::size_t i = 0; i < steps.size(); ++i) {
        INFO("step " << i);
        try {
          steps[i](tree);
          wanted[i](memory);
          if (i == 6) tree.settle();
        } catch (const Error& error) {
          // A write that needs a record whose creation failed fails too.
          if (error.code() == Errc::unavailable) ++failures;
        }
        REQUIRE(contents(tree) == contents(memory));
      }
      finished = changes < fatal;
    }
    CHECK(failures <= 1);
    Legacy tree(folder / "tree", options);
    CHECK(contents(tree) == contents(memory));
    check_no_leftovers(folder / "tree");
  }
}

TEST_CASE("a blob whose source or disk fails leaves nothing", "[legacy]") {
  TreeFolder folder;
  int countdown = -1;
  HookedCalls calls([&] { return countdown-- != 0; });
  Legacy tree = legacy::TreeSeams{.calls = &calls}.open(folder / "tree", options);
  set_up(tree);
  Repository<Artifact, Legacy> artifacts(tree);
  artifacts.create({.kind = "note", .path = "deep/er/note.txt", .bucket_id = "artifacts", .blob_id = "note"});
  BlobStore<Legacy> blobs(tree, video::artifacts());
  const std::string text(1000, 'x');
  const auto put = [&] { blobs.put(BlobId{"note"}, from_bytes(std::as_bytes(std::span{text}))); };
  for (int i = 0;; ++i) {
    countdown = i;
    try {
      put();
      break;
    } catch (const Error& error) {
      CHECK(error.code() == Errc::unavailable);
      CHECK_FALSE(std::filesystem::exists(folder / "tree/deep"));
      countdown = -1;
      CHECK_FALSE(blobs.find(BlobId{"note"}));
    }
  }
  CHECK(legacy_tree::bytes_of(folder / "tree/deep/er/note.txt") == text);
}

}  // namespace interrupted_tests
