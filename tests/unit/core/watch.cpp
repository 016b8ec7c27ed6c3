#include <reel/watch.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/driver/layer.hpp>
#include <reel/driver/sequence_set.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/watcher.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"

namespace watch_tests {

using namespace std::chrono_literals;
using namespace reel;
using reel::testing::error_from;
using reel::testing::Track;
using Strings = std::vector<std::string>;

/// A feed whose answers are given by the test.
class ScriptedFeed : public driver::ChangeFeed {
 public:
  struct Script {
    driver::FeedTraits traits{.store = "scripted", .reconnects = true};
    std::deque<std::function<driver::CommitPage()>> pages{};
    bool has_signal = true;
    std::vector<std::chrono::milliseconds> waits{};
  };
  explicit ScriptedFeed(Script& script) : ChangeFeed(script.traits), script_(script) {}
  bool has_signal() const override { return script_.has_signal; }
  driver::FeedEnd end() override { return {.position = "0", .next_sequence = 100}; }
  driver::CommitPage changes(const std::string& position, std::size_t) override {
    if (script_.pages.empty()) return {.position = position};
    const auto page = std::move(script_.pages.front());
    script_.pages.pop_front();
    return page();
  }
  void wait(const std::string&, std::chrono::milliseconds timeout, const std::stop_token& stop) override {
    script_.waits.push_back(timeout);
    driver::sleep_unless_stopped(std::min(timeout, 5ms), stop);
  }

 private:
  Script& script_;
};

/// A `Memory` whose changes are scripted.
class Scripted : public driver::Layer<Memory> {
 public:
  using Layer::Layer, Layer::changes;
  std::shared_ptr<driver::ChangeFeed> changes(const driver::CollectionSchema&) const {
    return std::make_shared<ScriptedFeed>(*script);
  }
  ScriptedFeed::Script* script = nullptr;
};
static_assert(driver::check_layer<Scripted>());

driver::RecordChange change(const std::string& id, std::int64_t sequence, std::int64_t plays) {
  driver::Document document{.id = id, .sequence = sequence, .created_at = now(), .updated_at = now()};
  document.values = driver::encode_values(Track{.title = id, .plays = plays}, "test", id);
  return {id, sequence, std::make_shared<const driver::Document>(std::move(document))};
}
driver::RecordChange removal(const std::string& id, std::int64_t sequence) { return {id, sequence, nullptr}; }

/// A page of commits of one change each, at positions after `position`.
std::function<driver::CommitPage()> page_of(std::vector<driver::RecordChange> changes, int position) {
  return [=] {
    driver::CommitPage page;
    int next = position;
    for (const driver::RecordChange& one : changes) page.commits.push_back({{one}, std::to_string(++next)});
    page.position = std::to_string(next);
    return page;
  };
}
std::function<driver::CommitPage()> failure(Errc code, std::optional<std::chrono::milliseconds> wait = {}) {
  return [=]() -> driver::CommitPage { throw Error(code, "out of order", {.retry_after = wait}); };
}

struct Fixture {
  Fixture() {
    store.script = &script;
    records<Track>(memory).setup();
  }
  /// The first `count` events of a watch.
  std::vector<Change<Track>> first(std::size_t count, WatchOptions options, const Query<Track>& query = {}) {
    std::stop_source stop;
    options.stop = stop.get_token();
    std::vector<Change<Track>> events;
    for (const Change<Track>& one : records<Track>(store).watch(query, options)) {
      events.push_back(one);
      if (events.size() == count) stop.request_stop();
    }
    return events;
  }
  static Strings shown(const std::vector<Change<Track>>& events) {
    Strings all;
    for (const Change<Track>& one : events) all.push_back(reel::testing::show_change(one));
    return all;
  }

  Memory memory{};
  ScriptedFeed::Script script{};
  Scripted store{memory};
};

TEST_CASE_METHOD(Fixture, "a watch that cannot reach the store is offline and continues when it responds") {
  script.pages = {failure(Errc::unavailable), failure(Errc::timed_out), failure(Errc::rate_limited, 10ms),
                  page_of({change("a", 101, 1)}, 0)};
  const auto watch = records<Track>(store).watch({}, {.from = from_now});
  std::atomic<bool> was_offline = false;
  std::jthread observer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const WatchStatus status = watch.status();
      if (status.state == WatchState::offline && status.error) was_offline = true;
      std::this_thread::sleep_for(1ms);
    }
  });
  auto event = watch.begin();
  CHECK(reel::testing::show_change(*event) == "entered a");
  CHECK(was_offline);
  CHECK(watch.status().state == WatchState::live);
  CHECK_FALSE(watch.status().error.has_value());
}

TEST_CASE_METHOD(Fixture, "two watches of a server look at different moments") {
  const auto waits = [&](bool reconnects) {
    script = {.traits = {.store = "scripted", .backs_off = true, .reconnects = reconnects}, .has_signal = false};
    for (int i = 0; i < 20; ++i) script.pages.push_back(page_of({}, 0));
    script.pages.push_back(page_of({change("a", 100, 1)}, 0));
    static_cast<void>(first(2, {.from = from_now, .bookmark_every = 0ms, .poll_every = 100ms}));
    return script.waits;
  };
  const auto local = waits(false);
  REQUIRE(local.size() == 19);
  CHECK(local[0] == 100ms);
  CHECK(local[1] == 200ms);
  CHECK(local[18] == 3000ms);
  const auto one = waits(true), other = waits(true);
  CHECK(one != other);
  for (std::size_t i = 0; i < local.size(); ++i) {
    CAPTURE(i);
    CHECK(one[i] <= local[i]);
    CHECK(one[i] >= local[i] * 3 / 4);
  }
}

TEST_CASE_METHOD(Fixture, "a stop ends a watch that is offline") {
  script.pages.assign(1000, failure(Errc::unavailable));
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(20ms);
    stop.request_stop();
  });
  const auto watch = records<Track>(store).watch({}, {.from = from_now, .stop = stop.get_token()});
  CHECK(watch.begin() == watch.end());
}

TEST_CASE_METHOD(Fixture, "an error that repetition does not mend ends the watch with operation and collection") {
  for (const Errc code : {Errc::unauthorized, Errc::corrupt, Errc::not_found, Errc::conflict}) {
    script.pages = {failure(code)};
    const Error error = error_from([&] { first(1, {.from = from_now}); });
    CHECK(error.code() == code);
    CHECK(error.operation() == "watch");
    CHECK(error.collection() == "tracks");
  }
}

TEST_CASE_METHOD(Fixture, "a local store that fails ends the watch at once") {
  script.traits.reconnects = false;
  script.pages = {failure(Errc::unavailable)};
  CHECK(error_from([&] { first(1, {.from = from_now}); }).code() == Errc::unavailable);
}

TEST_CASE_METHOD(Fixture, "a failure in the middle of a snapshot repeats the page without a gap") {
  auto tracks = records<Track>(memory);
  for (int i = 0; i < 3; ++i) tracks.create({.title = "t"}, {.id = Id<Track>{"t" + std::to_string(i)}});
  script.pages = {page_of({change("t1", 2, 5)}, 0), failure(Errc::unavailable)};
  script.pages.front() = [page = script.pages.front()] {
    driver::CommitPage first = page();
    first.is_last = false;
    return first;
  };
  const auto events = first(4, {});
  CHECK(shown(events) == Strings{"present t0", "present t1", "present t2", "bookmark"});
}

TEST_CASE_METHOD(Fixture, "with coalesce only the last of several due changes of a record is an event") {
  const auto page = page_of({change("a", 101, 1), change("b", 102, 1), change("a", 101, 2), removal("b", 102)}, 0);
  script.pages = {page};
  CHECK(shown(first(4, {.from = from_now})) == Strings{"entered a", "entered b", "changed a", "removed b"});
  script.pages = {page};
  const auto events = first(2, {.from = from_now, .coalesce = true});
  CHECK(shown(events) == Strings{"entered a", "bookmark"});
  CHECK(events.front().record->value.plays == 2);
}

TEST_CASE_METHOD(Fixture, "coalesce does not reduce a batch") {
  script.pages = {[] {
    driver::CommitPage page{.position = "2"};
    page.commits.push_back({{change("a", 101, 1), change("b", 102, 1)}, "1"});
    page.commits.push_back({{change("a", 101, 2)}, "2"});
    return page;
  }};
  CHECK(shown(first(3, {.from = from_now, .coalesce = true})) == Strings{"entered a", "entered b", "changed a"});
}

TEST_CASE_METHOD(Fixture, "bookmarks appear only if the token has advanced") {
  script.pages = {page_of({}, 0), page_of({removal("unknown", 101)}, 0)};
  const auto events = first(2, {.from = from_now, .bookmark_every = 1ms});
  CHECK(shown(events) == Strings{"bookmark", "bookmark"});
  CHECK(events[0].token.str() != events[1].token.str());
  const std::size_t waits = script.waits.size();
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(60ms);
    stop.request_stop();
  });
  int count = 0;
  for ([[maybe_unused]] const auto& one :
       records<Track>(store).watch({}, {.from = from_now, .stop = stop.get_token(), .bookmark_every = 1ms}))
    ++count;
  CHECK(count == 1);
  CHECK(script.waits.size() > waits);
}

TEST_CASE_METHOD(Fixture, "lost history is a reset and a snapshot, however often it happens") {
  auto tracks = records<Track>(memory);
  tracks.create({.title = "t"}, {.id = Id<Track>{"t"}});
  const auto lost = [] { return driver::CommitPage{.is_lost = true}; };
  script.pages = {lost, lost};
  CHECK(shown(first(4, {.from = from_now})) == Strings{"reset", "reset", "present t", "bookmark"});
}

TEST_CASE_METHOD(Fixture, "after a token, a change of an older record is reported even if it does not match") {
  const auto query = Query<Track>{}.where(field<&Track::plays> > 0);
  const ResumeToken token = first(1, {.from = from_now}, query).front().token;
  script.pages = {page_of({change("old", 7, 0), change("old", 7, 0), change("older", 8, 1), removal("gone", 9),
                           change("new", 100, 0), change("new", 100, 1)},
                          0)};
  CHECK(shown(first(4, {.from = token}, query)) == Strings{"left old", "changed older", "removed gone", "entered new"});
}

TEST_CASE_METHOD(Fixture, "options out of range are invalid") {
  const auto start = [&](WatchOptions options) {
    return error_from([&] { static_cast<void>(records<Track>(store).watch({}, std::move(options))); });
  };
  CHECK(start({.bookmark_every = -1ms}).code() == Errc::invalid);
  CHECK(start({.poll_every = 0ms}).code() == Errc::invalid);
  CHECK(start({.poll_every = 0ms}).operation() == "watch");
}

TEST_CASE("any damage to a resume token is detected") {
  Memory store;
  auto tracks = records<Track>(store);
  tracks.setup();
  std::stop_source stop;
  const auto watch = tracks.watch({}, {.stop = stop.get_token()});
  const std::string text = (*watch.begin()).token.str();
  CHECK(ResumeToken::parse(text).str() == text);
  CHECK(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_%") ==
        std::string::npos);
  std::mt19937 random(7);
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = text;
    const std::size_t at = random() % damaged.size();
    switch (random() % 3) {
      case 0:
        damaged[at] = static_cast<char>(damaged[at] ^ static_cast<char>(1U << (random() % 7)));
        break;
      case 1:
        damaged.erase(at, 1 + random() % 5);
        break;
      default:
        damaged.insert(at, 1, static_cast<char>(random() % 256));
    }
    if (damaged == text) continue;
    INFO(damaged);
    CHECK(error_from([&] { static_cast<void>(ResumeToken::parse(damaged)); }).code() == Errc::invalid);
  }
  CHECK(error_from([&] { static_cast<void>(ResumeToken::parse("reel2" + text.substr(5))); }).reason().find("version") !=
        std::string::npos);
}

TEST_CASE("a token is bound to the conditions but not to the way they are written") {
  Memory store;
  auto tracks = records<Track>(store);
  tracks.setup();
  const auto token_of = [&](const Query<Track>& query) { return (*tracks.watch(query).begin()).token; };
  const auto plays = Query<Track>{}.where(field<&Track::plays> > 0);
  CHECK_NOTHROW(tracks.watch(plays.limit(3).order_by(field<&Track::title>), {.from = token_of(plays)}));
  const Query<Track> others[] = {
      Query<Track>{}, Query<Track>{}.where(field<&Track::plays> > 1), Query<Track>{}.where(field<&Track::plays> >= 0),
      Query<Track>{}.where(field<&Track::score> > 0.0), plays.where(field<&Track::live> == true)};
  for (const auto& other : others)
    CHECK(error_from([&] { static_cast<void>(tracks.watch(other, {.from = token_of(plays)})); }).code() ==
          Errc::invalid);
}

TEST_CASE("a watch handle calls back until it is destroyed") {
  Memory store;
  auto tracks = records<Track>(store);
  tracks.setup();
  std::atomic<int> count = 0;
  {
    const WatchHandle handle = tracks.watch({}, {}, [&](const Change<Track>&) { ++count; });
    while (count < 1) std::this_thread::yield();
    tracks.create({.title = "a"});
    while (count < 2) std::this_thread::yield();
    CHECK(handle.status().state == WatchState::live);
  }
  tracks.create({.title = "b"});
  CHECK(count == 2);
}

TEST_CASE("a watch handle may be moved, and destroyed by its own callback") {
  Memory store;
  auto tracks = records<Track>(store);
  tracks.setup();
  std::optional<WatchHandle> handle;
  std::atomic<bool> is_started = false, is_destroyed = false;
  handle.emplace(tracks.watch({}, {}, [&](const Change<Track>& change) {
    while (!is_started) std::this_thread::yield();
    if (change.kind == ChangeKind::bookmark) handle.reset();
    is_destroyed = true;
  }));
  WatchHandle moved = std::move(*handle);
  *handle = std::move(moved);
  is_started = true;
  while (!is_destroyed) std::this_thread::yield();
  CHECK_FALSE(handle.has_value());
  std::this_thread::sleep_for(20ms);  // the detached thread must end before the store
}

TEST_CASE("an exception of the callback ends the watch and is thrown by wait") {
  Memory store;
  auto tracks = records<Track>(store);
  tracks.setup();
  WatchHandle handle = tracks.watch({}, {}, [](const Change<Track>&) { throw std::runtime_error("mine"); });
  CHECK_THROWS_WITH(handle.wait(), "mine");
}

TEST_CASE("a watch that needs more than the history of a Memory is reset, and no writer waits") {
  Memory store({.history = 10});
  auto tracks = records<Track>(store);
  tracks.setup();
  tracks.create({.title = "a"}, {.id = Id<Track>{"a"}});
  std::stop_source stop;
  const auto watch = tracks.watch({}, {.stop = stop.get_token()});
  auto event = watch.begin();
  ++event;
  REQUIRE(event->kind == ChangeKind::bookmark);
  for (int i = 1; i <= 11; ++i) tracks.increment(Id<Track>{"a"}, field<&Track::plays>, 1);
  Strings kinds;
  for (int i = 0; i < 3; ++i) {
    ++event;
    kinds.push_back(reel::testing::show_change(*event));
  }
  CHECK(kinds == Strings{"reset", "present a", "bookmark"});
}

TEST_CASE("a batch larger than the history of a Memory arrives whole") {
  Memory store({.history = 2});
  auto tracks = records<Track>(store);
  tracks.setup();
  std::stop_source stop;
  const auto watch = tracks.watch({}, {.stop = stop.get_token()});
  auto event = watch.begin();
  tracks.create_many(std::vector<Track>(5, Track{.title = "t"}));
  for (int i = 0; i < 5; ++i) CHECK((++event)->kind == ChangeKind::entered);
}

TEST_CASE("a change of the schema resets a watch of the old schema with conflict") {
  Memory store;
  auto tracks = records<Track>(store);
  tracks.setup();
  const auto watch = tracks.watch();
  auto event = watch.begin();
  driver::CollectionSchema wider = schema_of<Track>();
  wider.attributes.push_back({.name = "extra", .required = false, .max_length = 10});
  store.ensure(wider);
  CHECK(error_from([&] { ++event; }).code() == Errc::conflict);
}

TEST_CASE("a set of sequences contains what was added and not removed") {
  driver::SequenceSet set;
  std::vector<bool> model(5000);
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t at = random() % model.size();
    model[at] = random() % 2 == 0;
    set.set(static_cast<std::int64_t>(at), model[at]);
  }
  bool same = true;
  for (std::size_t i = 0; i < model.size(); ++i) same = same && set.has(static_cast<std::int64_t>(i)) == model[i];
  CHECK(same);
  CHECK_FALSE(set.has(1'000'000'000'000));
  set.clear();
  CHECK_FALSE(set.has(0));
}

}  // namespace watch_tests
