// The queue: claims in a second by many threads, and the time from a new video to its claim by a waiting worker.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/video/queue.hpp>

#include "folder.hpp"
#include "side_by_side.hpp"
#include "sqlite.hpp"

namespace {

using namespace bench;
using namespace std::chrono_literals;
using reel::video::EntryState;
using reel::video::Event;
using reel::video::QueueEntry;
using reel::video::VideoStatus;

constexpr std::size_t workers = 16;
constexpr auto lease = 1h;

/// Sets up a queue of videos that wait, without the cost of adding them one by one.
template <class Store>
void fill(Store& store, std::size_t videos) {
  reel::video::Queue<Store>(store).setup();
  const auto at = reel::now() - 1h;
  std::vector<reel::Draft<reel::video::Video>> records;
  std::vector<reel::Draft<QueueEntry>> entries;
  for (std::size_t i = 0; i < videos; ++i) {
    const std::string id = reel::make_id();
    records.push_back({{.topic = "Topic " + std::to_string(i),
                        .status = VideoStatus::queued_for_render,
                        .created_at = at,
                        .updated_at = at},
                       {.id = reel::Id<reel::video::Video>{id}}});
    const auto queued_at = at + std::chrono::milliseconds{i};
    entries.push_back(
        {{.queue = "render", .queued_at = queued_at, .ready_at = queued_at}, {.id = reel::Id<QueueEntry>{id}}});
  }
  reel::records<reel::video::Video>(store).create_many(std::move(records));
  reel::records<QueueEntry>(store).create_many(std::move(entries));
}

/// The time in which the threads claim all videos.
template <class Store>
Seconds time_of_claims(Store& store, std::size_t videos, std::size_t threads) {
  fill(store, videos);
  const reel::video::Queue<Store> queue(store, {.sends_heartbeats = false});
  static_cast<void>(queue.count(EntryState::waiting));
  std::vector<std::vector<reel::video::Claim<Store>>> claims(threads);
  const Seconds time = wall_time([&] {
    in_parallel(threads, [&](std::size_t worker) {
      while (auto claim = queue.claim_next("worker-" + std::to_string(worker), lease))
        claims[worker].push_back(*std::move(claim));
    });
  });
  std::size_t count = 0;
  for (const auto& of_worker : claims) count += of_worker.size();
  if (count != videos) std::printf("%zu of %zu videos were claimed\n", count, videos);
  in_parallel(threads, [&](std::size_t worker) { claims[worker].clear(); });  // releases them: not measured
  return time;
}

/// The peer: the same records in SQLite, and a claim is one transaction.
class SqliteQueue {
 public:
  explicit SqliteQueue(const std::string& path) : database_(path) {
    database_.run("PRAGMA journal_mode=WAL");
    database_.run("PRAGMA synchronous=FULL");
    database_.run(
        "CREATE TABLE IF NOT EXISTS videos (id TEXT PRIMARY KEY, topic TEXT, status TEXT, updated_at INTEGER);"
        "CREATE INDEX IF NOT EXISTS by_status ON videos(status);"
        "CREATE TABLE IF NOT EXISTS queue (id TEXT PRIMARY KEY, state TEXT, priority INTEGER, queued_at INTEGER,"
        " ready_at INTEGER, epoch INTEGER, attempts INTEGER, worker TEXT, lease_until INTEGER);"
        "CREATE INDEX IF NOT EXISTS by_order ON queue(state, priority DESC, queued_at);"
        "CREATE INDEX IF NOT EXISTS by_lease ON queue(state, lease_until);"
        "CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, video TEXT, worker TEXT, at INTEGER);"
        "CREATE INDEX IF NOT EXISTS by_video ON events(video, at)");
    begin_.emplace(database_, "BEGIN IMMEDIATE");
    commit_.emplace(database_, "COMMIT");
    claim_.emplace(database_,
                   "UPDATE queue SET state = 'claimed', epoch = epoch + 1, attempts = attempts + 1, worker = ?,"
                   " lease_until = ? WHERE id = (SELECT id FROM queue WHERE state = 'waiting' AND ready_at <= ?"
                   " ORDER BY priority DESC, queued_at LIMIT 1) RETURNING id");
    move_.emplace(database_, "UPDATE videos SET status = 'rendering', updated_at = ? WHERE id = ? RETURNING topic");
    record_.emplace(database_, "INSERT INTO events VALUES (?, ?, ?, ?)");
  }

  void fill(std::size_t videos) {
    sqlite::Statement video(database_, "INSERT INTO videos VALUES (?, ?, 'queued_for_render', 0)");
    sqlite::Statement entry(database_, "INSERT INTO queue VALUES (?, 'waiting', 0, ?, 0, 0, 0, NULL, 0)");
    begin_->step();
    for (std::size_t i = 0; i < videos; ++i) {
      const std::string id = reel::make_id(), topic = "Topic " + std::to_string(i);
      video.bind(0, std::string_view{id});
      video.bind(1, std::string_view{topic});
      video.step();
      entry.bind(0, std::string_view{id});
      entry.bind(1, static_cast<std::int64_t>(i));
      entry.step();
    }
    commit_->step();
  }

  bool claim_next(const std::string& worker) {
    const reel::Timestamp now = reel::now();
    begin_->step();
    claim_->bind(0, std::string_view{worker});
    claim_->bind(1, now + std::chrono::milliseconds{lease});
    claim_->bind(2, now);
    const bool is_claimed = claim_->step();
    if (is_claimed) {
      const std::string id(claim_->text(0));
      claim_->reset();
      move_->bind(0, now);
      move_->bind(1, std::string_view{id});
      move_->step();
      use(std::string(move_->text(0)));
      move_->reset();
      const std::string event = reel::make_id();
      record_->bind(0, std::string_view{event});
      record_->bind(1, std::string_view{id});
      record_->bind(2, std::string_view{worker});
      record_->bind(3, now);
      record_->step();
    }
    commit_->step();
    return is_claimed;
  }

 private:
  sqlite::Database database_;
  std::optional<sqlite::Statement> begin_, commit_, claim_, move_, record_;
};

Seconds time_of_sqlite_claims(const std::string& path, std::size_t videos, std::size_t threads) {
  SqliteQueue(path).fill(videos);
  std::vector<std::unique_ptr<SqliteQueue>> connections;
  for (std::size_t i = 0; i < threads; ++i) connections.push_back(std::make_unique<SqliteQueue>(path));
  return wall_time([&] {
    in_parallel(threads, [&](std::size_t worker) {
      const std::string name = "worker-" + std::to_string(worker);
      while (connections[worker]->claim_next(name)) {
      }
    });
  });
}
/// All threads share the connection to a database in memory.
Seconds time_of_sqlite_claims_in_memory(std::size_t videos, std::size_t threads) {
  SqliteQueue queue(":memory:");
  queue.fill(videos);
  std::mutex mutex;
  return wall_time([&] {
    in_parallel(threads, [&](std::size_t worker) {
      const std::string name = "worker-" + std::to_string(worker);
      for (bool is_claimed = true; is_claimed;) {
        const std::lock_guard lock(mutex);
        is_claimed = queue.claim_next(name);
      }
    });
  });
}

void add_claims_on_disk(std::size_t videos, std::size_t threads) {
  add({.work = "Filesystem: durable claim, " + std::to_string(threads) + (threads == 1 ? " worker" : " workers"),
       .peer = "SQLite WAL, synchronous=FULL, one transaction",
       .target = 1,
       .operations = videos,
       .rounds = 3,
       .ours =
           [=] {
             const Folder folder("queue");
             reel::Filesystem store(folder / "store");
             return time_of_claims(store, videos, threads);
           },
       .theirs =
           [=] {
             const Folder folder("queue_sqlite");
             return time_of_sqlite_claims(folder / "queue.db", videos, threads);
           }});
}

void add_claims_in_memory(std::size_t videos, std::size_t threads) {
  add({.work = "Memory: claim, " + std::to_string(threads) + (threads == 1 ? " worker" : " workers"),
       .peer = "SQLite :memory:, one transaction",
       .target = 1,
       .operations = videos,
       .rounds = 3,
       .ours =
           [=] {
             reel::Memory store;
             return time_of_claims(store, videos, threads);
           },
       .theirs = [=] { return time_of_sqlite_claims_in_memory(videos, threads); }});
}

/// The times from the call of `add` to the return of `wait_next`, with four workers that wait.
template <class Store>
std::vector<Seconds> delays(Store& store, std::size_t videos) {
  using Clock = std::chrono::steady_clock;
  const reel::video::Queue<Store> queue(store, {.sends_heartbeats = false});
  queue.setup();
  std::mutex mutex;
  std::optional<Clock::time_point> added;
  std::vector<Seconds> found;
  std::atomic<std::size_t> claimed = 0;
  std::stop_source stop;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (auto claim = queue.wait_next("idle", lease, {.stop = stop.get_token(), .timeout = {}})) {
        const auto now = Clock::now();
        {
          const std::lock_guard lock(mutex);
          found.emplace_back(now - *added);
        }
        claim->complete();
        ++claimed;
      }
    });
  }
  std::this_thread::sleep_for(200ms);
  for (std::size_t i = 0; i < videos; ++i) {
    {
      const std::lock_guard lock(mutex);
      added = Clock::now();
    }
    queue.add({.topic = "t"});
    while (claimed < i + 1) std::this_thread::sleep_for(100us);
    std::this_thread::sleep_for(20ms);  // until all workers wait again
  }
  stop.request_stop();
  for (std::thread& thread : threads) thread.join();
  return found;
}

template <class Store>
void print_delays(const char* name, Store& store, std::size_t videos) {
  std::vector<Seconds> found = delays(store, videos);
  std::sort(found.begin(), found.end());
  std::printf("%s: from the call of add to the claim by one of 4 waiting workers: p50 %s, p99 %s, of %zu\n", name,
              time_text(found[found.size() / 2].count()).c_str(),
              time_text(found[found.size() * 99 / 100].count()).c_str(), found.size());
}

}  // namespace

int main(int argc, char** argv) {
  bool is_quick = false;
  const int result = run(argc, argv, [&](std::size_t records) {
    is_quick = records < 1'000'000;
    const std::size_t videos = is_quick ? 500 : 10'000;
    add_claims_on_disk(videos, workers);
    add_claims_on_disk(videos / 10, 1);
    add_claims_in_memory(videos, workers);
    add_claims_in_memory(videos, 1);
  });
  const Folder folder("queue_delays");
  reel::Filesystem filesystem(folder / "store");
  reel::Memory memory;
  print_delays("Memory", memory, is_quick ? 50 : 1000);
  print_delays("Filesystem", filesystem, is_quick ? 50 : 1000);
  return result;
}
