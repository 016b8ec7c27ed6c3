#include <reel/driver/polled_feed.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/repository.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/watcher.hpp>

#include "support/catch.hpp"
#include "support/plain_store.hpp"

namespace polled_feed_tests {

using namespace std::chrono_literals;
using namespace reel;
using driver::PolledFeed;
using reel::testing::Track;
using Strings = std::vector<std::string>;

/// A store whose clock and failures the test controls, and feeds on its tracks.
struct Fixture {
  Fixture() { tracks.setup(); }

  void create(const std::string& id) { tracks.create({.title = id}, {.id = Id<Track>{id}}); }
  void change(const std::string& id) {
    time += 1s;
    tracks.increment<&Track::plays>(Id<Track>{id}, 1);
  }
  void remove(const std::string& id) { tracks.remove(Id<Track>{id}); }

  /// The number of calls of `list` that succeed before one fails; nothing: all succeed.
  std::optional<int> until_failure{};
  int calls = 0;
  Timestamp time = now() - std::chrono::hours{1};
  Memory store{MemoryOptions{.clock = [this] { return time; }}};
  Repository<Track, Memory> tracks{store};

  std::unique_ptr<PolledFeed> feed(const std::string& identity = "tests") {
    const auto list = [this](const driver::QueryTree& query) {
      ++calls;
      if (until_failure && (*until_failure)-- == 0) {
        until_failure.reset();
        throw Error(Errc::unavailable, "out of order");
      }
      return store.list(schema_of<Track>(), query);
    };
    return std::make_unique<PolledFeed>(list, driver::FeedTraits{.store = identity});
  }

  /// A feed and the position after its last page.
  struct Reader {
    std::unique_ptr<PolledFeed> feed{};
    std::string position{};

    /// The changes since the last call: the ids, with `-` before those of removed records; or `lost`.
    Strings read() {
      const driver::CommitPage page = feed->changes(position, 100);
      if (page.is_lost) return {"lost"};
      Strings all;
      for (const driver::Commit& commit : page.commits) {
        for (const driver::RecordChange& change : commit.changes)
          all.push_back((change.document ? "" : "-") + change.id);
      }
      position = page.position;
      return all;
    }
  };
  Reader started(const std::string& identity = "tests") {
    Reader reader{feed(identity)};
    reader.position = reader.feed->end().position;
    return reader;
  }
};

TEST_CASE_METHOD(Fixture, "a polled feed finds what was created, changed and removed, once") {
  for (const char* id : {"a", "b", "c"}) create(id);
  Reader reader = started();
  CHECK(reader.read().empty());
  create("d");
  change("a");
  remove("b");
  CHECK(reader.read() == Strings{"-b", "d", "a"});
  CHECK(reader.read().empty());
}

TEST_CASE_METHOD(Fixture, "a look without a change is two small requests") {
  for (int i = 0; i < 1000; ++i) create("r" + std::to_string(i));
  time += 1min;
  create("last");
  Reader reader = started();
  calls = 0;
  CHECK(reader.read().empty());
  CHECK(calls == 2);
}

TEST_CASE_METHOD(Fixture, "a polled feed reports a record that was removed and created again as both") {
  create("a");
  Reader reader = started();
  remove("a");
  create("a");
  CHECK(reader.read() == Strings{"-a", "a"});
  remove("a");
  create("A");
  CHECK(reader.read() == Strings{"-a", "A"});
}

TEST_CASE_METHOD(Fixture, "a look that fails at any request is repeated without a loss") {
  for (int failing = 0;; ++failing) {
    for (const char* id : {"a", "b", "c"}) create(id);
    Reader reader = started();
    change("a");
    remove("b");
    create("d");
    until_failure = failing;
    bool has_failed = false;
    Strings found;
    try {
      found = reader.read();
    } catch (const Error&) {
      has_failed = true;
      found = reader.read();
    }
    until_failure.reset();
    CHECK(found == Strings{"-b", "a", "d"});
    CHECK(reader.read().empty());
    for (const char* id : {"a", "c", "d"}) remove(id);
    if (!has_failed) break;
  }
}

TEST_CASE_METHOD(Fixture, "a record with a time in the future does not hide the records that are written next") {
  time = now();
  create("a");
  time = now() + 24h;
  create("future");
  time = now();
  Reader reader = started();
  create("b");
  change("a");
  CHECK(reader.read() == Strings{"b", "a"});
}

TEST_CASE_METHOD(Fixture, "a change that becomes visible late, with an earlier time, is found") {
  create("a");
  create("b");
  Reader reader = started();
  change("a");
  change("a");
  change("a");
  CHECK(reader.read() == Strings{"a"});
  time -= 3s;
  change("b");
  CHECK(reader.read() == Strings{"b"});
}

TEST_CASE_METHOD(Fixture, "a later feed continues from a position of an identified store") {
  for (const char* id : {"a", "b", "c"}) create(id);
  Reader reader = started();
  time += 1min;
  create("d");
  reader.read();
  const std::string position = reader.position;
  time += 1min;
  change("c");
  create("e");
  Reader later{feed(), position};
  CHECK(later.read() == Strings{"d", "c", "e"});  // "d" was written last before the position
  CHECK(later.read().empty());
  remove("a");
  CHECK(later.read() == Strings{"-a"});
}

TEST_CASE_METHOD(Fixture, "a position is lost after a removal, even if as many records were created since") {
  for (const char* id : {"a", "b", "c"}) create(id);
  const std::string position = started().position;
  remove("b");
  create("b");
  CHECK(Reader{feed(), position}.read() == Strings{"lost"});
  CHECK(Reader{feed(), "p:1:2"}.read() == Strings{"lost"});
  CHECK(Reader{feed(), ""}.read() == Strings{"lost"});
}

TEST_CASE_METHOD(Fixture, "a position of a store without identity is valid for its feed only") {
  create("a");
  Reader reader = started("");
  CHECK(reader.feed->traits().store == "unidentified");
  CHECK(Reader{feed(""), reader.position}.read() == Strings{"lost"});
  CHECK(reader.read().empty());
}

TEST_CASE_METHOD(Fixture, "a polled feed covers the records that it has reported") {
  create("a");
  Reader reader = started();
  create("b");
  const auto covers = [&](const char* id) { return reader.feed->covers(*store.find(schema_of<Track>(), id)); };
  CHECK(covers("a"));
  CHECK_FALSE(covers("b"));
  reader.read();
  CHECK(covers("b"));
}

/// A store without changes whose snapshot shows a record that is removed immediately afterwards.
class Flickering : public PlainStore {
 public:
  using PlainStore::list;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    if (query.limit != 200) return store_.list(schema, query);  // not the snapshot
    store_.create(schema, *new_document());
    driver::Page<driver::DocumentPtr> page = store_.list(schema, query);
    store_.remove(schema, "flicker", {});
    return page;
  }

 private:
  static driver::DocumentPtr new_document() {
    driver::Document document{.id = "flicker"};
    document.values = driver::encode_values(Track{.title = "flicker"}, "test", "flicker");
    return std::make_shared<const driver::Document>(std::move(document));
  }
};

TEST_CASE("a record that exists only while the snapshot is read does not stay in the watch") {
  Flickering store;
  Repository<Track, Flickering> tracks{store};
  tracks.setup();
  tracks.create({.title = "a"}, {.id = Id<Track>{"a"}});
  reel::testing::Watcher<Track> watcher(tracks, {});
  watcher.expect_next("present a");
  watcher.expect_next("bookmark");
  tracks.create({.title = "b"}, {.id = Id<Track>{"b"}});
  watcher.expect_next("entered b");
  CHECK(watcher.events().size() == 3);
}

}  // namespace polled_feed_tests
