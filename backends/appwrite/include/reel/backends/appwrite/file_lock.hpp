#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/appwrite/client.hpp>
#include <reel/id.hpp>
#include <reel/per_process.hpp>

namespace reel::appwrite {

/// Bucket and file, as the server compares them: without case.
[[nodiscard]] inline std::string file_key(std::string_view bucket, std::string_view id) {
  std::string key(bucket);
  (key += '/') += id;
  for (char& c : key) c = reel::detail::lower_ascii(c);
  return key;
}

/// Excludes the other threads and store objects of this process from writing one file, whatever address they know the
/// server by. A file is written for as long as its bytes travel, so each one has a separate lock.
class FileLock {
 public:
  /// Waits for the lock. `conflict` after `AppwriteConfig::call_timeout`; `timed_out` or `cancelled` by the client's
  /// limits.
  FileLock(const Client& client, std::string_view bucket, std::string_view id)
      : key_(client.config().project + '\n' + file_key(bucket, id)) {
    using namespace std::chrono_literals;
    Held& held = held_here();
    const auto end = std::chrono::steady_clock::now() + client.config().call_timeout;
    std::unique_lock lock(held.mutex);
    while (!held.keys.insert(key_).second) {
      if (held.released.wait_for(lock, 100ms) == std::cv_status::no_timeout) continue;
      lock.unlock();
      client.wait(0ms);  // throws when its limits are reached
      if (std::chrono::steady_clock::now() >= end)
        throw Error(Errc::conflict, "another thread of this program has been writing the blob for too long");
      lock.lock();
    }
  }
  ~FileLock() {
    Held& held = held_here();
    const std::scoped_lock lock(held.mutex);
    held.keys.erase(key_);
    held.released.notify_all();
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  struct Held {
    std::mutex mutex{};
    std::condition_variable released{};
    std::set<std::string> keys{};
  };
  static Held& held_here() {
    static const reel::detail::PerProcess<Held> held([] { return std::make_unique<Held>(); });
    return held.get();
  }

  std::string key_;
};

}  // namespace reel::appwrite
