#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "tree_folder.hpp"

namespace writing_tests {

using namespace reel;
using namespace reel::video;
using legacy_tree::bytes_of;
using legacy_tree::names_below;
using legacy_tree::writable;

using Names = std::set<std::string>;

struct Store {
  explicit Store(const std::filesystem::path& root, LegacyOptions options = writable())
      : tree(root, std::move(options)), videos(tree), scenes(tree), artifacts(tree) {}

  Legacy tree;
  Repository<Video, Legacy> videos;
  Repository<Scene, Legacy> scenes;
  Repository<Artifact, Legacy> artifacts;
};

template <class F>
std::optional<Errc> code_of(F&& work) {
  try {
    work();
    return std::nullopt;
  } catch (const Error& error) {
    return error.code();
  }
}

template <class F>
std::string reason_of(F&& work) {
  try {
    work();
    return {};
  } catch (const Error& error) {
    return error.reason();
  }
}

BlobInfo put(Legacy& tree, const Bucket& bucket, const std::string& id, std::string_view bytes,
             PutOptions options = {}) {
  return BlobStore<Legacy>(tree, bucket).put(BlobId{id}, from_bytes(std::as_bytes(std::span(bytes))), options);
}

TEST_CASE("a video and its scenes are written as the files of manimAnimationAgent", "[legacy]") {
  TreeFolder folder;
  {
    Store store(folder / "tree");
    const auto video = store.videos.create({.topic = "Gauss's Law (E&M)", .session_id = "some-session"});
    const auto scene = store.scenes.create(
        {.video_id = video.id, .scene_plan = "\n    Scene Title: A\n    ", .storyboard = "board", .scene_number = 2});
    const std::string base = "gauss_s_law_e_m_/scene2/subplans/gauss_s_law_e_m__scene2_";
    CHECK(bytes_of(folder / "tree/gauss_s_law_e_m_/session_id.txt") == "some-session");
    for (const char* name : {"scene_outline.txt", "gauss_s_law_e_m__scene_outline.txt"})
      CHECK(bytes_of(folder / "tree/gauss_s_law_e_m_" / name) == "<SCENE_2>\n    Scene Title: A\n    </SCENE_2>\n");
    CHECK(bytes_of(folder / "tree" / (base + "vision_storyboard_plan.txt")) == "board");
    CHECK(bytes_of(folder / "tree/gauss_s_law_e_m_/scene2/subplans/scene_trace_id.txt").size() == 36);

    write(folder / "tree" / (base + "animation_narration_plan.txt"), "words");
    store.scenes.update(scene.id, Patch<Scene>{}.set<&Scene::technical_plan>("how"));
    CHECK(bytes_of(folder / "tree/gauss_s_law_e_m_/scene2/implementation_plan.txt") ==
          "# Scene 2 Implementation Plan\n\nboard\n\nhow\n\nwords\n\n");

    const std::string code = "gauss_s_law_e_m_/scene2/code/gauss_s_law_e_m__scene2_v";
    store.scenes.update(scene.id, Patch<Scene>{}.set<&Scene::generated_code>("one\n"));
    store.scenes.update(scene.id, Patch<Scene>{}.set<&Scene::error_message>("NameError: a"));
    store.scenes.update(scene.id, Patch<Scene>{}.set<&Scene::error_message>("NameError: b"));
    store.scenes.update(scene.id,
                        Patch<Scene>{}.set<&Scene::generated_code>("two\n").set<&Scene::status>(SceneStatus::rendered));
    CHECK(bytes_of(folder / "tree" / (code + "0.py")) == "one\n");
    CHECK(bytes_of(folder / "tree" / (code + "0_error.log")) ==
          "\nError in attempt 0:\nNameError: a\n\nError in attempt 0:\nNameError: b\n");
    CHECK(bytes_of(folder / "tree" / (code + "1.py")) == "two\n");
    CHECK(std::filesystem::file_size(folder / "tree/gauss_s_law_e_m_/scene2/succ_rendered.txt") == 0);
    store.scenes.update(scene.id, Patch<Scene>{}.set<&Scene::status>(SceneStatus::coded));
    CHECK_FALSE(std::filesystem::exists(folder / "tree/gauss_s_law_e_m_/scene2/succ_rendered.txt"));
  }
  CHECK(names_below(folder / "tree").count("gauss_s_law_e_m_/.reel.json") == 1);
  CHECK(names_below(folder / "tree").count(".reel-records.jsonl") == 0);
}

TEST_CASE("a video and its scenes are written as the files of TheoremExplainAgent", "[legacy]") {
  TreeFolder folder;
  Store store(folder / "tree", writable(legacy::Variant::v1));
  const auto video = store.videos.create({.topic = "Big O notation"});
  store.scenes.create({.video_id = video.id, .scene_plan = "\nB\n", .scene_number = 2});
  const auto first = store.scenes.create(
      {.video_id = video.id, .scene_plan = "\nA\n", .storyboard = "board", .technical_plan = "how", .scene_number = 1});
  const std::string outline = "<SCENE_OUTLINE>\n<SCENE_1>\nA\n</SCENE_1>\n<SCENE_2>\nB\n</SCENE_2>\n</SCENE_OUTLINE>";
  CHECK(bytes_of(folder / "tree/big_o_notation/big_o_notation_scene_outline.txt") == outline);
  CHECK_FALSE(std::filesystem::exists(folder / "tree/big_o_notation/scene_outline.txt"));
  const std::string plans = "big_o_notation/scene1/subplans/big_o_notation_scene1_";
  write(folder / "tree" / (plans + "animation_narration_plan.txt"), "words");
  store.scenes.update(first.id, Patch<Scene>{}.set<&Scene::technical_plan>("other"));
  CHECK(bytes_of(folder / "tree/big_o_notation/scene1/big_o_notation_scene1_implementation_plan.txt") ==
        "# Scene 1 Implementation Plan\n\nboard\n\nother\n\nwords\n\n");
  store.scenes.remove(first.id);
  CHECK(bytes_of(folder / "tree/big_o_notation/big_o_notation_scene_outline.txt") ==
        "<SCENE_OUTLINE>\n<SCENE_2>\nB\n</SCENE_2>\n</SCENE_OUTLINE>");
  CHECK_FALSE(std::filesystem::exists(folder / "tree/big_o_notation/scene1"));
  store.videos.remove(video.id);
  CHECK(names_below(folder / "tree") == Names{".reel-records.jsonl"});
  store.tree.settle();
  CHECK(names_below(folder / "tree").empty());
}

TEST_CASE("unchanged files are kept byte for byte", "[legacy]") {
  TreeFolder folder;
  const std::string plan = "Newton\x92s plan\r\n", outline = "```xml\n<SCENE_1>\r\nA\r\n</SCENE_1>\n```";
  write(folder / "tree/p/p_scene_outline.txt", outline);
  write(folder / "tree/p/scene1/subplans/p_scene1_vision_storyboard_plan.txt", plan);
  Store store(folder / "tree");
  const auto scene = store.scenes.list().records.at(0);
  store.scenes.update(scene.id, Patch<Scene>{}.set<&Scene::duration>(2.5));
  store.scenes.update(scene.id, Patch<Scene>{}.set<&Scene::technical_plan>("how"));
  CHECK(bytes_of(folder / "tree/p/p_scene_outline.txt") == outline);
  CHECK(bytes_of(folder / "tree/p/scene1/subplans/p_scene1_vision_storyboard_plan.txt") == plan);
  store.scenes.update(scene.id, Patch<Scene>{}.set<&Scene::scene_plan>("\nB\n"));
  CHECK(bytes_of(folder / "tree/p/p_scene_outline.txt") == "```xml\n<SCENE_1>\nB\n</SCENE_1>\n```");
}

TEST_CASE("the next version of an HTML scene is written as HTML", "[legacy]") {
  TreeFolder folder;
  write(folder / "tree/p/scene1/code/p_scene1_v0.html", "<html>one</html>");
  Store store(folder / "tree");
  const auto scene = store.scenes.list().records.at(0);
  CHECK(scene.value.generated_code == "<html>one</html>");
  store.scenes.update(scene.id, Patch<Scene>{}.set<&Scene::generated_code>("<html>two</html>"));
  CHECK(names_below(folder / "tree/p/scene1/code") == Names{"p_scene1_v0.html", "p_scene1_v1.html"});
  CHECK(bytes_of(folder / "tree/p/scene1/code/p_scene1_v1.html") == "<html>two</html>");
}

TEST_CASE("changes of an older program to the files win over earlier values of a record", "[legacy]") {
  TreeFolder folder;
  std::optional<Id<Scene>> scene;
  std::optional<Id<Video>> video;
  {
    Store store(folder / "tree");
    video = store.videos.create({.topic = "Big O", .description = "noted", .status = VideoStatus::rendering}).id;
    scene =
        store.scenes.create({.video_id = *video, .scene_number = 1, .duration = 3.0, .status = SceneStatus::failed}).id;
  }
  {
    Store store(folder / "tree", {});
    CHECK(store.scenes.get(*scene).value.status == SceneStatus::failed);
    CHECK(store.videos.get(*video).value.status == VideoStatus::rendering);
  }
  write(folder / "tree/big_o/scene1/succ_rendered.txt", "");
  write(folder / "tree/big_o/big_o_combined.mp4", "film");
  for (const bool to_write : {false, true}) {
    Store store(folder / "tree", to_write ? writable() : LegacyOptions{});
    CHECK(store.scenes.get(*scene).value.status == SceneStatus::rendered);
    CHECK(store.scenes.get(*scene).value.duration == 3.0);
    CHECK(store.videos.get(*video).value.status == VideoStatus::completed);
    CHECK(store.videos.get(*video).value.description == "noted");
    CHECK(store.videos.get(*video).value.topic == "Big O");
  }
}

TEST_CASE("a folder that several topics share is refused", "[legacy]") {
  TreeFolder folder;
  Store store(folder / "tree");
  store.videos.create({.topic = "Big O notation"});
  CHECK(code_of([&] { store.videos.create({.topic = "big-o NOTATION"}); }) == Errc::already_exists);
  CHECK(reason_of([&] { store.videos.create({.topic = "big_o notation"}); }).find("'big_o_notation'") !=
        std::string::npos);
  for (const char* topic : {"勾股定理", "???", "_"})
    CHECK(code_of([&] { store.videos.create({.topic = topic}); }) == Errc::invalid);
  CHECK(code_of([&] { store.videos.create({.topic = ""}); }) == Errc::invalid);
  CHECK(code_of([&] { store.videos.create({.topic = std::string(201, 'a')}); }) == Errc::invalid);
  CHECK_FALSE(code_of([&] { store.videos.create({.topic = std::string(200, 'a')}); }));
  CHECK(store.videos.create({.topic = "../../etc"}).value.topic == "../../etc");
  CHECK(std::filesystem::is_directory(folder / "tree/_etc"));
  CHECK(store.videos.count() == 3);
}

TEST_CASE("one topic can have the folder '_' if the option allows it", "[legacy]") {
  TreeFolder folder;
  LegacyOptions options = writable();
  options.allow_ambiguous_folders = true;
  Store store(folder / "tree", options);
  const auto video = store.videos.create({.topic = "勾股定理"});
  CHECK(code_of([&] { store.videos.create({.topic = "π"}); }) == Errc::already_exists);
  store.tree.settle();
  CHECK(store.videos.get(video.id).value.topic == "勾股定理");
}

TEST_CASE("no artifact path leads out of the tree or onto another file", "[legacy]") {
  TreeFolder folder;
  write(folder / "outside/secret.txt", "secret");
  write(folder / "tree/p/scene1/note.txt", "note");
  std::filesystem::create_directory_symlink(folder / "outside", folder / "tree/link");
  std::filesystem::create_symlink(folder / "outside/secret.txt", folder / "tree/link.txt");
  Store store(folder / "tree");
  const auto make = [&](const std::string& path, const std::string& id) {
    store.artifacts.create({.kind = "other", .path = path, .bucket_id = "artifacts", .blob_id = id},
                           {.id = Id<Artifact>{id}});
  };
  for (const std::string& path :
       {std::string("../outside/x"), std::string("/tmp/x"), std::string("a/../../x"), std::string("a\\..\\x"),
        std::string("a//x"), std::string("./x"), std::string("a/"), std::string("a\0b", 3), std::string(256, 'x'),
        std::string(".reel.json"), std::string("p/.reel-records.jsonl"), std::string("")}) {
    INFO(path.substr(0, 40));
    CHECK(code_of([&] { make(path, "bad"); }) == Errc::invalid);
  }
  CHECK(code_of([&] { make("P/scene1/Note.txt", "other_case"); }) == Errc::invalid);
  make("new/Note.txt", "first");
  CHECK(code_of([&] { make("NEW/note.txt", "second"); }) == Errc::invalid);
  CHECK(code_of([&] { make("new/Note.txt", "third"); }) == Errc::invalid);

  for (const std::string& path :
       {std::string("a\\b"), std::string("a\\x41"), std::string("a\\x2Fb"), std::string("\\x00")})
    CHECK(code_of([&] { make(path, "bad"); }) == Errc::invalid);
  make("new/back\\\\slash", "slash");
  make("new/caf\\xE9", "byte");
  for (const char* id : {"slash", "byte"}) put(store.tree, video::artifacts(), id, id);
  CHECK(bytes_of(folder / "tree/new/back\\slash") == "slash");
  CHECK(bytes_of(folder / "tree/new/caf\xE9") == "byte");

  make("link/secret.txt", "through");
  make("link/new.txt", "beyond");
  make("p/scene1/note.txt/x", "below");
  for (const char* id : {"through", "beyond", "below"}) {
    INFO(id);
    CHECK(code_of([&] { put(store.tree, video::artifacts(), id, "x", {.overwrite = true}); }) == Errc::invalid);
  }
  CHECK(bytes_of(folder / "outside/secret.txt") == "secret");
  CHECK_FALSE(std::filesystem::exists(folder / "outside/new.txt"));
}

TEST_CASE("a blob is written to the path that its artifact or record specifies", "[legacy]") {
  TreeFolder folder;
  Store store(folder / "tree");
  const auto video = store.videos.create({.topic = "Big O"}, {.id = Id<Video>{"big"}});
  const auto scene = store.scenes.create({.video_id = video.id, .generated_code = "one", .scene_number = 3});
  CHECK(code_of([&] { put(store.tree, video::artifacts(), "stray", "x"); }) == Errc::invalid);
  CHECK(reason_of([&] { put(store.tree, video::artifacts(), "stray", "x"); }).find("create the artifact first") !=
        std::string::npos);
  CHECK(code_of([&] { put(store.tree, {.id = "elsewhere"}, "x", "x"); }) == Errc::not_found);

  const BlobInfo film = put(store.tree, final_videos(), "video_big", "film", {.name = "out.mp4"});
  CHECK(film.name == "big_o_combined.mp4");
  put(store.tree, scene_videos(), scene_video_id(scene.id).str(), "part", {.name = "x.mp4"});
  put(store.tree, subtitles(), "subs_big", "1\n", {.name = "x.srt"});
  CHECK(bytes_of(folder / "tree/big_o/big_o_combined.mp4") == "film");
  CHECK(bytes_of(folder / "tree/big_o/big_o_combined.srt") == "1\n");
  CHECK(bytes_of(folder / "tree/big_o/media/videos/big_o_scene3_v0/1080p60/Scene3.mp4") == "part");

  const auto note = store.artifacts.create({.video_id = video.id,
                                            .kind = "note",
                                            .path = "big_o/notes/a.txt",
                                            .bucket_id = "artifacts",
                                            .blob_id = "a",
                                            .modified_at = Timestamp{std::chrono::milliseconds{1'600'000'000'123}}});
  put(store.tree, video::artifacts(), "a", "first");
  CHECK(code_of([&] { put(store.tree, video::artifacts(), "a", "second"); }) == Errc::already_exists);
  CHECK(put(store.tree, video::artifacts(), "a", "second", {.overwrite = true}).size == 6);
  CHECK(legacy_tree::milliseconds_of(folder / "tree/big_o/notes/a.txt") == 1'600'000'000'123);

  BlobStore<Legacy> blobs(store.tree, video::artifacts());
  for (int again = 0; again < 2; ++again) {
    CHECK(blobs.stat(BlobId{"a"}).size == 6);
    CHECK(store.artifacts.get(note.id).value.kind == "note");
    CHECK(BlobStore<Legacy>(store.tree, final_videos()).stat(BlobId{"video_big"}).md5 == film.md5);
    store.tree.settle();
  }
  CHECK(blobs.remove(BlobId{"a"}));
  CHECK_FALSE(blobs.remove(BlobId{"a"}));
  CHECK_FALSE(std::filesystem::exists(folder / "tree/big_o/notes/a.txt"));
  CHECK(store.artifacts.get(note.id).value.blob_id == "a");
  store.tree.settle();
  CHECK(store.artifacts.get(note.id).value.blob_id == "a");
  put(store.tree, video::artifacts(), "a", "third");
  CHECK(bytes_of(folder / "tree/big_o/notes/a.txt") == "third");
}

TEST_CASE("the file of an artifact gets the bucket and the id that its record names", "[legacy]") {
  TreeFolder folder;
  Store store(folder / "tree");
  const auto video = store.videos.create({.topic = "Big O"}, {.id = Id<Video>{"big"}});
  const auto scene = store.scenes.create({.video_id = video.id, .scene_number = 3}, {.id = Id<Scene>{"three"}});
  const std::string film = scene_video_id(scene.id).str();
  const auto render = [&](const std::string& id, const std::string& folder_name) {
    return Artifact{.video_id = video.id,
                    .scene_id = scene.id,
                    .kind = "scene_video",
                    .path = "big_o/media/videos/big_o_scene3_v0/" + folder_name + "/Scene3.mp4",
                    .bucket_id = "artifacts",
                    .blob_id = id};
  };
  const auto name = [&](const std::string& artifact, const std::string& bucket, const std::string& blob) {
    store.artifacts.update(Id<Artifact>{artifact},
                           Patch<Artifact>{}.set<&Artifact::bucket_id>(bucket).set<&Artifact::blob_id>(blob));
  };
  BlobStore<Legacy> films(store.tree, scene_videos()), others(store.tree, video::artifacts());
  for (const std::string id : {"old", "new"}) {
    store.artifacts.create(render(id, id == "old" ? "480p15" : "1080p60"), {.id = Id<Artifact>{id}});
    put(store.tree, video::artifacts(), id, id + " film");
  }
  for (const std::string chosen : {"old", "new", "old"}) {  // the scene has one of the two, and returns to the first
    const std::string other = chosen == "old" ? "new" : "old";
    INFO(chosen);
    name(chosen, "scene_videos", film);
    name(other, "artifacts", other);
    for (int again = 0; again < 2; ++again) {
      CHECK(films.stat(BlobId{film}).size == std::ssize(chosen + " film"));
      CHECK(films.list().blobs.size() == 1);
      CHECK(others.exists(BlobId{other}));
      CHECK_FALSE(others.exists(BlobId{chosen}));
      CHECK(store.artifacts.get(Id<Artifact>{chosen}).value.blob_id == film);
      store.tree.settle();
    }
    put(store.tree, scene_videos(), film, chosen + " film", {.name = "x.mp4", .overwrite = true});
    CHECK(bytes_of(folder / "tree" / store.artifacts.get(Id<Artifact>{chosen}).value.path) == chosen + " film");
    CHECK(bytes_of(folder / "tree" / store.artifacts.get(Id<Artifact>{other}).value.path) == other + " film");
  }
  CHECK(code_of([&] {
          store.artifacts.update(Id<Artifact>{"old"}, Patch<Artifact>{}.set<&Artifact::path>("big_o/x.mp4"));
        }) == Errc::unsupported);
}

TEST_CASE("of two artifacts that name one blob the file of the last one that was given it is the blob", "[legacy]") {
  TreeFolder folder;
  std::optional<Store> store(std::in_place, folder / "tree");
  const Id<Video> video{"big"};
  const Id<Scene> scene{"three"};
  store->videos.create({.topic = "Big O"}, {.id = video});
  store->scenes.create({.video_id = video, .scene_number = 3}, {.id = scene});
  const std::string film = scene_video_id(scene).str();
  const auto path_of = [](const std::string& id) { return "big_o/media/videos/big_o_scene3_v0/" + id + "/Scene3.mp4"; };
  const auto create = [&](const std::string& id, const std::string& bucket, const std::string& blob) {
    store->artifacts.create({.video_id = video,
                             .scene_id = scene,
                             .kind = "scene_video",
                             .path = path_of(id),
                             .bucket_id = bucket,
                             .blob_id = blob},
                            {.id = Id<Artifact>{id}});
  };
  const auto name = [&](const std::string& id, const std::string& bucket, const std::string& blob) {
    store->artifacts.update(Id<Artifact>{id},
                            Patch<Artifact>{}.set<&Artifact::bucket_id>(bucket).set<&Artifact::blob_id>(blob));
  };
  /// Expects that the film of the scene is the file of this artifact, which has this content.
  const auto check = [&](const std::string& id, const std::string& content) {
    INFO(id);
    const BlobStore<Legacy> films(store->tree, scene_videos());
    CHECK(films.list().blobs.size() == 1);
    CHECK(films.stat(BlobId{film}).size == std::ssize(content));
    CHECK(bytes_of(folder / "tree" / path_of(id)) == content);
  };
  for (const std::string id : {"a", "b", "c"}) {
    create(id, "artifacts", id);
    put(store->tree, video::artifacts(), id, "of " + id);
  }
  name("b", "scene_videos", film);
  std::string before = "b";
  for (const std::string id : {"a", "c", "b", "c", "a"}) {  // with a path before and after the other's
    name(id, "scene_videos", film);
    check(id, "of " + id);
    put(store->tree, scene_videos(), film, "new film of " + id, {.name = "x.mp4", .overwrite = true});
    check(id, "new film of " + id);
    CHECK(bytes_of(folder / "tree" / path_of(before)) == "of " + before);
    store->tree.settle();
    check(id, "new film of " + id);
    store.reset();
    store.emplace(folder / "tree");
    check(id, "new film of " + id);
    put(store->tree, scene_videos(), film, "of " + id, {.name = "x.mp4", .overwrite = true});
    check(id, "of " + id);
    CHECK(bytes_of(folder / "tree" / path_of(before)) == "of " + before);
    name(before, "artifacts", before);
    check(id, "of " + id);
    before = id;
  }

  create("d", "scene_videos", film);
  put(store->tree, scene_videos(), film, "of d, created last", {.name = "x.mp4", .overwrite = true});
  check("d", "of d, created last");
  CHECK(bytes_of(folder / "tree" / path_of("a")) == "of a");
  store->artifacts.remove(Id<Artifact>{"d"});
  check("a", "of a");
}

TEST_CASE("a copied record waits for its files, and settle writes a sidecar for it", "[legacy]") {
  TreeFolder folder;
  const Timestamp then{std::chrono::seconds{1'600'000'000}};
  Store store(folder / "tree");
  store.videos.create({.topic = "Alone"}, {.id = Id<Video>{"alone"}, .is_copy = true});
  store.videos.create({.topic = "Expected"},
                      {.id = Id<Video>{"expected"}, .created_at = then, .updated_at = then, .is_copy = true});
  store.artifacts.create({.video_id = Id<Video>{"expected"},
                          .kind = "outline",
                          .path = "deep/e/e_scene_outline.txt",
                          .bucket_id = "artifacts",
                          .blob_id = "outline",
                          .modified_at = then});
  CHECK(names_below(folder / "tree") == Names{".reel-records.jsonl"});
  store.tree.settle();
  CHECK(names_below(folder / "tree") == Names{".reel-records.jsonl", "alone/.reel.json"});
  CHECK(store.videos.get(Id<Video>{"expected"}).created_at == then);
  put(store.tree, video::artifacts(), "outline", "<SCENE_1>\nA\n</SCENE_1>\n");
  store.tree.settle();
  CHECK(names_below(folder / "tree") == Names{"alone/.reel.json", "deep/e/.reel.json", "deep/e/e_scene_outline.txt"});
  CHECK(store.tree.tree().topics.at(1).id == "expected");
  CHECK(store.videos.get(Id<Video>{"expected"}).value.topic == "Expected");
  CHECK(store.videos.count() == 2);
}

TEST_CASE("a record with a given time is not a copy: it has files at once", "[legacy]") {
  TreeFolder folder;
  const Timestamp then{std::chrono::seconds{1'600'000'000}};
  Store store(folder / "tree");
  const auto video = store.videos.create({.topic = "Alone", .session_id = "s"}, {.created_at = then});
  CHECK(video.created_at == then);
  CHECK(bytes_of(folder / "tree/alone/session_id.txt") == "s");
}

TEST_CASE("a tree has at most one writer", "[legacy]") {
  TreeFolder folder;
  Store first(folder / "tree");
  CHECK(code_of([&] { Legacy second(folder / "tree", writable()); }) == Errc::unavailable);
  const Legacy reader(folder / "tree");
  first.videos.create({.topic = "Big O"});
  Store later(folder / "tree", {});
  CHECK(later.videos.count() == 1);
  CHECK(code_of([&] { later.videos.create({.topic = "Other"}); }) == Errc::unsupported);
}

TEST_CASE("damage to the store's own files in a tree is reported", "[legacy]") {
  TreeFolder folder;
  {
    Store store(folder / "tree");
    store.videos.create({.topic = "Big O"}, {.id = Id<Video>{"big"}});
    store.videos.create({.topic = "Other"}, {.id = Id<Video>{"other"}});
  }
  write(folder / "tree/big_o/.reel.json", "{");
  {
    Store store(folder / "tree", {});
    CHECK(store.videos.count() == 2);
    CHECK(std::ranges::count(store.tree.tree().diagnostics, legacy::Code::damaged_sidecar, &legacy::Diagnostic::code) ==
          1);
    CHECK(store.videos.get(Id<Video>{"other"}).value.topic == "Other");
  }
  CHECK(code_of([&] { Legacy(folder / "tree", writable()); }) == Errc::corrupt);
  std::filesystem::remove(folder / "tree/big_o/.reel.json");

  // An incomplete last line was never acknowledged; one in the middle is damage.
  write(folder / "tree/.reel-records.jsonl", "{\"collection\":\"videos\",\"rec");
  { CHECK(Store(folder / "tree").videos.count() == 1); }
  write(folder / "tree/.reel-records.jsonl", "{}\n{\"collection\":\"videos\",\"rec");
  CHECK(code_of([&] { Legacy(folder / "tree", writable()); }) == Errc::corrupt);
}

TEST_CASE("the store's own files are listed, and are neither artifacts nor unknown", "[legacy]") {
  TreeFolder folder;
  Store store(folder / "tree");
  store.videos.create({.topic = "Big O"});
  store.tree.settle();
  CHECK(legacy::counts(store.tree.tree())[static_cast<std::size_t>(legacy::Role::store)] == 1);
  CHECK(store.artifacts.count() == 0);
}

}  // namespace writing_tests
