#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/together.hpp>

namespace reel::testing::rules {

inline constexpr std::size_t thread_count = 4;

/// Returns whether `action` succeeded: false if it failed with `code`. Other errors propagate.
template <class F>
bool won(Errc code, F&& action) {
  try {
    static_cast<void>(action());
    return true;
  } catch (const Error& error) {
    if (error.code() != code) throw;
    return false;
  }
}

/// Returns one repository for each thread: all on the same store object, or each on another one.
[[nodiscard]] inline std::vector<Records<Track>> for_threads(Bench& bench, bool several_handles) {
  std::vector<Records<Track>> all{bench.records<Track>()};
  while (all.size() < thread_count)
    all.push_back(several_handles ? Bench::records<Track>(bench.another_handle()) : all.front());
  return all;
}

inline void creates_of_one_id(const std::vector<Records<Track>>& tracks) {
  for (int round = 0; round < 25; ++round) {
    const Id<Track> id{"race" + std::to_string(round)};
    std::atomic<int> winners = 0;
    std::atomic<std::size_t> winner = 0;
    together(thread_count, [&](std::size_t i) {
      const Track mine{.title = std::to_string(i)};
      if (!won(Errc::already_exists, [&] { return tracks[i].create(mine, {.id = id}); })) return;
      ++winners;
      winner = i;
    });
    expect_equal(winners.load(), 1, "the number of successful creates of one id");
    for (const auto& view : tracks)
      expect_equal(view.get(id).value.title, std::to_string(winner), "the record of the successful create");
  }
  expect_equal(tracks.front().count(), 25, "the number of records");
}

inline void increments(const std::vector<Records<Track>>& tracks) {
  const auto made = tracks.front().create({.title = "a"});
  together(thread_count, [&](std::size_t i) {
    for (int n = 0; n < 40; ++n) tracks[i].increment<&Track::plays>(made.id, 1);
  });
  for (const auto& view : tracks) expect_equal(view.get(made.id).value.plays, 160, "plays after 4 times 40 increments");
}

inline void conditional_updates(const std::vector<Records<Track>>& tracks) {
  const auto made = tracks.front().create({.title = "a"});
  for (int round = 1; round <= 25; ++round) {
    const auto seen = tracks.front().get(made.id);
    std::atomic<int> winners = 0;
    together(thread_count, [&](std::size_t i) {
      const auto patch = Patch<Track>{}.set<&Track::plays>(seen.value.plays + 1).set<&Track::note>(std::to_string(i));
      if (won(Errc::conflict, [&] { return tracks[i].update(made.id, patch, {seen.updated_at}); })) ++winners;
    });
    expect_equal(winners.load(), 1, "the number of successful updates with the same if_unchanged_since");
    expect_equal(tracks.front().get(made.id).value.plays, round, "plays");
  }
}

inline constexpr Rule concurrency_rules[] = {
    {"of concurrent creates of one id exactly one succeeds",
     [](Bench& bench) { creates_of_one_id(for_threads(bench, false)); }},
    {"of concurrent creates of one id through several handles exactly one succeeds",
     [](Bench& bench) { creates_of_one_id(for_threads(bench, true)); },
     {Capability::several_handles}},
    {"no concurrent increment is lost", [](Bench& bench) { increments(for_threads(bench, false)); }},
    {"no concurrent increment through several handles is lost",
     [](Bench& bench) { increments(for_threads(bench, true)); },
     {Capability::several_handles}},
    {"of concurrent updates with the same if_unchanged_since exactly one succeeds",
     [](Bench& bench) { conditional_updates(for_threads(bench, false)); }},
    {"of concurrent updates with the same if_unchanged_since through several handles exactly one succeeds",
     [](Bench& bench) { conditional_updates(for_threads(bench, true)); },
     {Capability::several_handles}},
    {"no concurrent modify is lost",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       together(thread_count, [&](std::size_t i) {
         for (int n = 0; n < 15; ++n) {
           tracks.modify(made.id, [&](Track& track) {
             ++track.plays;
             track.tags.push_back(std::to_string(i));
           });
         }
       });
       const Track stored = tracks.get(made.id).value;
       expect_equal(stored.plays, 60, "plays after 4 times 15 modifications");
       expect_equal(stored.tags.size(), 60, "the number of tags");
     }},
    {"concurrent updates of different attributes are both kept",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       together(2, [&](std::size_t i) {
         for (int n = 1; n <= 40; ++n) {
           const auto patch = i == 0 ? Patch<Track>{}.set<&Track::plays>(n) : Patch<Track>{}.set<&Track::score>(n);
           tracks.update(made.id, patch);
         }
       });
       const Track stored = tracks.get(made.id).value;
       expect(stored.plays == 40 && stored.score == 40, "one of two concurrent updates was lost");
     }},
    {"of concurrent creates with one unique value exactly one succeeds",
     [](Bench& bench) {
       const auto seats = bench.records<Seat>();
       for (int round = 0; round < 20; ++round) {
         std::atomic<int> winners = 0;
         together(thread_count, [&](std::size_t) {
           if (won(Errc::already_exists, [&] { return seats.create({.row = round, .number = 1}); })) ++winners;
         });
         expect_equal(winners.load(), 1, "the number of successful creates of one unique value");
       }
       expect_equal(seats.count(), 20, "the number of records");
     },
     {Capability::unique}},
    {"an update to a unique value that another record gives up concurrently succeeds or is already_exists",
     [](Bench& bench) {
       const auto seats = bench.records<Seat>();
       std::vector<Id<Seat>> own;
       for (std::size_t i = 0; i < thread_count; ++i)
         own.push_back(seats.create({.row = static_cast<std::int64_t>(i), .number = 1}).id);
       together(thread_count, [&](std::size_t i) {
         for (int round = 0; round < 15; ++round) {
           const Patch<Seat> patch = Patch<Seat>{}.set<&Seat::code>("code " + std::to_string(round));
           static_cast<void>(won(Errc::already_exists, [&] { return seats.update(own[i], patch); }));
         }
       });
       std::set<std::string> codes;
       for (const Id<Seat>& id : own) {
         const std::optional<std::string> code = seats.get(id).value.code;
         expect(!code || codes.insert(*code).second, "two records have one unique value");
       }
     },
     {Capability::unique}},
    {"of concurrent removals of one record exactly one returns true",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (int round = 0; round < 20; ++round) {
         const auto made = tracks.create({.title = "a"});
         std::atomic<int> winners = 0;
         together(thread_count, [&](std::size_t) { winners += tracks.remove(made.id) ? 1 : 0; });
         expect_equal(winners.load(), 1, "the number of removals of one record that return true");
       }
     }},
    {"concurrent upserts of one id store one record",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (int round = 0; round < 15; ++round) {
         const Id<Track> id{"race" + std::to_string(round)};
         together(thread_count, [&](std::size_t i) { tracks.upsert(id, {.title = std::to_string(i)}); });
         expect_equal(tracks.count(), round + 1, "the number of records");
       }
     }},
    {"concurrent creates all succeed, and each record has a different sequence",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       together(thread_count, [&](std::size_t i) {
         for (int n = 0; n < 30; ++n) tracks.create({.title = std::to_string(i) + "-" + std::to_string(n)});
       });
       std::map<std::int64_t, int> sequences;
       std::map<std::string, int> titles;
       for (const auto& track : tracks.list(Query<Track>{}.limit(1'000)).records) {
         ++sequences[track.sequence];
         ++titles[track.value.title];
       }
       expect_equal(sequences.size(), 120, "the number of sequences");
       expect_equal(titles.size(), 120, "the number of titles");
     }},
    {"a reader sees every unchanged record exactly once during concurrent writes",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (int i = 0; i < 60; ++i) tracks.create({.title = "still" + std::to_string(i), .plays = 100 + i % 5});
       std::atomic<bool> reading = true;
       together(2, [&](std::size_t i) {
         if (i == 1) {
           for (int n = 0; reading && n < 2'000; ++n) {
             const auto made = tracks.create({.title = "moving", .plays = n % 200});
             tracks.update(made.id, Patch<Track>{}.set<&Track::plays>((n + 100) % 200));
             tracks.remove(made.id);
           }
           return;
         }
         for (int round = 0; round < 5; ++round) {
           std::map<std::string, int> times;
           for (const auto& track : tracks.all(Query<Track>{}.order_by<&Track::plays>().limit(7)))
             if (track.value.title != "moving") ++times[track.value.title];
           const bool complete = times.size() == 60;
           for (const auto& [title, n] : times) {
             if (n != 1 || !complete) reading = false;
             expect_equal(n, 1, "how often " + title + " came");
           }
           if (!complete) reading = false;
           expect_equal(times.size(), 60, "the number of unchanged records");
         }
         reading = false;
       });
     }},
    {"concurrent setups of one collection create one collection",
     [](Bench& bench) {
       AnyStore& store = bench.store();
       together(thread_count, [&](std::size_t i) {
         const auto tracks = Bench::records<Track>(store);
         tracks.create({.title = std::to_string(i)});
       });
       expect_equal(bench.records<Track>().count(), 4, "the number of records");
     }},
};

inline constexpr Area concurrency_area{"concurrency", concurrency_rules, {Capability::records}};

}  // namespace reel::testing::rules
