#pragma once

#include <chrono>
#include <vector>

#include <reel/driver/change.hpp>
#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>
#include <reel/testing/samples.hpp>

namespace reel::testing::rules {

[[nodiscard]] inline Timestamp day(int number) { return Timestamp{std::chrono::days{number}}; }

/// Creates a record dated at the latest time that the store accepts: `latest_timestamp`, or the start of its second if
/// the store refuses that as `invalid`.
template <class Tracks>
[[nodiscard]] auto record_at_end_of_time(const Tracks& tracks) {
  const CreateOptions<Track> last{.created_at = day(1000), .updated_at = latest_timestamp};
  try {
    return tracks.create({.title = "a"}, last);
  } catch (const Error& error) {
    if (error.code() == Errc::unsupported) throw;  // by a store that keeps no given times
    expect_equal(error.code(), Errc::invalid, "the error of a store that does not hold the latest time");
    return tracks.create({.title = "a"},
                         {.created_at = day(1000), .updated_at = floor<std::chrono::seconds>(latest_timestamp)});
  }
}

inline constexpr Rule time_rules[] = {
    {"a new record has equal created_at and updated_at",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       expect_equal(made.created_at, made.updated_at, "created_at");
       expect(made.created_at > day(365 * 50), "the store's time is " + show(made.created_at));
       expect_equal(tracks.get(made.id).created_at, made.created_at, "created_at when read back");
     }},
    {"given times of a new record are stored with millisecond precision",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const Timestamp born{std::chrono::milliseconds{1'234'567'890'123}},
           changed{std::chrono::milliseconds{1'500'000'000'001}};
       const auto made = tracks.create({.title = "a"}, {.created_at = born, .updated_at = changed});
       for (const auto& record : {made, tracks.get(made.id), tracks.list().records.at(0)}) {
         expect_equal(record.created_at, born, "created_at");
         expect_equal(record.updated_at, changed, "updated_at");
       }
     },
     {Capability::keeps_times}},
    {"given times of new records in bulk are stored",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       tracks.create_many(std::vector<Draft<Track>>{
           {.value = {.title = "a"}, .options = {.created_at = day(1000), .updated_at = day(2000)}}});
       const auto stored = tracks.list().records.at(0);
       expect_equal(stored.created_at, day(1000), "created_at");
       expect_equal(stored.updated_at, day(2000), "updated_at");
     },
     {Capability::keeps_times}},
    {"an update of a record with given times keeps created_at and advances updated_at",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto old = tracks.create({.title = "a"}, {.created_at = day(1000), .updated_at = day(2000)});
       const auto now = tracks.update(old.id, Patch<Track>{}.set<&Track::plays>(1));
       expect_equal(now.created_at, old.created_at, "created_at");
       expect(now.updated_at > day(365 * 50), "updated_at is not the store's time: " + show(now.updated_at));
     },
     {Capability::keeps_times}},
    {"updated_at advances even from a time in the future",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"}, {.created_at = day(365 * 200), .updated_at = day(365 * 200)});
       const auto now = tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(1));
       expect(now.updated_at > made.updated_at, "updated_at went back to " + show(now.updated_at));
       expect_error(
           Errc::conflict,
           [&] { return tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(2), {made.updated_at}); },
           "a stale update");
     },
     {Capability::keeps_times}},
    {"a record at the latest possible time can only be changed together with an earlier time",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto last = record_at_end_of_time(tracks);
       const auto rename = Patch<Track>{}.set<&Track::title>("b");
       expect_error(
           Errc::invalid, [&] { return tracks.update(last.id, rename); }, "an update");
       expect_error(
           Errc::invalid, [&] { return tracks.update(last.id, rename, {last.updated_at}); }, "a guarded update");
       expect_error(
           Errc::conflict, [&] { return tracks.update(last.id, rename, {day(1000)}); }, "a stale update");
       expect_error(
           Errc::invalid,
           [&] {
             tracks.modify(last.id, [](Track& track) { ++track.plays; });
             return 0;
           },
           "a modification");
       expect(tracks.get(last.id) == last, "a refused change is stored");
       expect(tracks.update(last.id, Patch<Track>{}.set<&Track::title>("a")) == last, "a change of nothing is refused");
       bench.store().update(schema_of<Track>(), last.id.str(),
                            driver::Change{.values = {{0, driver::Value{"b"}}}, .updated_at = day(2000)});
       expect(tracks.update(last.id, Patch<Track>{}.set<&Track::title>("c")).updated_at > day(2000),
              "the record does not change once its time is earlier");
     },
     {Capability::keeps_times}},
    {"a record at the latest possible time can be removed, and its id is free",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto last = record_at_end_of_time(tracks);
       expect(tracks.remove(last.id, {last.updated_at}), "a guarded removal finds no record");
       const auto made = tracks.create({.title = "b"}, {.id = last.id});
       expect(tracks.update(made.id, Patch<Track>{}.set<&Track::title>("c")).updated_at > made.updated_at,
              "updated_at does not advance");
     },
     {Capability::keeps_times}},
    {"a record dated in the future can be removed, with a condition too",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const CreateOptions<Track> dated{.created_at = day(1000), .updated_at = day(365 * 200)};
       const auto first = tracks.create({.title = "a"}, dated);
       const auto second = tracks.create({.title = "b"}, dated);
       expect(tracks.remove(first.id), "a removal finds no record");
       expect_error(
           Errc::conflict, [&] { return tracks.remove(second.id, {day(2000)}); }, "a stale removal");
       expect(tracks.remove(second.id, {second.updated_at}), "a guarded removal finds no record");
       expect_equal(tracks.count(), 0, "the number of records");
     },
     {Capability::keeps_times}},
    {"an update can set both times, so that copies keep them",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"});
       bench.store().update(
           schema_of<Track>(), made.id.str(),
           driver::Change{.values = {{0, driver::Value{"b"}}}, .created_at = day(1000), .updated_at = day(2000)});
       const auto stored = tracks.get(made.id);
       expect_equal(stored.value.title, "b", "the title");
       expect_equal(stored.created_at, day(1000), "created_at");
       expect_equal(stored.updated_at, day(2000), "updated_at");
     },
     {Capability::keeps_times}},
    {"a given time outside the years 1000 to 9999 is invalid",
     [](Bench& bench) {
       const auto tracks = bench.records<Track>();
       const Timestamp late = latest_timestamp + std::chrono::milliseconds{1};
       expect_error(
           Errc::invalid, [&] { return tracks.create({.title = "a"}, {.created_at = late}); }, "a late created_at");
       expect_error(
           Errc::invalid,
           [&] {
             return tracks.create({.title = "a"}, {.updated_at = earliest_timestamp - std::chrono::milliseconds{1}});
           },
           "an early updated_at");
       expect_equal(tracks.count(), 0, "the number of records");
     }},
};

inline constexpr Area times_area{"times", time_rules, {Capability::records}};

}  // namespace reel::testing::rules
