// Watches: the time from a write to its event, the number of events in a second, and what watches cost their writers.
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/watch.hpp>

#include "delays.hpp"
#include "folder.hpp"
#include "side_by_side.hpp"
#include "video.hpp"

namespace {

using namespace bench;
using namespace std::chrono_literals;
using reel::Change;

/// A queue between two threads: the least that any delivery needs.
class Queue {
 public:
  void push(std::int64_t value) {
    {
      const std::lock_guard lock(mutex_);
      values_.push_back(value);
    }
    changed_.notify_one();
  }
  std::int64_t pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !values_.empty(); });
    const std::int64_t value = values_.front();
    values_.pop_front();
    return value;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::int64_t> values_;
};

Video stamped() { return {.topic = "stamp", .scene_count = clock_now()}; }

/// The times from write to event of `writes` single writes to a Memory, with a pause between two.
std::vector<std::int64_t> delays_in_memory(std::size_t writes) {
  reel::Memory store;
  const auto videos = reel::records<Video>(store);
  videos.setup();
  std::vector<std::int64_t> delays;
  std::atomic<std::size_t> seen = 0;
  const reel::WatchHandle handle = videos.watch({}, {}, [&](const Change<Video>& change) {
    if (change.record) delays.push_back(clock_now() - change.record->value.scene_count);
    ++seen;
  });
  while (seen < 1) std::this_thread::yield();
  for (std::size_t i = 0; i < writes; ++i) {
    std::this_thread::sleep_for(200us);
    videos.create(stamped());
    while (seen < i + 2) std::this_thread::sleep_for(10us);
  }
  return delays;
}
std::vector<std::int64_t> delays_in_queue(std::size_t writes) {
  Queue queue;
  std::vector<std::int64_t> delays;
  std::atomic<std::size_t> seen = 0;
  std::thread reader([&] {
    for (std::size_t i = 0; i < writes; ++i, ++seen) {
      const std::int64_t sent = queue.pop();
      delays.push_back(clock_now() - sent);
    }
  });
  for (std::size_t i = 0; i < writes; ++i) {
    std::this_thread::sleep_for(200us);
    queue.push(clock_now());
    while (seen < i + 1) std::this_thread::sleep_for(10us);
  }
  reader.join();
  return delays;
}

/// Runs `write(i)` in another process for each write, and `read()` here until it has returned all their delays.
template <class Write, class Read>
std::vector<std::int64_t> delays_between_processes(std::size_t writes, Write&& write, Read&& read) {
  const pid_t child = fork();
  if (child == 0) {
    write(writes);
    _exit(0);
  }
  std::vector<std::int64_t> delays = read(writes);
  waitpid(child, nullptr, 0);
  return delays;
}

std::vector<std::int64_t> delays_in_folder(std::size_t writes) {
  const Folder folder("watched");
  const std::string path = folder / "store";
  {
    reel::Filesystem store(path);
    reel::records<Video>(store).setup();
  }
  return delays_between_processes(
      writes,
      [&](std::size_t count) {
        reel::Filesystem store(path, {.durability = reel::Durability::relaxed});
        const auto videos = reel::records<Video>(store);
        std::this_thread::sleep_for(100ms);
        for (std::size_t i = 0; i < count; ++i) {
          videos.create(stamped());
          std::this_thread::sleep_for(1ms);
        }
      },
      [&](std::size_t count) {
        reel::Filesystem store(path);
        std::vector<std::int64_t> delays;
        for (const Change<Video>& change : reel::records<Video>(store).watch({}, {.from = reel::from_now})) {
          if (change.record) delays.push_back(clock_now() - change.record->value.scene_count);
          if (delays.size() == count) break;
        }
        return delays;
      });
}
/// The same with a file to which one process appends and that another watches with inotify.
std::vector<std::int64_t> delays_in_file(std::size_t writes) {
  const Folder folder("appended");
  const std::string path = folder / "file";
  std::FILE* const out = std::fopen(path.c_str(), "ab");
  std::vector<std::int64_t> delays = delays_between_processes(
      writes,
      [&](std::size_t count) {
        std::this_thread::sleep_for(100ms);
        for (std::size_t i = 0; i < count; ++i) {
          const std::int64_t stamp = clock_now();
          std::fwrite(&stamp, sizeof stamp, 1, out);
          std::fflush(out);
          std::this_thread::sleep_for(1ms);
        }
      },
      [&](std::size_t count) {
        std::vector<std::int64_t> found;
        const int events = inotify_init1(IN_CLOEXEC);
        inotify_add_watch(events, path.c_str(), IN_MODIFY);
        std::FILE* const in = std::fopen(path.c_str(), "rb");
        char buffer[4096];
        while (found.size() < count && read(events, buffer, sizeof buffer) > 0) {
          std::int64_t stamp = 0;
          clearerr(in);
          while (fread(&stamp, sizeof stamp, 1, in) == 1) found.push_back(clock_now() - stamp);
        }
        std::fclose(in);
        close(events);
        return found;
      });
  std::fclose(out);
  return delays;
}

void add_throughput(std::size_t events) {
  add({.work = "Memory: pass on " + std::to_string(events) + " events",
       .peer = "a queue and a condition variable",
       .target = 500,  // 200,000 events in a second: 5 µs
       .operations = events,
       .rounds = 3,
       .ours =
           [=] {
             reel::Memory store({.history = events + 1});
             const auto videos = reel::records<Video>(store);
             videos.setup();
             std::size_t seen = 0;
             const auto watch = videos.watch();
             auto event = watch.begin();  // the bookmark of the empty snapshot
             videos.create_many(std::vector<Video>(events));
             return wall_time([&] {
               while (seen < events) {
                 ++event;
                 if (event->record) ++seen;
               }
             });
           },
       .theirs =
           [=] {
             Queue queue;
             for (std::size_t i = 0; i < events; ++i) queue.push(0);
             return wall_time([&] {
               for (std::size_t i = 0; i < events; ++i) use(queue.pop());
             });
           }});
}

Seconds time_of_creates(std::size_t records, std::size_t watchers) {
  reel::Memory store;
  const auto videos = reel::records<Video>(store);
  videos.setup();
  std::vector<reel::WatchHandle> handles;
  for (std::size_t i = 0; i < watchers; ++i)
    handles.push_back(videos.watch({}, {.from = reel::from_now}, [](const Change<Video>&) {}));
  return processor_time([&] {
    for (std::size_t i = 0; i < records; ++i) videos.create({.topic = "t"});
  });
}

void add_cost_for_writers(std::size_t records, std::size_t watchers, double target) {
  add({.work = "Memory: create, with " + std::to_string(watchers) + (watchers == 1 ? " watch" : " watches"),
       .peer = "without watches",
       .target = target,
       .operations = records,
       .rounds = 3,
       .ours = [=] { return time_of_creates(records, watchers); },
       .theirs = [=] { return time_of_creates(records, 0); }});
}

/// The processor time of the whole process during `wait`.
Seconds process_time_during(std::chrono::milliseconds wait) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return Seconds(static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9);
  };
  const Seconds start = now();
  std::this_thread::sleep_for(wait);
  return now() - start;
}

void print_idle_cost(std::size_t watchers, std::chrono::milliseconds wait) {
  const Folder folder("idle");
  reel::Memory memory;
  reel::Filesystem filesystem(folder / "store");
  const auto in_memory = reel::records<Video>(memory);
  const auto on_disk = reel::records<Video>(filesystem);
  in_memory.setup();
  on_disk.setup();
  const auto measure = [&](const char* name, const auto& videos) {
    std::vector<reel::WatchHandle> handles;
    std::atomic<std::size_t> started = 0;
    for (std::size_t i = 0; i < watchers; ++i)
      handles.push_back(videos.watch({}, {.from = reel::from_now}, [&](const Change<Video>&) { ++started; }));
    while (started < watchers) std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(100ms);
    std::printf("%s: %zu idle watches use %s of processor time in a second\n", name, watchers,
                time_text(process_time_during(wait).count() / Seconds(wait).count()).c_str());
  };
  measure("Memory", in_memory);
  measure("Filesystem", on_disk);
}

}  // namespace

int main(int argc, char** argv) {
  const int result = run(argc, argv, [](std::size_t records) {
    const bool is_quick = records < 1'000'000;
    const std::size_t writes = is_quick ? 100 : 2000;
    add_delays("Filesystem: from a write to its event in another process", "append to a file and inotify", writes, 20,
               delays_in_folder, delays_in_file);
    add_delays("Memory: from a write to its event", "a queue and a condition variable", writes, 3, delays_in_memory,
               delays_in_queue);
    add_throughput(is_quick ? 5'000 : 200'000);
    add_cost_for_writers(is_quick ? 2'000 : 50'000, 1, 1.5);
    add_cost_for_writers(is_quick ? 500 : 5'000, 100, 20);
    print_idle_cost(is_quick ? 50 : 1000, is_quick ? 200ms : 3000ms);
  });
  return result;
}
