#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace reel::appwrite {

/// Progress of the setup of a collection.
struct SetupProgress {
  std::string collection{};
  std::string what{};       ///< such as `attribute 'title' is made`
  std::size_t waiting = 0;  ///< attributes and indexes that the server is still working on
};

struct SetupOptions {
  std::chrono::milliseconds timeout{120'000};  ///< for what the server makes in the background
  std::function<void(const SetupProgress&)> on_progress{};
  /// A bucket that is to take larger files than the server does takes what the server does, instead of `too_large`.
  /// A larger blob is then `too_large` when it is put.
  bool limit_buckets_to_server = false;
};

}  // namespace reel::appwrite
