#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <reel/backends/legacy.hpp>
#include <reel/video/orphans.hpp>
#include <reel/video/queue.hpp>

#include "contains.hpp"
#include "queues.hpp"
#include "stores.hpp"
#include "support/error_from.hpp"

// What is special about the catalog and the queue in a legacy tree. The other tests run on a tree too.

namespace legacy_tree_tests {
namespace {

using namespace std::chrono_literals;
using reel::Errc;
using reel::Id;
using reel::video::Artifact;
using reel::video::EntryState;
using reel::video::Scene;
using reel::video::Video;
using reel::video::VideoStatus;
using video_tests::AnyCatalog;
using video_tests::AnyQueue;
using video_tests::contains;

reel::AnyStore opened(const std::string& root) {
  return reel::AnyStore(std::make_shared<reel::Legacy>(
      root, reel::LegacyOptions{.write_as = reel::legacy::Variant::v2, .durable = false}));
}

std::string bytes_of(reel::AnyStore& store, const Artifact& artifact) {
  const auto files = reel::blobs(store, reel::Bucket{.id = artifact.bucket_id, .name = artifact.bucket_id});
  const auto bytes = files.read(reel::BlobId{artifact.blob_id}, {.offset = 0, .length = 1 << 20});
  std::string text;
  for (const auto byte : bytes) text += static_cast<char>(byte);
  return text;
}

}  // namespace

TEST_CASE("a tree keeps errors, code, history and queue when it is opened again", "[legacy]") {
  const reel::testing::TemporaryFolder folder;
  const std::string root = folder.path() + "/output", error(3000, 'x');
  Id<Video> id{"none"};
  Id<Scene> scene{"none"};
  {
    reel::AnyStore store = opened(root);
    const AnyQueue queue = video_tests::queue_in(store, {.max_attempts = 1, .sends_heartbeats = false});
    id = queue.add({.topic = "Gauss"}, {}, {{.number = 1}}).id;
    const AnyCatalog catalog(store);
    scene = catalog.scenes_of(id).front().id;
    catalog.set_code(scene, "first");
    catalog.set_code(scene, "second");
    queue.claim_next("w", 30s)->fail(error);
  }
  reel::AnyStore store = opened(root);
  const AnyCatalog catalog(store);
  const auto video = catalog.get(id);
  CHECK(video.value.status == VideoStatus::failed);
  const auto log = reel::records<Artifact>(store).first(
      reel::Query<Artifact>{}.where(reel::field<&Artifact::kind> == std::string("error_log")));
  REQUIRE(log);
  CHECK(contains(video.value.error_message.value_or(""), "complete in artifact " + log->id.str()));
  CHECK(bytes_of(store, log->value) == error);
  std::vector<std::string> code;
  for (const auto& version : catalog.code_versions(scene)) code.push_back(bytes_of(store, version.value));
  CHECK(code == std::vector<std::string>{"first", "second"});
  std::vector<std::string> states;
  for (const auto& entry : catalog.history(id))
    if (!entry.event.scene_id) states.push_back(entry.event.to);
  CHECK(states == std::vector<std::string>{"queued_for_render", "rendering", "failed"});

  const AnyQueue queue(store, video_tests::without_heartbeats());
  CHECK(queue.count(EntryState::dead) == 1);
  CHECK(queue.redrive(id));
  auto claim = queue.claim_next("w", 30s);
  REQUIRE(claim);
  CHECK(claim->epoch() == 2);
  catalog.attach_final(id, reel::from_bytes("film"), {.name = "film.mp4"});
  claim->complete();
  CHECK(catalog.get(id).value.status == VideoStatus::completed);
  CHECK(reel::video::orphans(store).empty());
  catalog.remove(id);
  CHECK(reel::video::orphans(store).empty());
}

TEST_CASE("a tree has one video for a topic", "[legacy]") {
  const reel::testing::TemporaryFolder folder;
  reel::AnyStore store = opened(folder.path() + "/output");
  const AnyQueue queue = video_tests::queue_in(store, video_tests::without_heartbeats());
  queue.add({.topic = "Gauss"});
  CHECK(reel::testing::error_from([&] { queue.add({.topic = "Gauss"}); }).code() == Errc::already_exists);
  CHECK(reel::testing::error_from([&] { queue.add({.topic = "Gauss"}, {.priority = 1}); }).code() ==
        Errc::already_exists);
  CHECK(queue.count(EntryState::waiting) == 1);
  CHECK(queue.count(EntryState::announced) == 0);
  CHECK(reel::video::orphans(store).empty());
}

}  // namespace legacy_tree_tests
