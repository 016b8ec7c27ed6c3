#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <reel/watch/change.hpp>

namespace tool {

/// The watches of a command, and whether one of them cannot reach its store. Thread-safe.
class Outages {
 public:
  /// Returns the status of a watch.
  using Status = std::function<reel::WatchStatus()>;

  /// Asks this watch, too, from the next `look` on. It replaces the watch of the same name, unless the name is empty.
  /// Without a function, no watch has the name, and an outage of the last one lasts.
  void add(Status status, const std::string& name = {});
  /// Asks all watches. Reports on standard error when the first becomes `offline`, and when none is any more.
  void look();
  /// Why the store does not respond, as of the last `look`; nothing if it does.
  [[nodiscard]] std::optional<std::string> present() const;

 private:
  struct Watched {
    std::string name{};
    Status status{};
    std::optional<std::string> outage{};
  };

  mutable std::mutex mutex_;  ///< protects the next two
  std::vector<Watched> watched_{};
  std::optional<std::string> present_{};
};

}  // namespace tool
