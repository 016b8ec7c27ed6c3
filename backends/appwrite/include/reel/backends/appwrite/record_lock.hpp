#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <reel/backends/appwrite/client.hpp>
#include <reel/id.hpp>
#include <reel/per_process.hpp>

namespace reel::appwrite {

/// A lock on one record for the threads and store objects of this process. Under `Writers::one` it is what makes
/// reading and writing one step. Otherwise the server decides, and the lock only spares the threads of one process
/// attempts that would fail.
class RecordLock {
 public:
  /// `timed_out` if another thread keeps the record for longer than a call may take (`AppwriteConfig::call_timeout`).
  RecordLock(const Client& client, const std::string& collection, std::string_view id)
      : lock_(mutex_of(client, collection, id), std::defer_lock) {
    const bool alone = client.config().writers == Writers::one;
    const std::chrono::milliseconds patience = alone ? client.config().call_timeout : courtesy;
    if (!lock_.try_lock_for(patience) && alone)
      throw Error(Errc::timed_out, "another thread of this program has been writing the record for too long");
  }

 private:
  static constexpr std::chrono::milliseconds courtesy{2'000};
  /// Records whose hashes agree share a lock.
  using Mutexes = std::array<std::timed_mutex, 256>;

  static std::timed_mutex& mutex_of(const Client& client, const std::string& collection, std::string_view id) {
    static reel::detail::PerProcess<Mutexes> mutexes([] { return std::make_unique<Mutexes>(); });
    const AppwriteConfig& config = client.config();
    const std::string place = config.endpoint + '\n' + config.project + '\n' + config.database + '\n' + collection;
    const std::size_t hash = std::hash<std::string>()(place) * 31 + id_hash(id);
    return mutexes.get()[reel::detail::mixed(hash) % std::tuple_size_v<Mutexes>];
  }

  std::unique_lock<std::timed_mutex> lock_;
};

}  // namespace reel::appwrite
