// The statistics of a pipeline with many videos: on Memory, on Filesystem, and by the same questions to SQLite.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/video/memory_entry.hpp>
#include <reel/video/queue.hpp>
#include <reel/video/statistics.hpp>

#include "folder.hpp"
#include "side_by_side.hpp"
#include "sqlite.hpp"

namespace {

using namespace bench;
using namespace std::chrono_literals;
using reel::Timestamp;
using reel::video::Event;
using reel::video::Statistics;
using reel::video::StatisticsOptions;
using reel::video::VideoStatus;

constexpr Timestamp present{1'780'000'123'456ms};
const StatisticsOptions last_day{.until = present};

/// A video and its moves, the same for the same number.
struct Made {
  reel::video::Video video{};
  std::vector<Event> events{};
};

std::string id_of(std::size_t number) { return "v" + std::to_string(number); }

/// The videos of a year: 1 of 365 was created on each day, and passes through all states in some hours. The moves of
/// the last tenth are recorded.
Made make(std::size_t number, std::size_t videos) {
  std::mt19937_64 chance{number};
  const auto below = [&](std::int64_t end) {
    return static_cast<std::int64_t>(chance() % static_cast<std::uint64_t>(end));
  };
  Timestamp at = present - std::chrono::milliseconds{std::chrono::milliseconds{24h * 365}.count() /
                                                     static_cast<std::int64_t>(videos) *
                                                     static_cast<std::int64_t>(videos - number)};
  Made made{.video = {.topic = "Topic " + std::to_string(below(1000)),
                      .owner_id = "owner" + std::to_string(below(100)),
                      .status = VideoStatus::queued,
                      .created_at = at,
                      .updated_at = at}};
  std::optional<std::string> from;
  for (const VideoStatus status : {VideoStatus::queued, VideoStatus::planning, VideoStatus::queued_for_render,
                                   VideoStatus::rendering, VideoStatus::completed}) {
    const bool has_failed = status == VideoStatus::completed && below(5) == 0;
    const std::string to(reel::enum_name(has_failed ? VideoStatus::failed : status));
    Event event{.video_id = id_of(number), .from = from, .to = to, .at = at};
    if (has_failed) event.message = "ValueError: no scale is set, attempt " + std::to_string(below(50));
    if (number >= videos / 10 * 9) made.events.push_back(event);
    made.video.status = has_failed ? VideoStatus::failed : status;
    from = to;
    at += std::chrono::milliseconds{below(std::chrono::milliseconds{2h}.count())};
    if (at >= present) break;
  }
  return made;
}

/// Passes the videos in portions to `take(made, number of the first)`.
template <class Take>
void make_all(std::size_t videos, Take&& take) {
  constexpr std::size_t portion = 10'000;
  for (std::size_t first = 0; first < videos; first += portion) {
    std::vector<Made> made;
    for (std::size_t i = first; i < std::min(first + portion, videos); ++i) made.push_back(make(i, videos));
    take(std::move(made), first);
  }
}

template <class Store>
void fill(Store& store, std::size_t videos) {
  reel::video::Queue<Store>(store).setup();
  reel::records<reel::video::Fix>(store).setup();
  make_all(videos, [&](std::vector<Made> made, std::size_t first) {
    std::vector<reel::Draft<reel::video::Video>> records;
    std::vector<reel::Draft<reel::video::Scene>> scenes;
    std::vector<Event> events;
    for (std::size_t i = 0; i < made.size(); ++i) {
      const reel::Id<reel::video::Video> id{id_of(first + i)};
      const bool is_done = made[i].video.status == VideoStatus::completed;
      scenes.push_back({{.video_id = id,
                         .scene_number = 1,
                         .status = is_done ? reel::video::SceneStatus::rendered : reel::video::SceneStatus::planned}});
      records.push_back({std::move(made[i].video), {.id = id}});
      for (Event& event : made[i].events) events.push_back(std::move(event));
    }
    reel::records<reel::video::Video>(store).create_many(std::move(records));
    reel::records<reel::video::Scene>(store).create_many(std::move(scenes));
    reel::records<Event>(store).create_many(std::move(events));
  });
}

/// The peer: the same records, with an index for each question.
class Peer {
 public:
  Peer(const std::string& path, std::size_t videos) : database_(path) {
    database_.run("PRAGMA journal_mode=WAL");
    database_.run(
        "CREATE TABLE videos (id TEXT PRIMARY KEY, topic TEXT, owner TEXT, status TEXT, created_at INTEGER);"
        "CREATE TABLE scenes (id INTEGER PRIMARY KEY, video TEXT, status TEXT);"
        "CREATE TABLE events (id INTEGER PRIMARY KEY, video TEXT, scene TEXT, source TEXT, target TEXT,"
        " attempt INTEGER, at INTEGER, message TEXT); BEGIN");
    sqlite::Statement video(database_, "INSERT INTO videos VALUES (?, ?, ?, ?, ?)");
    sqlite::Statement scene(database_, "INSERT INTO scenes (video, status) VALUES (?, ?)");
    sqlite::Statement event(database_,
                            "INSERT INTO events (video, source, target, at, message) VALUES (?, ?, ?, ?, ?)");
    make_all(videos, [&](const std::vector<Made>& made, std::size_t first) {
      for (std::size_t i = 0; i < made.size(); ++i) add(made[i], id_of(first + i), video, scene, event);
    });
    database_.run(
        "COMMIT; CREATE INDEX by_status ON videos(status, created_at); CREATE INDEX scenes_by_status ON scenes(status);"
        "CREATE INDEX by_at ON events(at); CREATE INDEX by_target ON events(scene, target, at); ANALYZE");
  }

  /// The counts, the newest events, and the topics and owners of the videos that they finished.
  std::int64_t answer() {
    std::int64_t sum = 0;
    for (const char* table : {"videos", "scenes"}) {
      sqlite::Statement counts(database_, std::string("SELECT status, count(*) FROM ") + table + " GROUP BY status");
      while (counts.step()) sum += counts.integer(1);
    }
    sqlite::Statement oldest(database_,
                             "SELECT min(created_at) FROM videos WHERE status = 'queued' UNION ALL "
                             "SELECT min(created_at) FROM videos WHERE status = 'ready_for_render' UNION ALL "
                             "SELECT min(created_at) FROM videos WHERE status = 'queued_for_render'");
    while (oldest.step()) sum += oldest.integer(0) > 0 ? 1 : 0;
    const std::set<std::string> finished = compute(newest());
    count_periods(sum);
    std::map<std::string, std::int64_t> topics, owners;
    sqlite::Statement origin(database_, "SELECT topic, owner FROM videos WHERE id = ?");
    for (const std::string& id : finished) {
      origin.bind(0, std::string_view{id});
      while (origin.step()) {
        ++topics[std::string(origin.text(0))];
        ++owners[std::string(origin.text(1))];
      }
    }
    use(topics);
    use(owners);
    return sum;
  }

 private:
  static void add(const Made& made, const std::string& id, sqlite::Statement& video, sqlite::Statement& scene,
                  sqlite::Statement& event) {
    video.bind(0, std::string_view{id});
    video.bind(1, std::string_view{made.video.topic});
    video.bind(2, made.video.owner_id);
    video.bind(3, reel::enum_name(made.video.status));
    video.bind(4, made.video.created_at);
    video.step();
    scene.bind(0, std::string_view{id});
    scene.bind(1, std::string_view(made.video.status == VideoStatus::completed ? "rendered" : "planned"));
    scene.step();
    for (const Event& one : made.events) {
      event.bind(0, std::string_view{one.video_id});
      event.bind(1, one.from);
      event.bind(2, std::string_view{one.to});
      event.bind(3, one.at);
      event.bind(4, one.message);
      event.step();
    }
  }

  /// The durations of states and the errors of events. Returns the finished videos.
  static std::set<std::string> compute(const std::vector<Event>& events) {
    std::unordered_map<std::string, std::pair<std::string, Timestamp>> states;
    std::map<std::string, std::vector<std::chrono::milliseconds>> times;
    std::unordered_map<std::string, std::string> fingerprints;
    std::map<std::string, std::int64_t> errors;
    std::set<std::string> finished;
    for (const Event& event : events) {
      auto& [state, since] = states[event.video_id];
      if (event.from == state) times[state].push_back(event.at - since);
      state = event.to;
      since = event.at;
      if (state == "completed" || state == "failed") finished.insert(event.video_id);
      if (!event.message) continue;
      std::string& fingerprint = fingerprints[*event.message];
      if (fingerprint.empty())
        fingerprint = reel::video::fingerprints_of(reel::video::parse_error(*event.message)).exact;
      ++errors[fingerprint];
    }
    for (auto& [state, all] : times) std::sort(all.begin(), all.end());
    use(times);
    use(errors);
    return finished;
  }

  [[nodiscard]] std::vector<Event> newest() {
    sqlite::Statement rows(database_,
                           "SELECT video, source, target, at, message FROM events WHERE at >= ? AND at < ? "
                           "ORDER BY at DESC LIMIT 5001");
    rows.bind(0, present - 24h);
    rows.bind(1, present);
    std::vector<Event> events;
    while (rows.step()) {
      Event& event = events.emplace_back();
      event.video_id = rows.text(0);
      if (!rows.is_null(1)) event.from = std::string(rows.text(1));
      event.to = rows.text(2);
      event.at = Timestamp{std::chrono::milliseconds{rows.integer(3)}};
      if (!rows.is_null(4)) event.message = std::string(rows.text(4));
    }
    return {events.rbegin(), events.rend()};
  }

  /// Completed and failed videos of the last hour, day, and each hour of the day.
  void count_periods(std::int64_t& sum) {
    sqlite::Statement hours(database_,
                            "SELECT target, at / 3600000, count(*) FROM events WHERE scene IS NULL AND "
                            "target IN ('completed', 'failed') AND at >= ? AND at < ? GROUP BY 1, 2");
    hours.bind(0, present - 24h);
    hours.bind(1, present);
    while (hours.step()) sum += hours.integer(2);
    sqlite::Statement hour(database_,
                           "SELECT target, count(*) FROM events WHERE scene IS NULL AND "
                           "target IN ('completed', 'failed') AND at >= ? AND at < ? GROUP BY 1");
    hour.bind(0, present - 1h);
    hour.bind(1, present);
    while (hour.step()) sum += hour.integer(1);
  }

  sqlite::Database database_;
};

/// The store and its peer live as long as the program, so that they are filled once.
template <class Store>
void add_statistics(const std::string& name, std::shared_ptr<Store> store, std::shared_ptr<Peer> peer,
                    std::size_t videos) {
  add({.work = name + ": statistics of " + std::to_string(videos) + " videos, the last day",
       .peer = "SQLite, with an index for each question",
       .target = 1,
       .rounds = 9,
       .ours = [store] { return wall_time([&] { use(reel::video::statistics(*store, last_day)); }); },
       .theirs = [peer] { return wall_time([&] { use(peer->answer()); }); }});
}

}  // namespace

int main(int argc, char** argv) {
  const Folder folder("statistics");
  return run(argc, argv, [&](std::size_t videos) {
    const auto memory = std::make_shared<reel::Memory>();
    fill(*memory, videos);
    {
      reel::Filesystem store(folder / "store", {.durability = reel::Durability::relaxed});
      fill(store, videos);
    }
    const auto filesystem = std::make_shared<reel::Filesystem>(folder / "store");
    static_cast<void>(reel::records<reel::video::Video>(*filesystem).count());
    add_statistics("Memory", memory, std::make_shared<Peer>(":memory:", videos), videos);
    add_statistics("Filesystem", filesystem, std::make_shared<Peer>(folder / "peer.db", videos), videos);
  });
}
