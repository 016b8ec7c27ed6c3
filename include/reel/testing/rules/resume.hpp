#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/rules/bulk.hpp>
#include <reel/testing/rules/watched_tracks.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/watcher.hpp>

namespace reel::testing::rules {

/// Whether the kept history or a snapshot must follow a token.
[[nodiscard]] inline bool keeps_history(Bench& bench) { return bench.manifest().offers(Capability::change_history); }

/// Whether a watch after a token must start with a reset.
enum class Reset {
  never,      ///< the history is kept
  permitted,  ///< the store keeps no history
  required,   ///< the history after the token is gone
};
/// For a token of a moment ago.
[[nodiscard]] inline Reset recent_reset(Bench& bench) { return keeps_history(bench) ? Reset::never : Reset::permitted; }

/// Expects that a watch after the last token of `known` arrives at the present records, starting from `known`.
inline void expect_resumes(const Records<Track>& tracks, const Query<Track>& query,
                           const std::vector<Change<Track>>& known, Reset reset) {
  const ResumeToken token = ResumeToken::parse(known.back().token.str());
  const Watcher<Track> watcher(tracks, query, watch_options(token));
  const auto present = WatchedCopy<Track>::of(tracks, query);
  const auto is_reset = [](const std::vector<Change<Track>>& events) {
    return !events.empty() && events.front().kind == ChangeKind::reset;
  };
  watcher.wait_until(
      [&](const auto& events) {
        WatchedCopy<Track> copy;
        for (const Change<Track>& change : known) copy.apply(change);
        for (const Change<Track>& change : events) copy.apply(change);
        return copy.records() == present && (reset != Reset::required || is_reset(events));
      },
      "the present records after a resume");
  expect(reset != Reset::never || !is_reset(watcher.events()), "the history after a recent token is gone");
}

/// Expects the same after each event from number `first` on, counted from 1.
inline void expect_resumes_after_each(Bench& bench, const Records<Track>& tracks,
                                      const std::vector<Change<Track>>& events, std::size_t first) {
  for (std::size_t n = first; n <= events.size(); ++n)
    expect_resumes(tracks, played(), {events.begin(), events.begin() + static_cast<std::ptrdiff_t>(n)},
                   recent_reset(bench));
}

inline constexpr Rule resume_rules[] = {
    {"a watch continues after the token of any event, of the snapshot too",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (const char* name : {"a", "b", "c"}) create_track(tracks, name, 1);
       std::vector<Change<Track>> events;
       {
         Watcher<Track> watcher(tracks, played());
         for (const char* text : {"present a", "present b", "present c", "bookmark"}) watcher.expect_next(text);
         set_plays(tracks, "a", 0);
         watcher.expect_next("left a");
         create_track(tracks, "d", 4);
         watcher.expect_next("entered d");
         tracks.remove(Id<Track>{"b"});
         watcher.expect_next("removed b");
         set_plays(tracks, "c", 2);
         watcher.expect_next("changed c");
         events = watcher.events();
       }
       expect_resumes_after_each(bench, tracks, events, 1);
     }},
    {"a watch that was away learns what was created, changed and removed meanwhile",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (const char* name : {"kept", "changed", "removed", "leaving"}) create_track(tracks, name, 1);
       std::vector<Change<Track>> events;
       {
         Watcher<Track> watcher(tracks, played());
         for (const char* name : {"kept", "changed", "removed", "leaving"})
           watcher.expect_next(std::string("present ") + name);
         watcher.expect_next("bookmark");
         events = watcher.events();
       }
       set_plays(tracks, "changed", 2);
       tracks.remove(Id<Track>{"removed"});
       set_plays(tracks, "leaving", 0);
       create_track(tracks, "new", 1);
       expect_resumes(tracks, played(), events, recent_reset(bench));
     }},
    {"a watch that stopped within a batch learns that records of the batch were removed",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       std::vector<Change<Track>> events;
       {
         Watcher<Track> watcher(tracks, played());
         watcher.expect_next("bookmark");
         std::vector<Draft<Track>> batch = drafts({"a", "b", "c"});
         for (Draft<Track>& draft : batch) draft.value.plays = 1;
         tracks.create_many(std::move(batch));
         watcher.wait_until([](const auto& all) { return all.size() == 4; }, "the records of the batch");
         events = watcher.events();
       }
       tracks.remove(Id<Track>{events[1].id});
       tracks.remove(Id<Track>{events[2].id});
       expect_resumes_after_each(bench, tracks, events, 2);
     }},
    {"a token of before a restart is valid after it",
     [](Bench& bench) {
       std::vector<Change<Track>> events;
       {
         const auto tracks = bench.records<Track>();
         create_track(tracks, "a", 1);
         create_track(tracks, "b", 1);
         Watcher<Track> watcher(tracks, played());
         for (const char* text : {"present a", "present b", "bookmark"}) watcher.expect_next(text);
         events = watcher.events();
         tracks.remove(Id<Track>{"a"});
       }
       bench.restart();
       const auto tracks = bench.records<Track>();
       create_track(tracks, "c", 1);
       expect_resumes(tracks, played(), events, recent_reset(bench));
     },
     {Capability::restart}},
    {"a token that is older than the history is answered by a reset and a snapshot",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       for (const char* name : {"a", "removed"}) create_track(tracks, name, 1);
       std::vector<Change<Track>> events;
       {
         Watcher<Track> watcher(tracks, played());
         for (const char* text : {"present a", "present removed", "bookmark"}) watcher.expect_next(text);
         events = watcher.events();
       }
       tracks.remove(Id<Track>{"removed"});
       // More than a store keeps, in number and in bytes.
       const int rounds = keeps_history(bench) ? 140 : 1, size = keeps_history(bench) ? 500 : 10;
       for (int i = 0; i < rounds; ++i) {
         std::vector<Update<Track>> updates;
         for (int k = 0; k < size; ++k)
           updates.push_back({.id = Id<Track>{"a"}, .patch = Patch<Track>{}.set<&Track::plays>(2 + k % 2 + i)});
         tracks.update_many(std::move(updates));
       }
       bench.restart_if_possible();
       expect_resumes(bench.records<Track>(), played(), events, Reset::required);
     }},
    {"a resume token of another collection, of other conditions or of another store, or a damaged one, is invalid",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto planets = bench.records<Planet>();
       Watcher<Track> watcher(tracks, played());
       watcher.expect_next("bookmark");
       const ResumeToken token = watcher.last().token;
       const auto refused = [&](const auto& records, const auto& query, const ResumeToken& given, const char* what) {
         expect_error(
             Errc::invalid, [&] { return records.watch(query, watch_options(given)).begin(); }, what);
       };
       refused(planets, Query<Planet>{}, token, "a token of another collection");
       refused(tracks, Query<Track>{}, token, "a token of other conditions");
       const std::string text = token.str();
       for (const std::string& damaged : {std::string(), std::string("nonsense"), text.substr(0, text.size() - 1),
                                          "x" + text, text + ".1", "reel2" + text.substr(5)})
         expect_error(
             Errc::invalid, [&] { return ResumeToken::parse(damaged); }, "the token '" + damaged + "'");
       const auto others = Bench::records<Track>(bench.another_store());
       if (keeps_history(bench)) {
         refused(others, played(), token, "a token of another store");
         return;
       }
       // A store without history may be unable to recognize it, and starts again.
       try {
         expect_equal(show_change(*others.watch(played(), watch_options(token)).begin()), "reset",
                      "the first event after a token of another store");
       } catch (const Error& error) {
         expect(error.code() == Errc::invalid, "a token of another store is refused with another error than invalid");
       }
     }},
};

inline constexpr Area resume_area{"resume", resume_rules, {Capability::records}};

}  // namespace reel::testing::rules
