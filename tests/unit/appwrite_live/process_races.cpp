#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/repository.hpp>
#include <reel/testing/samples.hpp>

#include "support/catch.hpp"
#include "support/emulator_process.hpp"
#include "support/filesystem/child.hpp"

// Concurrent writers in separate programs, on a server that simulates the races of a real one. No lock of a process
// orders them, only the server's check of the record's version.

namespace process_races_tests {

using namespace reel;
using testing::Child;
using testing::Reading;
using testing::Seat;
using testing::Track;

constexpr int programs = 4;
constexpr int rounds = 20;
constexpr unsigned patience = 120;  // seconds

reel::emulator::Config server_with_races() {
  reel::emulator::Config config;
  config.worker_delay = {};
  config.threads = programs + 2;
  config.races = 20261128;
  return config;
}

/// Makes programs wait until all may start: a pipe that receives one byte for each of them.
class Gate {
 public:
  Gate() { REQUIRE(::pipe(ends_) == 0); }
  ~Gate() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  void open() const {
    const std::string starts(programs, '.');
    REQUIRE(::write(ends_[1], starts.data(), starts.size()) == programs);
  }
  void wait() const {
    char start = 0;
    if (::read(ends_[0], &start, 1) != 1) ::_exit(9);
  }

 private:
  int ends_[2] = {-1, -1};
};

/// A server in a separate process, and programs that write one record.
struct Racecourse {
  Racecourse() {
    tracks.setup();
    seats.setup();
    readings.setup();
  }

  [[nodiscard]] AppwriteConfig config() const {
    AppwriteConfig config;
    config.endpoint = server.url();
    config.project = "project";
    config.key = ApiKey("secret");
    config.retry.first_wait = std::chrono::milliseconds{1};
    config.writers = Writers::many;
    return config;
  }

  /// Runs `action(store, program)` in each program with its own handle, while another program reads the record by its
  /// id. Returns the results.
  template <class F>
  std::vector<std::string> race(const std::string& collection, const std::string& id, F action) const {
    const Gate gate;
    const Child reader([&](const Child::Pipe&) { read_forever(collection, id); });
    std::vector<Child> racing;
    for (int i = 0; i < programs; ++i) {
      racing.emplace_back([&, i](const Child::Pipe& pipe) {
        ::alarm(patience);
        Appwrite own(config());
        static_cast<void>(own.client().version());
        pipe.write(".");
        gate.wait();
        pipe.write(action(own, i));
      });
    }
    for (const Child& program : racing) REQUIRE(program.read(1) == ".");
    gate.open();
    std::vector<std::string> results;
    for (Child& program : racing) {
      results.push_back(program.read());
      REQUIRE(program.wait());
    }
    return results;
  }

  [[noreturn]] void read_forever(const std::string& collection, const std::string& id) const {
    ::alarm(patience);
    const Appwrite own(config());
    const std::string path = "/databases/video_metadata/collections/" + collection + "/documents/" + id;
    for (;;) {
      try {
        static_cast<void>(own.client().call({.request = {.path = path}}));
      } catch (const Error& error) {
        if (error.code() != Errc::not_found) throw;
      }
    }
  }

  testing::EmulatorProcess server{server_with_races(), "project", "secret"};
  Appwrite store{config()};
  Repository<Track, Appwrite> tracks{store};
  Repository<Seat, Appwrite> seats{store};
  Repository<Reading, Appwrite> readings{store};
};

/// Returns "won" unless `action` threw a conflict or returned false.
template <class F>
std::string result_of(F action) {
  try {
    return action() ? "won" : "lost";
  } catch (const Error& error) {
    if (error.code() != Errc::conflict) throw;
    return "lost";
  }
}

std::vector<std::int64_t> numbers_in(const std::vector<std::string>& results) {
  std::vector<std::int64_t> numbers;
  for (const std::string& result : results) {
    std::istringstream words(result);
    for (std::int64_t number = 0; words >> number;) numbers.push_back(number);
  }
  return numbers;
}

/// Returns the results of 40 increments in each program.
template <auto Member, class T>
std::vector<std::int64_t> sums_of_increments(const Racecourse& course, const std::string& collection, const Id<T>& id) {
  return numbers_in(course.race(collection, id.str(), [&](Appwrite& own, int) {
    const Repository<T, Appwrite> records{own};
    std::string sums;
    for (int n = 0; n < 40; ++n) {
      const T value = records.template increment<Member>(id, 1).value;
      const std::optional<std::int64_t> sum = value.*Member;
      sums += std::to_string(sum.value()) + " ";
    }
    return sums;
  }));
}

TEST_CASE("160 increments by four programs within a range add up, and each returns its own result",
          "[appwrite][processes]") {
  const Racecourse course;
  const auto track = course.tracks.create({.title = "a"});
  const auto sums = sums_of_increments<&Track::plays>(course, "tracks", track.id);
  CHECK(course.tracks.get(track.id).value.plays == 160);
  CHECK(sums.size() == 160);
  CHECK(std::set(sums.begin(), sums.end()).size() == 160);
}

TEST_CASE("160 increments by four programs without a range add up", "[appwrite][processes]") {
  const Racecourse course;
  const auto reading = course.readings.create({.name = "a"});
  static_cast<void>(sums_of_increments<&Reading::level>(course, "readings", reading.id));
  CHECK(course.readings.get(reading.id).value.level == 160);
}

TEST_CASE("40 modifications by four programs add up", "[appwrite][processes]") {
  const Racecourse course;
  const auto track = course.tracks.create({.title = "a"});
  course.race("tracks", track.id.str(), [&](Appwrite& own, int program) {
    const Repository<Track, Appwrite> tracks{own};
    for (int n = 0; n < 10; ++n) {
      tracks.modify(track.id, [&](Track& one) {
        ++one.plays;
        one.tags.push_back(std::to_string(program));
      });
    }
    return std::string("done");
  });
  const Track stored = course.tracks.get(track.id).value;
  CHECK(stored.plays == 40);
  CHECK(stored.tags.size() == 40);
}

TEST_CASE("of updates by four programs with the same if_unchanged_since exactly one succeeds",
          "[appwrite][processes]") {
  const Racecourse course;
  const auto track = course.tracks.create({.title = "a"});
  for (int round = 1; round <= rounds; ++round) {
    CAPTURE(round);
    const auto seen = course.tracks.get(track.id);
    const auto results = course.race("tracks", track.id.str(), [&](Appwrite& own, int program) {
      const auto patch = Patch<Track>{}.set<&Track::plays>(seen.value.plays + 1 + program);
      return result_of([&] {
        Repository<Track, Appwrite>{own}.update(track.id, patch, {seen.updated_at});
        return true;
      });
    });
    REQUIRE(std::count(results.begin(), results.end(), "won") == 1);
    const auto winner = std::find(results.begin(), results.end(), "won") - results.begin();
    CHECK(course.tracks.get(track.id).value.plays == seen.value.plays + 1 + winner);
  }
}

TEST_CASE("of removals of one record by four programs exactly one returns true", "[appwrite][processes]") {
  const Racecourse course;
  for (int round = 0; round < rounds; ++round) {
    CAPTURE(round);
    const auto seat = course.seats.create({.row = round});
    const auto results = course.race("seats", seat.id.str(), [&](Appwrite& own, int program) {
      UpdateOptions options;
      if (round % 2 == 1 && program % 2 == 1) options.if_unchanged_since = seat.updated_at;
      return result_of([&] { return Repository<Seat, Appwrite>{own}.remove(seat.id, options); });
    });
    CHECK(std::count(results.begin(), results.end(), "won") == 1);
    CHECK_FALSE(course.seats.exists(seat.id));
  }
}

TEST_CASE("programs that write different attributes keep each other's values and read their own",
          "[appwrite][processes]") {
  const Racecourse course;
  const auto seat = course.seats.create({.row = 0});
  const auto stale = numbers_in(course.race("seats", seat.id.str(), [&](Appwrite& own, int program) {
    const Repository<Seat, Appwrite> seats{own};
    int others = 0;
    for (int n = 1; n <= 15; ++n) {
      if (program == 0) {
        seats.update(seat.id, Patch<Seat>{}.set<&Seat::row>(n));
        others += seats.get(seat.id).value.row == n ? 0 : 1;
      } else if (program == 1) {
        seats.update(seat.id, Patch<Seat>{}.set<&Seat::number>(n));
        others += seats.get(seat.id).value.number == n ? 0 : 1;
      } else {
        static_cast<void>(seats.get(seat.id));
      }
    }
    return std::to_string(others);
  }));
  CHECK(stale == std::vector<std::int64_t>(programs, 0));
  CHECK(course.seats.get(seat.id).value.row == 15);
  CHECK(course.seats.get(seat.id).value.number == 15);
}

}  // namespace process_races_tests
