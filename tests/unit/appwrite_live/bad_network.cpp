#include <emulator/http/http_server.hpp>
#include <emulator/server/knobs.hpp>
#include <reel/backends/appwrite.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/curl_transport.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include <reel/repository.hpp>

#include "support/appwrite_local.hpp"
#include "support/catch.hpp"
#include "unit/appwrite_live/faulty.hpp"

namespace bad_network {

struct Song {
  std::string title;
  std::int64_t plays = 0;

  bool operator==(const Song&) const = default;
};

}  // namespace bad_network

template <>
struct reel::Schema<bad_network::Song> {
  using S = bad_network::Song;
  static constexpr auto collection =
      reel::collection("songs", "Songs", reel::attribute("title", &S::title, reel::max_length(100)),
                       reel::attribute("plays", &S::plays), reel::unique("by_title", &S::title));
};

namespace bad_network {

using Songs = reel::Repository<Song, reel::Appwrite>;
using SongId = reel::Id<Song>;

/// Runs operations on a faulty network and compares each result with a map, and with the stored records where the
/// outcome is unknown.
class Run {
 public:
  explicit Run(std::uint64_t seed) : chance_(seed) {
    calm_.setup();
    config_.retry.max_attempts = 5;
  }

  /// Without sockets, so that the faults depend on the seed alone.
  void spoil_in_process(std::uint64_t seed) {
    spoil_with(reel::appwrite::AnyTransport(
        Faulty(reel::appwrite::AnyTransport(server_.shared_transport()), clock_, counts, seed)));
  }
  /// Over sockets; the server causes the faults.
  void spoil_at_the_server(std::uint64_t seed) {
    http_.emplace(server_.app(), "127.0.0.1", 0, 1);
    config_.endpoint = "http://127.0.0.1:" + std::to_string(http_->port()) + "/v1";
    server_.app().knobs().seed(seed);
    spoil_with(reel::appwrite::AnyTransport(std::make_shared<reel::appwrite::CurlTransport>(config_)));
  }
  [[nodiscard]] std::int64_t hits() { return server_.app().knobs().hits(); }

  void step() {
    const SongId id("s" + std::to_string(chance_() % 120));
    const Song song{"title " + std::to_string(chance_() % 200), static_cast<std::int64_t>(chance_() % 1000)};
    switch (chance_() % 10) {
      case 0:
      case 1:
      case 2:
        return create(id, song);
      case 3:
      case 4:
        return update(id, song);
      case 5:
        return update_if_unchanged(id, song);
      case 6:
        return increment(id);
      case 7:
        return remove(id);
      case 8:
        return upsert(id, song);
      default:
        return find(id);
    }
  }

  /// Expects that the stored records equal those of the map.
  void compare() {
    std::map<std::string, Song> stored;
    int records = 0;
    for (const reel::Record<Song>& record : calm_.all(reel::Query<Song>{}.limit(100))) {
      stored.emplace(record.id.str(), record.value);
      ++records;
    }
    REQUIRE(stored == expected_);
    REQUIRE(records == static_cast<int>(expected_.size()));
    REQUIRE(calm_.count(reel::Query<Song>{}) == records);
  }

  FaultCounts counts{};
  int acknowledged = 0, unsure = 0;

 private:
  using State = std::optional<Song>;

  void spoil_with(reel::appwrite::AnyTransport transport) {
    spoilt_store_.emplace(reel::appwrite::Client(config_, std::move(transport), clock_));
    spoilt_.emplace(*spoilt_store_);
  }

  /// Makes the server cause faults on its sockets during the lifetime of the object.
  struct Spoiling {
    explicit Spoiling(Run& given) : run(given) {
      if (!run.http_) return;
      using reel::emulator::FaultKind;
      const auto add = [&](reel::emulator::Fault fault) {
        run.server_.app().knobs().add({.fault = std::move(fault), .times = 0, .chance = 0.05});
      };
      add({.kind = FaultKind::drop_before});
      add({.kind = FaultKind::drop_after});
      add({.kind = FaultKind::half});
      add({.kind = FaultKind::html, .status = 502});
      add({.kind = FaultKind::refuse, .status = 503});
      add({.kind = FaultKind::refuse, .status = 429, .retry_after = std::chrono::seconds(2)});
      add({.kind = FaultKind::refuse, .status = 429, .reset_in = std::chrono::seconds(3)});
    }
    ~Spoiling() {
      if (run.http_) run.server_.app().knobs().clear();
    }
    Spoiling(const Spoiling&) = delete;
    Spoiling& operator=(const Spoiling&) = delete;
    Run& run;
  };

  [[nodiscard]] State state(const SongId& id) const {
    const auto found = expected_.find(id.str());
    return found == expected_.end() ? State{} : State(found->second);
  }
  void become(const SongId& id, const State& state) {
    if (state)
      expected_.insert_or_assign(id.str(), *state);
    else
      expected_.erase(id.str());
  }
  /// Returns whether another record has the title.
  [[nodiscard]] bool is_taken(const SongId& id, const std::string& title) const {
    return std::ranges::any_of(
        expected_, [&](const auto& entry) { return entry.second.title == title && entry.first != id.str(); });
  }

  /// Runs an operation that changes the record to `after` and returns it, or fails with `refusal`.
  template <class F>
  void attempt(const SongId& id, const State& after, std::optional<reel::Errc> refusal, F&& operation) {
    const State before = state(id);
    try {
      const State given = [&] {
        const Spoiling spoiling(*this);
        return State(operation());
      }();
      INFO("acknowledged " << id.str());
      REQUIRE_FALSE(refusal);
      REQUIRE(given == after);
      become(id, after);
      ++acknowledged;
    } catch (const reel::Error& error) {
      INFO(error.what());
      if (error.code() == refusal) return;
      REQUIRE((error.code() == reel::Errc::unavailable || error.code() == reel::Errc::timed_out ||
               error.code() == reel::Errc::rate_limited));
      const auto record = calm_.find(id);
      const State actual = record ? State(record->value) : State{};
      REQUIRE((actual == before || (!refusal && actual == after)));
      become(id, actual);
      clock_->skipped += error.context().retry_after.value_or(std::chrono::milliseconds{0});
      ++unsure;
    }
  }

  void create(const SongId& id, const Song& song) {
    const bool refused = state(id) || is_taken(id, song.title);
    attempt(id, song, refused ? std::optional(reel::Errc::already_exists) : std::nullopt,
            [&] { return spoilt_->create(song, {.id = id}).value; });
  }
  void update(const SongId& id, const Song& song) {
    attempt(id, song, refusal_of_change(id, song), [&] {
      const auto patch = reel::Patch<Song>{}.set<&Song::title>(song.title).set<&Song::plays>(song.plays);
      return spoilt_->update(id, patch).value;
    });
  }
  void update_if_unchanged(const SongId& id, const Song& song) {
    const auto record = calm_.find(id);
    if (!record) return;
    Song after = record->value;
    after.plays = song.plays;
    attempt(id, after, std::nullopt, [&] {
      const auto patch = reel::Patch<Song>{}.set<&Song::plays>(song.plays);
      return spoilt_->update(id, patch, {.if_unchanged_since = record->updated_at}).value;
    });
  }
  void increment(const SongId& id) {
    State after = state(id);
    if (after) ++after->plays;
    attempt(id, after, after ? std::nullopt : std::optional(reel::Errc::not_found),
            [&] { return spoilt_->increment<&Song::plays>(id, 1).value; });
  }
  void remove(const SongId& id) {
    const bool was_there = state(id).has_value();
    bool removed = was_there;
    attempt(id, std::nullopt, std::nullopt, [&] {
      removed = spoilt_->remove(id);
      return State{};
    });
    REQUIRE((removed || !was_there));  // after a lost response remove may return true for a missing record
  }
  void upsert(const SongId& id, const Song& song) {
    const bool refused = is_taken(id, song.title);
    attempt(id, song, refused ? std::optional(reel::Errc::already_exists) : std::nullopt,
            [&] { return spoilt_->upsert(id, song).value; });
  }
  void find(const SongId& id) {
    attempt(id, state(id), std::nullopt, [&] {
      const auto record = spoilt_->find(id);
      return record ? State(record->value) : State{};
    });
  }
  [[nodiscard]] std::optional<reel::Errc> refusal_of_change(const SongId& id, const Song& song) const {
    if (!state(id)) return reel::Errc::not_found;
    return is_taken(id, song.title) ? std::optional(reel::Errc::already_exists) : std::nullopt;
  }

  std::mt19937_64 chance_;
  appwrite_local::Server server_{};
  std::optional<reel::emulator::HttpServer> http_{};
  reel::AppwriteConfig config_ = server_.config();
  std::shared_ptr<SkippingClock> clock_ = std::make_shared<SkippingClock>();
  reel::Appwrite calm_store_ = server_.store();
  Songs calm_{calm_store_};
  std::optional<reel::Appwrite> spoilt_store_{};
  std::optional<Songs> spoilt_{};
  std::map<std::string, Song> expected_{};
};

TEST_CASE("every operation on a bad network completes exactly once", "[appwrite]") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Run run(seed);
    run.spoil_in_process(seed);
    for (int i = 1; i <= 2000; ++i) {
      INFO("seed " << seed << ", operation " << i);
      run.step();
      if (i % 500 == 0) run.compare();
    }
    CHECK(run.counts.hasty == 0);
    CHECK(run.counts.exchanges > 2000);
    CHECK(run.counts.lost_requests > 100);
    CHECK(run.counts.lost_answers > 100);
    CHECK(run.counts.delays > 50);
    CHECK(run.counts.refusals > 50);
    CHECK(run.counts.failures > 150);
    CHECK(run.acknowledged > 800);
    CHECK(run.unsure < 200);
  }
}

TEST_CASE("broken connections and proxies that answer for the server lose no record", "[appwrite]") {
  Run run(42);
  run.spoil_at_the_server(42);
  for (int i = 1; i <= 1000; ++i) {
    INFO("operation " << i);
    run.step();
    if (i % 250 == 0) run.compare();
  }
  CHECK(run.hits() > 300);
  CHECK(run.acknowledged > 400);
  CHECK(run.unsure < 100);
}

}  // namespace bad_network
