#include <reel/video/catalog.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "contains.hpp"
#include "hooked_store.hpp"
#include "stores.hpp"
#include "support/error_from.hpp"

namespace catalog_tests {

using reel::Errc;
using reel::Id;
using reel::testing::error_from;
using reel::video::Artifact;
using reel::video::Catalog;
using reel::video::NewScene;
using reel::video::SceneStatus;
using reel::video::StoredVideo;
using reel::video::Video;
using reel::video::VideoStatus;
using video_tests::contains;
using video_tests::on_each_store;
using AnyStore = reel::AnyStore;
using AnyCatalog = Catalog<AnyStore>;

/// A catalog in `store`, set up.
AnyCatalog catalog_in(AnyStore& store) {
  AnyCatalog catalog(store);
  catalog.setup();
  return catalog;
}

/// A video in the given state, whatever moves lead there.
StoredVideo video_in(AnyStore& store, const AnyCatalog& catalog, VideoStatus status) {
  const StoredVideo made = catalog.create_video({.topic = reel::make_id()});  // a tree has a folder for each topic
  reel::records<Video>(store).update(made.id, reel::Patch<Video>{}.set(reel::field<&Video::status>, status));
  return catalog.get(made.id);
}

/// A video with any name of a state, as an older program may have stored it.
Id<Video> video_of_older_program(AnyStore& store, const std::string& status) {
  using Row = reel::video::VideoRowOf<std::string>;
  Row row{.topic = "old", .status = status};
  row.combined_video_url = "output/old_combined.mp4";
  return Id<Video>{reel::records<Row>(store).create(std::move(row)).id.str()};
}

std::string content(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST_CASE("a video is created with its scenes", "[catalog]") {
  on_each_store([](AnyStore& store) {
    const auto catalog = catalog_in(store);
    const StoredVideo made = catalog.create_video(
        {.topic = "Bayes' theorem", .description = "with an urn", .owner_id = "ada", .session_id = "run-1"},
        {{.number = 2, .plan = "second"}, {.number = 1, .plan = "first", .duration = 2.5}});
    CHECK(made.value.status == VideoStatus::queued);
    CHECK(made.value.scene_count == 2);
    CHECK(made.value.owner_id == "ada");
    CHECK(catalog.get(made.id) == made);
    const auto scenes = catalog.scenes_of(made.id);
    REQUIRE(scenes.size() == 2);
    CHECK(scenes[0].value.scene_number == 1);
    CHECK(scenes[0].value.scene_plan == "first");
    CHECK(scenes[0].value.duration == 2.5);
    CHECK(scenes[1].value.scene_plan == "second");
    CHECK(scenes[1].value.status == SceneStatus::planned);
  });
}

TEST_CASE("a video that cannot be created leaves no scene", "[catalog]") {
  on_each_store([](AnyStore& store) {
    const auto catalog = catalog_in(store);
    catalog.create_video({.topic = "t", .id = Id<Video>{"taken"}});
    const std::vector<NewScene> scenes{{.number = 1}, {.number = 2}};
    const auto code = [&](reel::video::NewVideo video, std::vector<NewScene> with) {
      return error_from([&] { catalog.create_video(std::move(video), std::move(with)); }).code();
    };
    CHECK(code({.topic = ""}, scenes) == Errc::invalid);
    CHECK(code({.topic = " \n"}, scenes) == Errc::invalid);
    CHECK(code({.topic = std::string(256, 'x')}, scenes) == Errc::invalid);
    CHECK(code({.topic = "\xFF"}, scenes) == Errc::invalid);
    CHECK(code({.topic = "t", .scene_count = -1}, scenes) == Errc::invalid);
    CHECK(code({.topic = "t", .status = VideoStatus::completed}, scenes) == Errc::invalid);
    CHECK(code({.topic = "t", .id = Id<Video>{"taken"}}, scenes) == Errc::already_exists);
    CHECK(code({.topic = "t"}, {{.number = 0}}) == Errc::invalid);
    CHECK(code({.topic = "t"}, {{.number = 1}, {.number = 1}}) == Errc::already_exists);
    CHECK(reel::records<reel::video::Scene>(store).count() == 0);
    CHECK(reel::records<Video>(store).count() == 1);
  });
}

TEST_CASE("every legal move succeeds and every other one is a conflict that names both states", "[catalog]") {
  on_each_store([](AnyStore& store) {
    const auto catalog = catalog_in(store);
    for (const auto& [from, from_name] : reel::EnumNames<VideoStatus>::names) {
      for (const auto& [to, to_name] : reel::EnumNames<VideoStatus>::names) {
        INFO(from_name << " to " << to_name);
        const StoredVideo video = video_in(store, catalog, from);
        if (reel::video::can_move(from, to)) {
          CHECK(catalog.update_status(video.id, to).value.status == to);
          CHECK(catalog.get(video.id).value.status == to);
          continue;
        }
        const reel::Error error = error_from([&, next = to] { catalog.update_status(video.id, next); });
        CHECK(error.code() == Errc::conflict);
        CHECK(error.id() == video.id.str());
        CHECK(contains(error.reason(), "from '" + std::string(from_name) + "' to '" + std::string(to_name) + "'"));
        CHECK(catalog.get(video.id) == video);
      }
    }
  });
}

TEST_CASE("every legal move of a scene succeeds and every other one is a conflict", "[catalog]") {
  on_each_store([](AnyStore& store) {
    const auto catalog = catalog_in(store);
    const StoredVideo video = catalog.create_video({.topic = "t"});
    std::int64_t number = 0;
    using reel::video::Scene;
    for (const auto& [from, from_name] : reel::EnumNames<SceneStatus>::names) {
      for (const auto& [to, to_name] : reel::EnumNames<SceneStatus>::names) {
        INFO(from_name << " to " << to_name);
        const auto scene = catalog.add_scene(video.id, {.number = ++number});
        reel::records<Scene>(store).update(scene.id, reel::Patch<Scene>{}.set(reel::field<&Scene::status>, from));
        if (reel::video::can_move(from, to)) {
          CHECK(catalog.update_scene_status(scene.id, to).value.status == to);
        } else {
          CHECK(error_from([&, next = to] { catalog.update_scene_status(scene.id, next); }).code() == Errc::conflict);
          CHECK(catalog.scene(scene.id).value.status == from);
        }
      }
    }
  });
}

TEST_CASE("what does not exist is not_found", "[catalog]") {
  on_each_store([](AnyStore& store) {
    const auto catalog = catalog_in(store);
    const Id<Video> none{"none"};
    CHECK_FALSE(catalog.find(none));
    CHECK(catalog.scenes_of(none).empty());
    CHECK_FALSE(catalog.remove(none));
    CHECK(error_from([&] { static_cast<void>(catalog.get(none)); }).code() == Errc::not_found);
    CHECK(error_from([&] { catalog.update_status(none, VideoStatus::planning); }).code() == Errc::not_found);
    CHECK(error_from([&] { catalog.fail(none, "x"); }).code() == Errc::not_found);
    CHECK(error_from([&] { catalog.set_progress(none, 1); }).code() == Errc::not_found);
    CHECK(error_from([&] { static_cast<void>(catalog.history(none)); }).code() == Errc::not_found);
    CHECK(error_from([&] { catalog.attach_final(none, reel::from_bytes("x"), {.name = "a.mp4"}); }).code() ==
          Errc::not_found);
    CHECK(error_from([&] { catalog.add_scene(none, {.number = 1}); }).code() == Errc::invalid);
    CHECK(error_from([&] { catalog.set_code(Id<reel::video::Scene>{"none"}, "x"); }).code() == Errc::not_found);
  });
}

TEST_CASE("a progress is between 0 and 100", "[catalog]") {
  on_each_store([](AnyStore& store) {
    const auto catalog = catalog_in(store);
    const StoredVideo video = catalog.create_video({.topic = "t"});
    CHECK(catalog.set_progress(video.id, 40, 3).value.progress == 40);
    CHECK(catalog.get(video.id).value.current_scene == 3);
    CHECK(error_from([&] { catalog.set_progress(video.id, -1); }).code() == Errc::invalid);
    CHECK(error_from([&] { catalog.set_progress(video.id, 101); }).code() == Errc::invalid);
    CHECK(error_from([&] { catalog.set_progress(video.id, 1, -1); }).code() == Errc::invalid);
    CHECK(catalog.get(video.id).value.progress == 40);
  });
}

TEST_CASE("a long or binary error never loses the state", "[catalog]") {
  on_each_store([](AnyStore& store) {
    const auto catalog = catalog_in(store);
    std::string garbage;
    for (int i = 0; i < 4000; ++i) garbage += static_cast<char>(i * 37);
    const std::vector<std::string> errors{std::string(10 << 20, 'e') + "the cause", garbage, "\xFF",
                                          std::string(1, '\0'), std::string(1001, 'x')};
    for (const std::string& error : errors) {
      const StoredVideo video = catalog.create_video({.topic = reel::make_id()});
      const StoredVideo failed = catalog.fail(video.id, error);
      CHECK(failed.value.status == VideoStatus::failed);
      REQUIRE(failed.value.error_message);
      const std::string& excerpt = *failed.value.error_message;
      CHECK(excerpt.size() <= 4000);
      const auto artifact = reel::records<Artifact>(store).first(
          reel::Query<Artifact>{}.where(reel::field<&Artifact::video_id> == video.id));
      REQUIRE(artifact);
      CHECK(artifact->value.kind == "error_log");
      CHECK(contains(excerpt, "complete in artifact " + artifact->id.str()));
      const auto blobs = reel::blobs(store, reel::video::artifacts());
      const auto kept = blobs.read(reel::BlobId{artifact->value.blob_id}, {.offset = 0, .length = 1 << 30});
      CHECK(content(kept) == error);
    }
    const StoredVideo video = catalog.create_video({.topic = "t"});
    CHECK(catalog.fail(video.id, "short").value.error_message == "short");
    CHECK_FALSE(catalog.update_status(video.id, VideoStatus::queued).value.error_message);
  });
}

TEST_CASE("an error is recorded although its artifact cannot be stored", "[catalog]") {
  AnyStore store = video_tests::memory_store();
  reel::records<Video>(store).setup();
  reel::records<reel::video::Event>(store).setup();
  const AnyCatalog catalog(store);
  const StoredVideo video = catalog.create_video({.topic = "t"});
  const StoredVideo failed = catalog.fail(video.id, std::string(5000, 'x'));
  CHECK(failed.value.status == VideoStatus::failed);
  CHECK(contains(failed.value.error_message.value_or(""), "not kept: not_found"));
}

TEST_CASE("the history has every move of the video and of its scenes", "[catalog]") {
  on_each_store([](AnyStore& store) {
    const auto catalog = catalog_in(store);
    const StoredVideo video = catalog.create_video({.topic = "t"}, {{.number = 1}});
    catalog.update_status(video.id, VideoStatus::planning, {.mover = {.worker = "planner", .attempt = 2}});
    catalog.set_code(catalog.scenes_of(video.id).front().id, "print()");
    catalog.fail(video.id, "no idea", {.worker = "planner"});
    const auto history = catalog.history(video.id);
    REQUIRE(history.size() == 4);
    CHECK_FALSE(history[0].event.from);
    CHECK(history[0].event.to == "queued");
    CHECK(history[1].event.from == "queued");
    CHECK(history[1].event.worker == "planner");
    CHECK(history[1].event.attempt == 2);
    CHECK(history[2].event.scene_id);
    CHECK(history[2].event.to == "coded");
    CHECK(history[3].event.message == "no idea");
    for (const auto& entry : history) CHECK_FALSE(entry.is_inferred);
    const auto stays = reel::video::stays(history);
    REQUIRE(stays.size() == 3);
    CHECK(stays[1].state == "planning");
    CHECK(stays[1].until == stays[2].since);
  });
}

TEST_CASE("the history is in order although the times of a busy record run ahead of the clock", "[catalog]") {
  reel::MemoryOptions options;
  options.clock = [at = reel::now()] { return at; };
  AnyStore store(std::make_shared<reel::Memory>(options));
  const auto catalog = catalog_in(store);
  const StoredVideo video = catalog.create_video({.topic = "t"}, {{.number = 1}});
  for (int percent = 1; percent <= 5; ++percent) catalog.set_progress(video.id, percent);
  catalog.update_status(video.id, VideoStatus::planning);
  catalog.set_code(catalog.scenes_of(video.id).front().id, "print()");
  catalog.fail(video.id, "no idea");
  std::vector<std::string> states;
  for (const auto& entry : catalog.history(video.id)) states.push_back(entry.event.to);
  CHECK(states == std::vector<std::string>{"queued", "planning", "coded", "failed"});
}

TEST_CASE("an event that is recorded late has its position in the history", "[catalog]") {
  on_each_store([](AnyStore& store) {
    const auto catalog = catalog_in(store);
    const auto events = reel::records<reel::video::Event>(store);
    const StoredVideo video = catalog.create_video({.topic = "t"});
    catalog.update_status(video.id, VideoStatus::planning);
    catalog.update_status(video.id, VideoStatus::rendering);
    const auto first = events.first(
        reel::Query<reel::video::Event>{}.where(reel::field<&reel::video::Event::to> == std::string("planning")));
    REQUIRE(first);
    events.remove(first->id);
    events.create(first->value);
    const auto history = catalog.history(video.id);
    REQUIRE(history.size() == 3);
    CHECK(history[1].event.to == "planning");
    for (const auto& entry : history) CHECK_FALSE(entry.is_inferred);
  });
}

TEST_CASE("a move without an event is inferred", "[catalog]") {
  on_each_store([](AnyStore& store) {
    const auto catalog = catalog_in(store);
    const StoredVideo video = catalog.create_video({.topic = "t"});
    const auto set = [&](VideoStatus status) {
      reel::records<Video>(store).update(video.id, reel::Patch<Video>{}.set(reel::field<&Video::status>, status));
    };
    set(VideoStatus::queued_for_render);
    catalog.update_status(video.id, VideoStatus::rendering);
    set(VideoStatus::failed);
    const auto history = catalog.history(video.id);
    REQUIRE(history.size() == 4);
    CHECK(history[1].is_inferred);
    CHECK(history[1].event.to == "queued_for_render");
    CHECK_FALSE(history[2].is_inferred);
    CHECK(history[3].is_inferred);
    CHECK(history[3].event.to == "failed");
  });
}

TEST_CASE("records of older programs are read, moved and listed", "[catalog]") {
  AnyStore store = video_tests::memory_store();  // the only local store that takes other names of states
  const auto catalog = catalog_in(store);
  const Id<Video> processing = video_of_older_program(store, "processing");
  const Id<Video> unknown = video_of_older_program(store, "exploded");
  CHECK(catalog.get(processing).value.status == VideoStatus::rendering);
  CHECK(catalog.get(processing).status_text == "processing");
  CHECK(catalog.get(processing).value.scene_count == 0);
  CHECK(catalog.get(unknown).value.status == VideoStatus::failed);
  CHECK(catalog.list().videos.size() == 2);
  CHECK(catalog.search("old").videos.size() == 2);
  CHECK(contains(error_from([&] { catalog.update_status(unknown, VideoStatus::rendering); }).reason(),
                 "from 'exploded' to 'rendering'"));
  CHECK(catalog.update_status(unknown, VideoStatus::queued_for_render).status_text == "queued_for_render");
  CHECK(catalog.complete(processing).value.status == VideoStatus::completed);
  const auto history = catalog.history(processing);
  REQUIRE(history.size() == 2);
  CHECK(history[0].is_inferred);
  CHECK(history[0].event.to == "processing");
  CHECK(history[1].event.from == "processing");
}

TEST_CASE("scenes and files of older programs are changed", "[catalog]") {
  AnyStore store = video_tests::memory_store();
  const auto catalog = catalog_in(store);
  const Id<Video> processing = video_of_older_program(store, "processing");
  CHECK(catalog.attach_final(processing, reel::from_bytes("v"), {.name = "a.mp4"}).value.combined_video_url ==
        reel::video::final_video_id(processing).str());
  CHECK(catalog.attach_subtitles(processing, reel::from_bytes("s"), {.name = "a.srt"}).status_text == "processing");

  using Row = reel::video::SceneRowOf<std::string>;
  const auto scene = catalog.add_scene(catalog.create_video({.topic = "t"}).id, {.number = 1}).id;
  reel::records<Row>(store).update(Id<Row>{scene.str()},
                                   reel::Patch<Row>{}.set(reel::field<&Row::status>, std::string("drafted")));
  CHECK(catalog.scene(scene).value.status == SceneStatus::failed);
  CHECK(catalog.set_plan(scene, "plan").status_text == "drafted");
  CHECK(catalog.attach_source(scene, reel::from_bytes("c"), {.name = "a.py"}).value.code_url ==
        reel::video::source_code_id(scene).str());
  CHECK(catalog.set_code(scene, "print()").value.status == SceneStatus::coded);
}

TEST_CASE("a file that cannot be stored leaves the address of another one", "[catalog]") {
  AnyStore store = video_tests::memory_store();
  const auto catalog = catalog_in(store);
  const Id<Video> id = catalog.create_video({.topic = "t"}).id;
  const std::string elsewhere = "http://localhost/v1/storage/buckets/films/files/" + std::string("video_") + id.str();
  const auto set_address = [&](const std::string& address) {
    reel::records<Video>(store).update(id, reel::Patch<Video>{}.set(reel::field<&Video::combined_video_url>, address));
  };
  const auto attach = [&](const std::string& name) {
    catalog.attach_final(id, reel::from_bytes("new"), {.name = name});
  };
  for (const std::string& address : {std::string("output/old_combined.mp4"), elsewhere, std::string("video_other")}) {
    INFO(address);
    set_address(address);
    CHECK(error_from([&] { attach("a.exe"); }).code() == Errc::unsupported_media);
    CHECK(catalog.get(id).value.combined_video_url == address);
  }
  attach("a.mp4");
  CHECK(catalog.get(id).value.combined_video_url == "video_" + id.str());
  const std::string own =
      "http://localhost/v1/storage/buckets/final_videos/files/VIDEO_" + id.str() + "/view?project=p";
  set_address(own);
  CHECK(error_from([&] { attach("a.exe"); }).code() == Errc::unsupported_media);
  CHECK(catalog.get(id).value.combined_video_url == own);
}

TEST_CASE("a file that arrives damaged is read once", "[catalog]") {
  AnyStore store = video_tests::memory_store();
  const Id<Video> id = catalog_in(store).create_video({.topic = "t"}).id;
  int puts = 0;
  AnyStore below(std::make_shared<video_tests::HookedStore>(store, [&](const video_tests::Request& request) {
    if (request.operation != "put") return;
    ++puts;
    throw reel::Error(Errc::corrupt, "the checksum differs");
  }));
  const auto attach = [&] { AnyCatalog(below).attach_final(id, reel::from_bytes("f"), {.name = "a.mp4"}); };
  CHECK(error_from(attach).code() == Errc::corrupt);
  CHECK(puts == 1);
}

TEST_CASE("a state that does not exist is refused", "[catalog]") {
  AnyStore store = video_tests::memory_store();
  const auto catalog = catalog_in(store);
  const StoredVideo video = catalog.create_video({.topic = "t"});
  CHECK_THROWS_AS(catalog.update_status(video.id, static_cast<VideoStatus>(99)), reel::Error);
  CHECK(catalog.get(video.id) == video);
}

TEST_CASE("a program that did not set the store up uses it", "[catalog]") {
  const reel::testing::TemporaryFolder folder;
  {
    AnyStore store(std::make_shared<reel::Filesystem>(folder.path()));
    catalog_in(store).create_video({.topic = "t", .id = Id<Video>{"v"}}, {{.number = 1}});
  }
  AnyStore store(std::make_shared<reel::Filesystem>(folder.path()));
  const AnyCatalog catalog(store);
  CHECK(catalog.scenes_of(Id<Video>{"v"}).size() == 1);
  CHECK(catalog.update_status(Id<Video>{"v"}, VideoStatus::planning).value.status == VideoStatus::planning);
}

TEST_CASE("videos are listed by filters and searched by words", "[catalog]") {
  on_each_store([](AnyStore& store) {
    const auto catalog = catalog_in(store);
    for (int i = 0; i < 5; ++i)
      catalog.create_video({.topic = "Topic " + std::to_string(i), .owner_id = i % 2 == 0 ? "ada" : "bob"});
    const auto page = catalog.list({.owner_id = "ada", .limit = 2});
    CHECK(page.videos.size() == 2);
    CHECK(page.total == 3);
    REQUIRE(page.next);
    CHECK(catalog.list({.owner_id = "ada", .limit = 2, .after = page.next}).videos.size() == 1);
    CHECK(catalog.list({.status = VideoStatus::queued, .owner_id = "bob"}).total == 2);
    CHECK(catalog.list({.created_since = reel::now() + std::chrono::hours{1}}).videos.empty());
    catalog.create_video({.topic = "Central limit theorem", .owner_id = "ada"});
    CHECK(catalog.search("limit").total == 1);
    CHECK(catalog.search("limit", {.owner_id = "bob"}).total == 0);
    CHECK(error_from([&] { static_cast<void>(catalog.list({.limit = 0})); }).code() == Errc::invalid);
  });
}

TEST_CASE("every version of the code is kept", "[catalog]") {
  on_each_store([](AnyStore& store) {
    const auto catalog = catalog_in(store);
    const StoredVideo video = catalog.create_video({.topic = "t"}, {{.number = 1}});
    const auto id = catalog.scenes_of(video.id).front().id;
    const std::string last(6000, 'c');
    CHECK(catalog.set_code(id, "first").value.status == SceneStatus::coded);
    catalog.set_code(id, "second");
    catalog.fail_scene(id, "SyntaxError");
    const auto scene = catalog.set_code(id, last);
    CHECK(scene.value.status == SceneStatus::coded);
    CHECK(scene.value.generated_code == last);
    CHECK_FALSE(scene.value.error_message);
    CHECK(error_from([&] { catalog.set_code(id, "\xFF"); }).code() == Errc::invalid);
    const auto versions = catalog.code_versions(id);
    REQUIRE(versions.size() == 3);
    std::vector<std::string> kept;
    for (const auto& version : versions) {
      const auto blobs = reel::blobs(store, reel::Bucket{.id = version.value.bucket_id, .name = "files"});
      kept.push_back(content(blobs.read(reel::BlobId{version.value.blob_id}, {.offset = 0, .length = 10000})));
    }
    CHECK(kept == std::vector<std::string>{"first", "second", last});
    CHECK(versions[2].value.version == 2);
  });
}

TEST_CASE("plans and durations of a scene are set one by one", "[catalog]") {
  on_each_store([](AnyStore& store) {
    const auto catalog = catalog_in(store);
    const StoredVideo video = catalog.create_video({.topic = "t"});
    const auto id = catalog.add_scene(video.id, {.number = 7}).id;
    catalog.set_plan(id, std::string(20000, 'p'));
    catalog.set_storyboard(id, "board");
    catalog.set_technical_plan(id, "technical");
    catalog.set_duration(id, 12.5);
    const auto scene = catalog.scene(id);
    CHECK(scene.value.scene_plan == std::string(20000, 'p'));
    CHECK(scene.value.storyboard == "board");
    CHECK(scene.value.technical_plan == "technical");
    CHECK(scene.value.duration == 12.5);
    CHECK(error_from([&] { catalog.add_scene(video.id, {.number = 7}); }).code() == Errc::already_exists);
    CHECK(error_from([&] { catalog.add_scene(video.id, {.number = 0}); }).code() == Errc::invalid);
  });
}

TEST_CASE("files have the ids of the pipeline and are replaced", "[catalog]") {
  on_each_store([](AnyStore& store) {
    const auto catalog = catalog_in(store);
    const StoredVideo video = catalog.create_video({.topic = "t"}, {{.number = 1}});
    const auto scene = catalog.scenes_of(video.id).front().id;
    catalog.attach_final(video.id, reel::from_bytes("one"), {.name = "a.mp4"});
    CHECK(catalog.attach_final(video.id, reel::from_bytes("two"), {.name = "a.mp4"}).value.combined_video_url ==
          "video_" + video.id.str());
    CHECK(catalog.attach_subtitles(video.id, reel::from_bytes("s"), {.name = "a.srt"}).value.subtitles_url ==
          "subs_" + video.id.str());
    CHECK(catalog.attach_scene_video(scene, reel::from_bytes("v"), {.name = "a.mp4"}).value.video_url ==
          "scene_" + scene.str());
    CHECK(catalog.attach_source(scene, reel::from_bytes("c"), {.name = "a.py"}).value.code_url ==
          "code_" + scene.str());
    const auto finals = reel::blobs(store, reel::video::final_videos());
    CHECK(content(finals.read(reel::video::final_video_id(video.id), {.offset = 0, .length = 10})) == "two");

    const auto refused = [&] { catalog.attach_final(video.id, reel::from_bytes("x"), {.name = "a.exe"}); };
    CHECK(error_from(refused).code() == Errc::unsupported_media);
    CHECK(catalog.get(video.id).value.combined_video_url == "video_" + video.id.str());

    catalog.fail(video.id, std::string(2000, 'x'));
    CHECK(catalog.remove(video.id));
    CHECK_FALSE(catalog.find(video.id));
    CHECK(catalog.scenes_of(video.id).empty());
    const auto is_file = reel::field<&Artifact::kind> != std::string("empty_folder");  // which a tree keeps
    CHECK(reel::records<Artifact>(store).count(reel::Query<Artifact>{}.where(is_file)) == 0);
    CHECK(reel::records<reel::video::Event>(store).count() == 0);
    for (const reel::Bucket& bucket : reel::video::buckets()) CHECK(reel::blobs(store, bucket).list().blobs.empty());
  });
}

TEST_CASE("of many programs that make one move, one succeeds", "[catalog]") {
  on_each_store([](AnyStore& store) {
    const auto catalog = catalog_in(store);
    for (int round = 0; round < 50; ++round) {
      const StoredVideo video = catalog.create_video({.topic = std::to_string(round)});
      std::atomic<int> winners = 0;
      std::vector<std::thread> threads;
      for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
          try {
            catalog.update_status(video.id, VideoStatus::planning);
            ++winners;
          } catch (const reel::Error& error) {
            if (error.code() != Errc::conflict) winners += 100;
          }
        });
      }
      for (std::thread& thread : threads) thread.join();
      CHECK(winners.load() == 1);
    }
  });
}

TEST_CASE("an address of a file is read in each historic form", "[location]") {
  using reel::video::file_location;
  using Kind = reel::video::FileLocation::Kind;
  CHECK(file_location("video_68") == reel::video::FileLocation{.blob = "video_68", .text = "video_68"});
  const auto url =
      file_location("https://cloud.example/v1/storage/buckets/final_videos/files/video_68/view?project=p&mode=admin");
  CHECK(url.kind == Kind::blob);
  CHECK(url.bucket == "final_videos");
  CHECK(url.blob == "video_68");
  CHECK(file_location("output/bayes/bayes_combined.mp4").kind == Kind::path);
  CHECK(file_location("D:\\output\\bayes_combined.mp4").kind == Kind::path);
  CHECK(file_location("https://cdn.example/video.mp4").kind == Kind::url);
  CHECK(file_location("").blob.empty());
}

TEST_CASE("an excerpt is text of limited length with both ends", "[excerpt]") {
  using reel::video::excerpt;
  CHECK(excerpt("short", 10, "..") == "short");
  CHECK(excerpt("0123456789abc", 10, "..") == "012..89abc");
  CHECK(excerpt("a\xFF\r\nb\x1B", 10, "..") == "a\xEF\xBF\xBD\nb\xEF\xBF\xBD");
  const std::string umlauts = [] {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += "\xC3\xA4";
    return text;
  }();
  CHECK(reel::text::code_points(excerpt(umlauts, 1000, "..")) == 1000);
}

}  // namespace catalog_tests
