#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace reel::appwrite {

/// Progress of the setup of a collection, for display.
struct SetupProgress {
  std::string collection{};  ///< the id of the collection
  std::string what{};        ///< a sentence, such as `attribute 'title' is created`
  std::size_t waiting = 0;   ///< number of attributes and indexes that the server is still processing
};

/// Options of `ensure`.
struct SetupOptions {
  /// The longest wait for each of the server's background tasks, after which the setup throws `timed_out`.
  std::chrono::milliseconds timeout{120'000};
  /// Called after each step by the thread that runs the setup.
  std::function<void(const SetupProgress&)> on_progress{};
  /// Gives a bucket whose size exceeds the server's limit that limit, instead of throwing `too_large`. A larger blob
  /// then fails as `too_large` when it is put.
  bool limit_buckets_to_server = false;
};

}  // namespace reel::appwrite
