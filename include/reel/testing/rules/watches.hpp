#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/driver/layer.hpp>
#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/rules/bulk.hpp>
#include <reel/testing/rules/watched_tracks.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/together.hpp>
#include <reel/testing/watcher.hpp>

namespace reel::testing::rules {

/// Creates, changes and removes records with a few ids, `rounds` times. `seed` differs between threads.
inline void change_at_random(const Records<Track>& tracks, std::uint64_t seed, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    seed = seed * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    const Id<Track> id{"r" + std::to_string(seed >> 60U)};
    try {
      switch ((seed >> 40U) % 4) {
        case 0:
          tracks.create({.title = "random", .plays = 1}, {.id = id});
          break;
        case 1:
          tracks.remove(id);
          break;
        case 2:
          tracks.increment<&Track::plays>(id, 1);
          break;
        default:
          tracks.update(id, Patch<Track>{}.set<&Track::plays>(static_cast<std::int64_t>((seed >> 30U) % 3)));
      }
    } catch (const Error& error) {
      if (error.code() != Errc::not_found && error.code() != Errc::already_exists) throw;
    }
  }
}

/// Changes records of a page, and of others, immediately after the page was read.
class ChangesDuringReads : public driver::Layer<AnyStore> {
 public:
  using Layer::Layer, Layer::list;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    driver::Page<driver::DocumentPtr> page = below().list(schema, query);
    if (page.items.size() < 4 || reads_ == 3) return page;
    const Records<Track> tracks{below()};
    const auto id = [&](std::size_t i) { return Id<Track>{page.items[i]->id}; };
    set_plays(tracks, page.items[0]->id, 0);
    set_plays(tracks, page.items[1]->id, 7);
    set_plays(tracks, page.items[1]->id, 8);
    tracks.remove(id(2));
    if (first_.empty()) first_ = page.items[3]->id;
    tracks.increment<&Track::plays>(Id<Track>{first_}, 1);
    tracks.create({.title = "new", .plays = 1});
    ++reads_;
    return page;
  }
  /// The number of pages so far.
  [[nodiscard]] int reads() const { return reads_; }

 private:
  mutable std::atomic<int> reads_ = 0;
  mutable std::string first_;
};
static_assert(driver::check_layer<ChangesDuringReads>());

inline constexpr Rule watch_rules[] = {
    {"a watch returns the records that match, then a bookmark, then each change",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       create_track(tracks, "a");
       create_track(tracks, "b");
       Watcher<Track> watcher(tracks, {});
       watcher.expect_next("present a");
       watcher.expect_next("present b");
       watcher.expect_next("bookmark");
       const auto made = create_track(tracks, "c");
       watcher.expect_next("entered c");
       expect(watcher.last().record == made, "the event has another record than the store");
       set_plays(tracks, "a", 7);
       watcher.expect_next("changed a");
       expect_equal(watcher.last().record.value().value.plays, 7, "plays in the event");
       expect_equal(watcher.last().at, tracks.get(Id<Track>{"a"}).updated_at, "the time of the event");
       tracks.remove(Id<Track>{"b"});
       watcher.expect_next("removed b");
       expect(!watcher.last().record.has_value(), "the event of a removal has a record");
     }},
    {"a watch of an empty collection starts with a bookmark",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       Watcher<Track> watcher(tracks, {});
       watcher.expect_next("bookmark");
       create_track(tracks, "a");
       watcher.expect_next("entered a");
     }},
    {"a record enters a watched query when a change makes it match, and leaves it when it does not match any more",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       create_track(tracks, "in", 5);
       create_track(tracks, "out");
       Watcher<Track> watcher(tracks, played());
       watcher.expect_next("present in");
       watcher.expect_next("bookmark");
       set_plays(tracks, "out", 1);
       watcher.expect_next("entered out");
       set_plays(tracks, "in", 0);
       watcher.expect_next("left in");
       expect_equal(watcher.last().record.value().value.plays, 0, "plays of a record that left");
       set_plays(tracks, "in", 2);
       watcher.expect_next("entered in");
       set_plays(tracks, "in", 3);
       watcher.expect_next("changed in");
     }},
    {"a watched query does not report records that do not match before and after a change",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       create_track(tracks, "other");
       Watcher<Track> watcher(tracks, played());
       watcher.expect_next("bookmark");
       tracks.update(Id<Track>{"other"}, Patch<Track>{}.set<&Track::note>("changed"));
       create_track(tracks, "another");
       tracks.remove(Id<Track>{"other"});
       create_track(tracks, "match", 1);
       watcher.expect_next("entered match");
     }},
    {"from_now reports no record of before",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       create_track(tracks, "before");
       Watcher<Track> watcher(tracks, {}, watch_options(from_now));
       watcher.expect_next("bookmark");
       create_track(tracks, "after");
       watcher.expect_next("entered after");
     }},
    {"a watch reports every kind of write",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       Watcher<Track> watcher(tracks, {});
       watcher.expect_next("bookmark");
       const Id<Track> id{"a"};
       create_track(tracks, "a");
       watcher.expect_next("entered a");
       tracks.increment<&Track::plays>(id, 2);
       watcher.expect_next("changed a");
       tracks.modify(id, [](Track& track) { track.live = true; });
       watcher.expect_next("changed a");
       tracks.replace(id, {.title = "replaced"});
       watcher.expect_next("changed a");
       tracks.upsert(id, {.title = "upserted"});
       watcher.expect_next("changed a");
       tracks.update_many({{.id = id, .patch = Patch<Track>{}.set<&Track::plays>(1)}});
       watcher.expect_next("changed a");
       tracks.update_where(played(), Patch<Track>{}.set<&Track::plays>(2));
       watcher.expect_next("changed a");
       tracks.remove_where(played());
       watcher.expect_next("removed a");
       tracks.create_many(std::vector<Draft<Track>>{{.value = {.title = "b"}, .options = with_id<Track>("b")}});
       watcher.expect_next("entered b");
       expect_equal(watcher.last().record.value().value.title, "b", "the title in the last event");
     }},
    {"a write that changes nothing is not reported",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       create_track(tracks, "a", 3);
       Watcher<Track> watcher(tracks, {}, watch_options(from_now));
       watcher.expect_next("bookmark");
       set_plays(tracks, "a", 3);
       create_track(tracks, "b");
       watcher.expect_next("entered b");
     }},
    {"a record that is removed and created again is removed and enters",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       create_track(tracks, "a");
       Watcher<Track> watcher(tracks, {});
       watcher.expect_next("present a");
       watcher.expect_next("bookmark");
       tracks.remove(Id<Track>{"a"});
       tracks.create({.title = "again"}, with_id<Track>("A"));
       watcher.expect_next("removed a");
       watcher.expect_next("entered A");
     }},
    {"no change is lost between the snapshot and the changes, and no record goes backwards",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create_many(std::vector<Track>(450, {.title = "many", .plays = 1}));
       ChangesDuringReads store(bench.store());
       const Repository<Track, ChangesDuringReads> watched(store);
       const Watcher<Track> watcher(watched, played());
       watcher.expect_copy([&] { return WatchedCopy<Track>::of(tracks, played()); });
       expect_equal(store.reads(), 3, "the number of pages of the snapshot");
     }},
    {"every event of many threads arrives, or a later state of its record",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       Watcher<Track> watcher(tracks, {});
       watcher.expect_next("bookmark");
       together(4, [&](std::size_t i) { change_at_random(tracks, 100 + i, 50); });
       watcher.expect_copy([&] { return WatchedCopy<Track>::of(tracks, {}); });
     }},
    {"the record of an event, or a later state of it, can be read at once",
     [](Bench& bench) {
       constexpr int writes = 50;
       const auto tracks = bench.records<Track>();
       const Id<Track> id = create_track(tracks, "a").id;
       std::stop_source stop;
       WatchOptions options = watch_options();
       options.stop = stop.get_token();
       together(2, [&](std::size_t thread) {
         if (thread == 0) {
           for (int i = 1; i <= writes; ++i) set_plays(tracks, "a", i);
           return;
         }
         for (const Change<Track>& change : tracks.watch({}, options)) {
           if (!change.record) continue;
           expect(tracks.get(id).updated_at >= change.record->updated_at,
                  "a read returns an older state of the record than the event before it");
           if (change.record->value.plays == writes) stop.request_stop();
         }
       });
     }},
    {"two watches see the changes in the same order if the store has one order of commits",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (int i = 0; i < 4; ++i) create_track(tracks, "t" + std::to_string(i));
       const Watcher<Track> one(tracks, {}, watch_options(from_now)), other(tracks, {}, watch_options(from_now));
       const auto has_begun = [](const auto& events) { return !events.empty(); };
       one.wait_until(has_begun, "the first bookmark");
       other.wait_until(has_begun, "the first bookmark");
       together(4, [&](std::size_t i) {
         for (int k = 1; k <= 25; ++k) set_plays(tracks, "t" + std::to_string(i), k);
       });
       const auto versions = [](const std::vector<Change<Track>>& events) {
         Names all;
         for (const Change<Track>& change : events) {
           if (change.record) all.push_back(change.id.str() + " " + std::to_string(change.record->value.plays));
         }
         return all;
       };
       const auto present = [&] { return WatchedCopy<Track>::of(tracks, {}); };
       one.expect_copy(present);
       other.expect_copy(present);
       if (!bench.manifest().offers(Capability::ordered_changes)) return;
       expect_equal(versions(one.events()), versions(other.events()), "the changes as the second watch sees them");
       expect_equal(versions(one.events()).size(), 100, "the number of changes");
     }},
    {"the changes of an atomic batch arrive together, and no token is between them",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       require_atomic(bench);
       Watcher<Track> watcher(tracks, {}, watch_options(from_now));
       watcher.expect_next("bookmark");
       const std::string before = watcher.last().token.str();
       tracks.create_many(drafts({"a", "b", "c"}));
       for (const char* text : {"entered a", "entered b", "entered c"}) watcher.expect_next(text);
       const auto events = watcher.events();
       const std::string after = events.back().token.str();
       expect(after != before, "the token after the batch is that of before");
       for (std::size_t i = 1; i <= 2; ++i) {  // without a history a watch after such a token starts with a reset
         const std::string token = events[i].token.str();
         const bool is_before = bench.manifest().offers(Capability::change_history) ? token == before : token != after;
         expect(is_before, "there is a token within the batch: " + token);
       }
     },
     {Capability::atomic_batches}},
    {"changes through another store object are seen",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       create_track(tracks, "a");
       Watcher<Track> watcher(tracks, {});
       watcher.expect_next("present a");
       watcher.expect_next("bookmark");
       const auto others = Bench::records<Track>(bench.another_handle());
       create_track(others, "b");
       watcher.expect_next("entered b");
       others.remove(Id<Track>{"a"});
       watcher.expect_next("removed a");
     },
     {Capability::several_handles}},
    {"a bookmark follows changes that concern no record of the watched query",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       create_track(tracks, "a");
       WatchOptions options = watch_options();
       options.bookmark_every = std::chrono::milliseconds{20};
       Watcher<Track> watcher(tracks, played(), options);
       watcher.expect_next("bookmark");
       const std::string before = watcher.last().token.str();
       tracks.update(Id<Track>{"a"}, Patch<Track>{}.set<&Track::note>("changed"));
       watcher.expect_next("bookmark");
       expect(watcher.last().token.str() != before, "the token of the second bookmark is that of the first");
     }},
    {"a reader that does not read makes no writer wait, and learns of all changes later",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       create_track(tracks, "a");
       std::stop_source stop;
       WatchOptions options = watch_options();
       options.stop = stop.get_token();
       const auto watch = tracks.watch({}, options);
       auto event = watch.begin();
       for (int i = 1; i <= 200; ++i) set_plays(tracks, "a", i);
       WatchedCopy<Track> copy;
       for (; event != watch.end(); ++event) {
         copy.apply(*event);
         if (copy.records() == WatchedCopy<Track>::of(tracks, {})) stop.request_stop();
       }
     }},
    {"a watch of a collection that was never set up is not_found",
     [](Bench& bench) {
       const Records<Track> tracks{bench.store()};
       expect_error(
           Errc::not_found, [&] { return tracks.watch({}, watch_options()).begin(); }, "a watch");
     }},
    {"a stop ends a watch that waits",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       Watcher<Track> watcher(tracks, {});
       watcher.expect_next("bookmark");
       std::optional<Watcher<Track>> other(std::in_place, tracks, Query<Track>{});
       other->expect_next("bookmark");
       std::this_thread::sleep_for(std::chrono::milliseconds{50});
       const auto start = std::chrono::steady_clock::now();
       other.reset();
       expect(std::chrono::steady_clock::now() - start < std::chrono::seconds{3}, "the watch did not end");
     }},
};

inline constexpr Area watch_area{"watch", watch_rules, {Capability::records}};

}  // namespace reel::testing::rules
