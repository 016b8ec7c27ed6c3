#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"

namespace {

struct Counter {
  std::string name;
  std::int64_t value = 0;
  std::int64_t twice = 0;  // always 2 * value, so that a torn write shows
};

}  // namespace

template <>
struct reel::Schema<Counter> {
  static constexpr auto collection =
      reel::collection("counters", "Counters", reel::attribute("name", &Counter::name, reel::max_length(50)),
                       reel::attribute("value", &Counter::value), reel::attribute("twice", &Counter::twice),
                       reel::index("by_value", reel::descending(&Counter::value)),
                       reel::unique("by_name", &Counter::name), reel::full_text("search_name", &Counter::name));
};

namespace {

using Counters = reel::Repository<Counter, reel::Memory>;

/// Runs `work(thread)` on several threads. They must not use Catch, which supports a single thread only.
template <class Work>
void in_threads(int count, Work work) {
  std::atomic<int> waiting{count};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < count; ++thread) {
    threads.emplace_back([&, thread] {
      for (--waiting; waiting > 0;) std::this_thread::yield();
      work(thread);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

/// Returns the number of failures of `work` for each code.
template <class Work>
std::optional<reel::Errc> failure_of(Work work) {
  try {
    work();
  } catch (const reel::Error& error) {
    return error.code();
  }
  return std::nullopt;
}

const reel::Id<Counter> the_id{"counter"};

}  // namespace

TEST_CASE("of concurrent creates of one id exactly one succeeds", "[memory]") {
  reel::Memory store;
  const Counters counters(store);
  counters.setup();
  for (int round = 0; round < 50; ++round) {
    const reel::Id<Counter> id{"id" + std::to_string(round)};
    std::atomic<int> made = 0, refused = 0;
    in_threads(4, [&](int thread) {
      const auto failure =
          failure_of([&] { counters.create({.name = id.str() + " by " + std::to_string(thread)}, {.id = id}); });
      if (!failure) ++made;
      if (failure == reel::Errc::already_exists) ++refused;
    });
    REQUIRE(made == 1);
    REQUIRE(refused == 3);
  }
  CHECK(counters.count() == 50);
}

TEST_CASE("of concurrent creates with one unique value exactly one succeeds", "[memory]") {
  reel::Memory store;
  const Counters counters(store);
  counters.setup();
  for (int round = 0; round < 50; ++round) {
    const std::string name = "name " + std::to_string(round);
    std::atomic<int> made = 0, refused = 0;
    in_threads(4, [&](int) {
      const auto failure = failure_of([&] { counters.create({.name = name}); });
      if (!failure) ++made;
      if (failure == reel::Errc::already_exists) ++refused;
    });
    REQUIRE(made == 1);
    REQUIRE(refused == 3);
  }
}

TEST_CASE("no concurrent increment of one record is lost", "[memory]") {
  reel::Memory store;
  const Counters counters(store);
  counters.setup();
  counters.create({.name = "total"}, {.id = the_id});
  in_threads(4, [&](int thread) {
    for (int i = 0; i < 500; ++i) counters.increment<&Counter::value>(the_id, thread + 1);
  });
  CHECK(counters.get(the_id).value.value == 500 * (1 + 2 + 3 + 4));
}

TEST_CASE("no concurrent modification is lost or torn", "[memory]") {
  reel::Memory store;
  const Counters counters(store);
  counters.setup();
  counters.create({.name = "total"}, {.id = the_id});
  std::atomic<bool> torn = false;
  in_threads(4, [&](int) {
    for (int i = 0; i < 200; ++i) {
      counters.modify(the_id, [&](Counter& counter) {
        if (counter.twice != 2 * counter.value) torn = true;
        ++counter.value;
        counter.twice = 2 * counter.value;
      });
    }
  });
  CHECK_FALSE(torn);
  CHECK(counters.get(the_id).value.value == 800);
  CHECK(counters.get(the_id).value.twice == 1600);
}

TEST_CASE("of concurrent updates with the same if_unchanged_since exactly one succeeds", "[memory]") {
  reel::Memory store;
  const Counters counters(store);
  counters.setup();
  auto record = counters.create({.name = "race"}, {.id = the_id});
  for (int round = 1; round <= 100; ++round) {
    std::atomic<int> written = 0, refused = 0;
    in_threads(3, [&](int thread) {
      const auto failure = failure_of([&] {
        counters.update(the_id, reel::Patch<Counter>{}.set<&Counter::value>(round * 10 + thread),
                        {.if_unchanged_since = record.updated_at});
      });
      if (!failure) ++written;
      if (failure == reel::Errc::conflict) ++refused;
    });
    REQUIRE(written == 1);
    REQUIRE(refused == 2);
    record = counters.get(the_id);
  }
}

TEST_CASE("concurrent upserts all succeed and the last one remains", "[memory]") {
  reel::Memory store;
  const Counters counters(store);
  counters.setup();
  std::atomic<int> failures = 0;
  in_threads(4, [&](int thread) {
    for (int i = 0; i < 200; ++i) {
      if (failure_of([&] { counters.upsert(the_id, {.name = "x", .value = thread, .twice = 2 * thread}); })) ++failures;
      if (i % 10 == 0) counters.remove(the_id);
    }
  });
  CHECK(failures == 0);
  counters.upsert(the_id, {.name = "last", .value = 1});
  CHECK(counters.count() == 1);
  CHECK(counters.get(the_id).value.name == "last");
}

TEST_CASE("readers see whole batches and every record that is not removed", "[memory]") {
  reel::Memory store;
  const Counters counters(store);
  counters.setup();
  constexpr int staying = 40;
  for (int i = 0; i < staying; ++i)
    counters.create({.name = "stays " + std::to_string(i), .value = 1000, .twice = 2000});
  std::atomic<bool> done = false;
  std::atomic<int> faults = 0, pages = 0;
  in_threads(3, [&](int thread) {
    if (thread == 0) {  // five are created and removed at once
      for (int round = 0; round < 150; ++round) {
        std::vector<reel::Draft<Counter>> drafts;
        for (int i = 0; i < 5; ++i)
          drafts.push_back({.value = {.name = "comes " + std::to_string(i), .value = 5, .twice = 10}});
        for (const auto& item : counters.create_many(drafts).items) {
          counters.update(item.record->id, reel::Patch<Counter>{}.set<&Counter::value>(6).set<&Counter::twice>(12));
          counters.remove(item.record->id);
        }
      }
      done = true;
      return;
    }
    do {
      const auto query = reel::Query<Counter>{}.order_by<&Counter::value>(reel::descending).limit(7);
      std::set<std::string> seen;
      for (const auto& record : counters.all(query)) {
        seen.insert(record.id.str());
        if (record.value.twice != 2 * record.value.value) ++faults;
      }
      if (static_cast<int>(seen.size()) < staying) ++faults;
      const auto page = counters.list(
          reel::Query<Counter>{}.where(reel::field<&Counter::name>.search("comes")).with_total().limit(3));
      if (*page.total < static_cast<std::int64_t>(page.records.size()) || *page.total > 5) ++faults;
      if (counters.count(reel::Query<Counter>{}.where(reel::field<&Counter::value> == 1000)) != staying) ++faults;
      ++pages;
    } while (!done);
  });
  CHECK(faults == 0);
  CHECK(pages > 0);
  CHECK(counters.count() == staying);
}

TEST_CASE("a returned record does not change with later writes", "[memory]") {
  reel::Memory store;
  const Counters counters(store);
  counters.setup();
  counters.create({.name = "first"}, {.id = the_id});
  const reel::driver::DocumentPtr document = store.find(Counters::schema(), "counter");
  counters.update(the_id, reel::Patch<Counter>{}.set<&Counter::name>("second"));
  counters.remove(the_id);
  CHECK(document->values[0] == reel::driver::Value{"first"});
}

TEST_CASE("setup during reads and writes loses nothing", "[memory]") {
  reel::Memory store;
  const Counters counters(store);
  counters.setup();
  reel::driver::CollectionSchema wider = Counters::schema();
  wider.indexes.push_back({.name = "by_twice", .parts = {{2, false}}});
  std::atomic<int> faults = 0;
  in_threads(3, [&](int thread) {
    for (int i = 0; i < 100; ++i) {
      if (thread == 0) {
        store.ensure(i % 2 == 0 ? wider : Counters::schema());
      } else {
        const auto made = counters.create({.name = std::to_string(thread) + "-" + std::to_string(i)});
        if (!counters.find(made.id)) ++faults;
      }
    }
  });
  CHECK(faults == 0);
  CHECK(counters.count() == 200);
}
