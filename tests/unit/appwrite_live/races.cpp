#include "support/catch.hpp"

#include <atomic>
#include <thread>

#include <reel/repository.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/together.hpp>

#include "support/appwrite_local.hpp"

// Concurrent threads on a server that simulates the races of a real one: it reads single records from an outdated
// cache, writes whole rows from it, and compares times and bounds with it. See process_races.cpp for separate programs.

namespace races_tests {

using namespace reel;
using appwrite_local::Method;
using appwrite_local::Server;
using nlohmann::json;
using testing::Reading;
using testing::Seat;
using testing::together;
using testing::Track;

constexpr std::size_t writers = 4;

/// Tracks and seats on a server with races, and a reader that keeps filling its cache.
struct Racecourse {
  Racecourse() {
    tracks.setup();
    seats.setup();
    readings.setup();
  }
  /// Runs `action(writer)` in each writer, while the record is read by its id.
  template <class F>
  void race(const std::string& collection, const std::string& id, F&& action) {
    std::atomic<bool> racing = true;
    const std::jthread reader([&] {
      while (racing)
        server.ask(Method::get, "/databases/video_metadata/collections/" + collection + "/documents/" + id);
    });
    testing::while_running(racing, [&] { together(writers, std::forward<F>(action)); });
  }
  /// Returns the number of transactions that were not committed.
  [[nodiscard]] std::size_t transactions_left() {
    std::size_t left = 0;
    for (const json& one : server.ask(Method::get, "/databases/transactions").at("transactions"))
      left += one.at("status") == "committed" ? 0 : 1;
    return left;
  }

  Server server{"1.8.1", {}, 20261128};
  Appwrite store = server.store();
  Repository<Track, Appwrite> tracks{store};
  Repository<Seat, Appwrite> seats{store};
  Repository<Reading, Appwrite> readings{store};
};

/// Returns true if the action succeeded, false for a conflict.
template <class F>
bool won(F&& action) {
  try {
    static_cast<void>(action());
    return true;
  } catch (const Error& error) {
    if (error.code() != Errc::conflict) throw;
    return false;
  }
}

TEST_CASE("160 concurrent increments add up, with and without a range", "[appwrite]") {
  Racecourse course;
  const auto track = course.tracks.create({.title = "a"});
  course.race("tracks", track.id.str(), [&](std::size_t) {
    for (int n = 0; n < 40; ++n) course.tracks.increment<&Track::plays>(track.id, 1);
  });
  CHECK(course.tracks.get(track.id).value.plays == 160);
  const auto reading = course.readings.create({.name = "a"});
  course.race("readings", reading.id.str(), [&](std::size_t) {
    for (int n = 0; n < 40; ++n) course.readings.increment<&Reading::level>(reading.id, 1);
  });
  CHECK(course.readings.get(reading.id).value.level == 160);
  CHECK(course.transactions_left() == 0);
}

TEST_CASE("60 concurrent modifications add up", "[appwrite]") {
  Racecourse course;
  const auto track = course.tracks.create({.title = "a"});
  course.race("tracks", track.id.str(), [&](std::size_t i) {
    for (int n = 0; n < 15; ++n) {
      course.tracks.modify(track.id, [&](Track& one) {
        ++one.plays;
        one.tags.push_back(std::to_string(i));
      });
    }
  });
  const Track stored = course.tracks.get(track.id).value;
  CHECK(stored.plays == 60);
  CHECK(stored.tags.size() == 60);
}

TEST_CASE("of concurrent updates with the same if_unchanged_since exactly one succeeds", "[appwrite]") {
  Racecourse course;
  const auto track = course.tracks.create({.title = "a"});
  for (int round = 1; round <= 15; ++round) {
    const auto seen = course.tracks.get(track.id);
    std::atomic<int> winners = 0;
    course.race("tracks", track.id.str(), [&](std::size_t) {
      const auto patch = Patch<Track>{}.set<&Track::plays>(seen.value.plays + 1);
      if (won([&] { return course.tracks.update(track.id, patch, {seen.updated_at}); })) ++winners;
    });
    CHECK(winners == 1);
    CHECK(course.tracks.get(track.id).value.plays == round);
  }
}

TEST_CASE("writers of different attributes keep each other's values and read their own", "[appwrite]") {
  Racecourse course;
  const auto seat = course.seats.create({.row = 0});
  std::atomic<int> stale = 0;
  course.race("seats", seat.id.str(), [&](std::size_t i) {
    for (int n = 1; n <= 15; ++n) {
      if (i == 0) {
        course.seats.update(seat.id, Patch<Seat>{}.set<&Seat::row>(n));
        if (course.seats.get(seat.id).value.row != n) ++stale;
      } else if (i == 1) {
        course.seats.update(seat.id, Patch<Seat>{}.set<&Seat::number>(n));
        if (course.seats.get(seat.id).value.number != n) ++stale;
      } else {
        static_cast<void>(course.seats.get(seat.id));
      }
    }
  });
  CHECK(stale == 0);
  CHECK(course.seats.get(seat.id).value.row == 15);
  CHECK(course.seats.get(seat.id).value.number == 15);
}

TEST_CASE("of concurrent removals of one record exactly one returns true", "[appwrite]") {
  Racecourse course;
  for (int round = 0; round < 15; ++round) {
    const auto seat = course.seats.create({.row = round});
    std::atomic<int> removed = 0;
    course.race("seats", seat.id.str(), [&](std::size_t i) {
      const UpdateOptions options = i % 2 == 0 ? UpdateOptions{} : UpdateOptions{.if_unchanged_since = seat.updated_at};
      if (won([&] { return course.seats.remove(seat.id, options) ? 0 : throw Error(Errc::conflict, "not there"); }))
        ++removed;
    });
    CHECK(removed == 1);
    CHECK_FALSE(course.seats.exists(seat.id));
  }
  CHECK(course.transactions_left() == 0);
}

TEST_CASE("a single writing program loses nothing between its threads and handles", "[appwrite]") {
  Racecourse course;
  AppwriteConfig alone = course.server.config();
  alone.writers = Writers::one;
  const auto seat = course.seats.create({.row = 0});
  std::atomic<int> removed = 0;
  together(writers, [&](std::size_t) {
    Appwrite store = course.server.store(alone);
    const Repository<Seat, Appwrite> seats{store};
    for (int n = 0; n < 15; ++n) {
      seats.increment<&Seat::row>(seat.id, 1);
      seats.modify(seat.id, [](Seat& one) { one.number = one.number.value_or(0) + 1; });
    }
  });
  CHECK(course.seats.get(seat.id).value.row == 60);
  CHECK(course.seats.get(seat.id).value.number == 60);
  together(writers, [&](std::size_t) {
    Appwrite store = course.server.store(alone);
    removed += Repository<Seat, Appwrite>{store}.remove(seat.id) ? 1 : 0;
  });
  CHECK(removed == 1);
}

}  // namespace races_tests
