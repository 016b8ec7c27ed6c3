#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/actor.hpp>
#include <reel/as.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/driver/polled_feed.hpp>
#include <reel/migrate.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>
#include <reel/watch.hpp>

#include "support/catch.hpp"

// Records and blobs that a store contains but cannot read: each fails alone.

namespace unreadable_tests {

using reel::BlobId;
using reel::Errc;
using reel::Memory;
using reel::video::Scene;
using reel::video::Video;

template <class F>
reel::Error failure(F&& body) {
  try {
    body();
  } catch (const reel::Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  return {Errc::internal, ""};
}

/// A store in which some items cannot be read.
struct Scratched : Memory {
  std::set<std::string> bad{};
  int pages = 0;

  static reel::Error unreadable(const std::string& id) { return {Errc::corrupt, "a scratch", {.id = id}}; }
  reel::driver::DocumentPtr find(const reel::driver::CollectionSchema& schema, std::string_view id) {
    if (bad.contains(std::string(id))) throw unreadable(std::string(id));
    return Memory::find(schema, id);
  }
  std::optional<reel::BlobInfo> find(const reel::Bucket& bucket, std::string_view id) {
    if (bad.contains(std::string(id))) throw unreadable(std::string(id));
    return Memory::find(bucket, id);
  }
  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query) {
    ++pages;
    reel::driver::Page<reel::driver::DocumentPtr> page = Memory::list(schema, query);
    const auto is_bad = [this](const reel::driver::DocumentPtr& document) { return bad.contains(document->id); };
    for (const reel::driver::DocumentPtr& document : page.items) {
      if (!is_bad(document)) continue;
      if (!query.order.empty()) throw unreadable(document->id);
      page.failed.push_back(unreadable(document->id));
    }
    std::erase_if(page.items, is_bad);
    return page;
  }
  reel::driver::Page<reel::BlobInfo> list(const reel::Bucket& bucket, const reel::BlobQuery& query) {
    reel::driver::Page<reel::BlobInfo> page = Memory::list(bucket, query);
    const auto is_bad = [this](const reel::BlobInfo& blob) { return bad.contains(blob.id.str()); };
    for (const reel::BlobInfo& blob : page.items)
      if (is_bad(blob)) page.failed.push_back(unreadable(blob.id.str()));
    std::erase_if(page.items, is_bad);
    return page;
  }
};
static_assert(reel::check_backend<Scratched>());

const reel::Bucket films = reel::video::final_videos();

void fill(Scratched& store, int videos, int blobs) {
  const reel::Repository<Video, Scratched> records(store);
  records.setup();
  for (int i = 0; i < videos; ++i)
    records.create(Video{.topic = "t"}, {.id = reel::Id<Video>{"v" + std::to_string(i)}});
  const reel::BlobStore<Scratched> files(store, films);
  files.setup();
  for (int i = 0; i < blobs; ++i)
    files.put(BlobId{"b" + std::to_string(i)}, reel::from_bytes(std::as_bytes(std::span{"film"})), {.name = "a.mp4"});
}

const reel::MigrationSet everything = reel::video::everything;

std::set<std::string> ids(const std::vector<reel::MigrationProblem>& problems) {
  std::set<std::string> found;
  for (const reel::MigrationProblem& problem : problems) found.insert(problem.id + " " + problem.operation);
  return found;
}

TEST_CASE("a migration continues after unreadable records, page by page", "[unreadable]") {
  Scratched source;
  Memory target;
  fill(source, 1100, 0);
  source.bad = {"v0", "v3", "v499", "v1099"};                                   // 499: the last of a page
  for (int i = 500; i < 1000; ++i) source.bad.insert("v" + std::to_string(i));  // all of the next
  const reel::MigrationReport report = reel::migrate(source, target, everything);
  const reel::MigrationCounts videos = report.collection("videos");
  CHECK(videos.found == 1100);
  CHECK(videos.created == 596);
  CHECK(videos.failed == 504);
  CHECK(report.failures.size() == 504);
  CHECK(ids(report.failures).contains("v499 read"));
  CHECK(ids(report.failures).size() == 504);
  CHECK(report.failures.front().code == Errc::corrupt);
  CHECK(report.failures.front().reason == "a scratch");
  CHECK_FALSE(report.clean());
  CHECK(source.pages == 12);  // three of videos, one of each other collection
}

TEST_CASE("a migration continues after unreadable blobs", "[unreadable]") {
  Scratched source;
  Memory target;
  fill(source, 0, 130);
  source.bad = {"b0", "b99", "b129"};
  const reel::MigrationReport report = reel::migrate(source, target, everything);
  CHECK(report.bucket("final_videos").found == 130);
  CHECK(report.bucket("final_videos").created == 127);
  CHECK(ids(report.failures) == std::set<std::string>{"b0 read", "b99 read", "b129 read"});
}

TEST_CASE("a record that refers to an unreadable record is not copied without it", "[unreadable]") {
  Scratched source;
  Memory target;
  fill(source, 2, 0);
  const reel::Repository<Scene, Scratched> scenes(source);
  scenes.setup();
  for (const char* video : {"v0", "v1"}) scenes.create(Scene{.video_id = reel::Id<Video>{video}, .scene_number = 1});
  source.bad = {"v0"};
  const reel::MigrationReport report = reel::migrate(source, target, everything);
  CHECK(report.collection("videos").failed == 1);
  CHECK(report.collection("scenes").failed == 1);
  CHECK(report.collection("scenes").created == 1);
}

TEST_CASE("an unreadable record of the target fails alone", "[unreadable]") {
  Scratched source, target;
  fill(source, 3, 0);
  static_cast<void>(reel::migrate(source, target, everything));
  target.bad = {"v1"};
  const reel::MigrationReport report = reel::migrate(source, target, everything);
  CHECK(report.collection("videos").unchanged == 2);
  CHECK(ids(report.failures) == std::set<std::string>{"v1 find"});
}

TEST_CASE("verification counts an unreadable item as different, on either side", "[unreadable]") {
  Scratched source, target;
  fill(source, 3, 3);
  static_cast<void>(reel::migrate(source, target, everything));
  CHECK(reel::verify(source, target, everything).clean());
  const auto check = [&] {
    const reel::VerificationReport report = reel::verify(source, target, everything);
    CHECK(report.differences.size() == 2);
    CHECK(report.missing.empty());
    CHECK(report.extra.empty());
    CHECK(report.kinds.front().source == 3);
    CHECK(report.kinds.front().target == 3);
    CHECK(report.kinds.front().same == 2);
    CHECK(report.kinds.front().differing == 1);
  };
  source.bad = {"v1", "b2"};
  check();
  source.bad.clear();
  target.bad = {"v1", "b2"};
  check();
}

TEST_CASE("listing throws the first unreadable item's error instead of returning an incomplete page", "[unreadable]") {
  Scratched store;
  fill(store, 3, 3);
  store.bad = {"v1", "b2"};
  const reel::Repository<Video, Scratched> videos(store);
  const reel::BlobStore<Scratched> files(store, films);
  const reel::Error record = failure([&] { static_cast<void>(videos.list()); });
  CHECK(record.code() == Errc::corrupt);
  CHECK(record.id() == "v1");
  CHECK(record.collection() == "videos");
  CHECK(failure([&] { static_cast<void>(files.list()); }).id() == "b2");
  const std::vector ids{reel::Id<Video>{"v0"}, reel::Id<Video>{"v1"}};
  CHECK(failure([&] { static_cast<void>(videos.find_many(ids)); }).id() == "v1");
  CHECK(failure([&] { videos.remove_where(reel::Query<Video>{}); }).id() == "v1");
  CHECK(failure([&] {
          for (const auto& video : videos.all()) static_cast<void>(video);
        }).id() == "v1");
  CHECK(failure([&] {
          for (const reel::BlobInfo& film : files.all()) static_cast<void>(film);
        }).id() == "b2");
  CHECK(videos.count(reel::Query<Video>{}) == 3);
}

TEST_CASE("a scrub counts an unlistable blob as damaged", "[unreadable]") {
  Scratched store;
  fill(store, 0, 130);
  store.bad = {"b2", "b129"};
  const reel::ScrubReport report = reel::BlobStore<Scratched>(store, films).scrub();
  CHECK(report.complete);
  CHECK_FALSE(report.ok());
  CHECK(report.blobs == 130);
  REQUIRE(report.failures.size() == 2);
  CHECK(report.failures.front().id() == "b2");
  CHECK(report.failures.front().collection() == "final_videos");
}

TEST_CASE("an unreadable record that refers to another prevents its removal", "[unreadable]") {
  Scratched store;
  fill(store, 2, 0);
  const reel::Repository<Scene, Scratched> scenes(store);
  scenes.setup();
  scenes.create(Scene{.video_id = reel::Id<Video>{"v0"}, .scene_number = 1}, {.id = reel::Id<Scene>{"s0"}});
  store.bad = {"s0"};
  CHECK(failure([&] { reel::Repository<Video, Scratched>(store).remove(reel::Id<Video>{"v0"}); }).id() == "s0");
  CHECK(reel::Repository<Video, Scratched>(store).exists(reel::Id<Video>{"v0"}));
}

/// Checks that an error identifies no item and has nothing of the store's error but the code.
void check_reveals_nothing(const reel::Error& error) {
  CHECK(error.code() == Errc::corrupt);
  CHECK(error.id().empty());
  const std::string_view text = error.what();
  for (const char* secret : {"v1", "b1", "scratch"}) CHECK(text.find(secret) == std::string_view::npos);
}

/// The first error of a watch that reports nothing else.
template <class Watch>
reel::Error failure_of_watch(Watch&& watch) {
  return failure([&] {
    for (const auto& change : watch) {
      static_cast<void>(change);
      break;
    }
  });
}

TEST_CASE("what an actor reads item by item fails if an item is unreadable and does not reveal it", "[unreadable]") {
  Scratched store;
  fill(store, 3, 3);
  store.bad = {"v1", "b1"};
  auto guest = reel::as(store, reel::Actor::guest());
  const auto videos = reel::records<Video>(guest);
  const auto files = reel::blobs(guest, films);
  check_reveals_nothing(failure([&] { static_cast<void>(videos.list()); }));
  check_reveals_nothing(
      failure([&] { static_cast<void>(videos.list(reel::Query<Video>{}.order_by(reel::field<&Video::topic>))); }));
  check_reveals_nothing(failure([&] { static_cast<void>(videos.count()); }));
  check_reveals_nothing(failure_of_watch(videos.watch()));
  check_reveals_nothing(failure([&] { static_cast<void>(files.list()); }));
  check_reveals_nothing(failure_of_watch(files.watch()));
}

TEST_CASE("an actor learns only that an item under an id is unreadable", "[unreadable]") {
  Scratched store;
  fill(store, 3, 3);
  store.bad = {"v1", "b1"};
  const auto check_hides_reason = [](const reel::Error& error) {
    CHECK(error.code() == Errc::corrupt);
    CHECK(std::string_view(error.what()).find("scratch") == std::string_view::npos);
  };
  auto guest = reel::as(store, reel::Actor::guest());
  const auto videos = reel::records<Video>(guest);
  const auto files = reel::blobs(guest, films);
  const reel::Id<Video> video{"v1"};
  const BlobId film{"b1"};
  check_hides_reason(failure([&] { static_cast<void>(videos.find(video)); }));
  check_hides_reason(failure([&] { videos.remove(video); }));
  check_hides_reason(failure([&] { videos.update(video, reel::Patch<Video>{}.set<&Video::topic>("u")); }));
  check_hides_reason(failure([&] { static_cast<void>(files.find(film)); }));
  check_hides_reason(failure([&] { files.remove(film); }));
  check_hides_reason(failure([&] { static_cast<void>(files.read(film, {})); }));
}

TEST_CASE("a watch of an actor on a store without changes does not reveal an unreadable item", "[unreadable]") {
  struct Silent : Scratched {
    void changes() = delete;
  } store;
  static_assert(!reel::driver::ChangesBackend<Silent>);
  fill(store, 3, 3);
  store.bad = {"v1", "b1"};
  auto guest = reel::as(store, reel::Actor::guest());
  check_reveals_nothing(failure_of_watch(reel::records<Video>(guest).watch()));
  check_reveals_nothing(failure_of_watch(reel::blobs(guest, films).watch()));
}

TEST_CASE("a watch of an actor does not reveal an item that the feed of the store cannot read", "[unreadable]") {
  struct Polled : Scratched {
    using Scratched::changes;
    std::shared_ptr<reel::driver::ChangeFeed> changes(const reel::driver::CollectionSchema& schema) {
      return std::make_shared<reel::driver::PolledFeed>(
          [this, &schema](const reel::driver::QueryTree& query) { return list(schema, query); });
    }
  } store;
  fill(store, 3, 0);
  auto guest = reel::as(store, reel::Actor::guest());
  const auto videos = reel::records<Video>(guest);
  const auto watch = videos.watch({}, {.poll_every = std::chrono::milliseconds{1}});
  auto event = watch.begin();
  REQUIRE(event->kind == reel::ChangeKind::bookmark);
  store.bad = {"v1"};
  reel::records<Video>(store).remove(reel::Id<Video>{"v0"});
  check_reveals_nothing(failure([&] { ++event; }));
  check_reveals_nothing(failure_of_watch(videos.watch()));
}

TEST_CASE("a store whose cursors form a cycle ends a migration with an error", "[unreadable]") {
  struct Promising : Memory {
    reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema&,
                                                       const reel::driver::QueryTree&) {
      return {.next = reel::driver::Cursor{}};
    }
  } source;
  Memory target;
  const reel::MigrationReport report = reel::migrate(source, target, reel::migration_set<Video>());
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].operation == "list");
  CHECK(report.failures[0].code == Errc::internal);
}

/// A store whose pages all end at the same position. The stop token ends a watch that never stops reading them.
struct Circling : Memory {
  std::stop_source stop{};
  reel::driver::Cursor next{};
  int pages = 0;

  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query) {
    if (++pages == 100) stop.request_stop();
    reel::driver::Page<reel::driver::DocumentPtr> page = Memory::list(schema, query);
    page.next = next;
    return page;
  }
};

TEST_CASE("a store whose cursors form a cycle ends a watch with an error", "[unreadable]") {
  struct Silent : Circling {  // has no history
    std::shared_ptr<reel::driver::ChangeFeed> changes(const reel::driver::CollectionSchema& schema) {
      return std::make_shared<reel::driver::PolledFeed>(
          [this, &schema](const reel::driver::QueryTree& query) { return Memory::list(schema, query); });
    }
  };
  const auto check = [](auto& store) {
    const auto videos = reel::records<Video>(store);
    videos.setup();
    for (const reel::driver::Cursor& next : {reel::driver::Cursor{}, reel::driver::Cursor{.sequence = 1, .id = "v"}}) {
      store.pages = 0;
      store.next = next;
      CHECK(failure_of_watch(videos.watch({}, {.stop = store.stop.get_token()})).code() == Errc::internal);
      CHECK(store.pages == 2);
    }
  };
  Circling recording;
  check(recording);
  Silent silent;
  check(silent);
}

}  // namespace unreadable_tests
