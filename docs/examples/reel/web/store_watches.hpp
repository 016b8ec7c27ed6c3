#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <reel/watch.hpp>

#include "../live_run.hpp"
#include "../store.hpp"
#include "feed.hpp"
#include "live_statistics.hpp"

namespace tool::web {

/// Watches everything that the pages show, once for all clients, and publishes what has changed:
///
///     event: change    {"container": "videos", "ids": ["68550d3c1f2e4a5b6c7d"], "count": 1}
///     event: state     {"is_online": false, "reason": "…"}
///
/// Changes are collected until `flush`, so that a burst is one event; `ids` is empty if there are more than `most_ids`,
/// and when a watch begins.
/// A collection that was not set up, and one whose watch fails, is tried again after some seconds.
class StoreWatches {
 public:
  /// Starts a thread for each watch. `statistics` learns of a change before the feed. All arguments must outlive it.
  StoreWatches(Store& store, LiveRun& run, LiveStatistics& statistics, Feed& feed);
  StoreWatches(const StoreWatches&) = delete;
  StoreWatches& operator=(const StoreWatches&) = delete;
  /// Ends the run and waits for the watches.
  ~StoreWatches();

  /// Publishes what has changed since the last call. To be called a few times a second, by one thread.
  void flush();

 private:
  struct Pending {
    std::set<std::string> ids{};
    std::size_t count = 0;
    bool is_whole = false;  ///< anything may have changed
  };
  /// Watches a container for a while. Throws the error that ends the watch.
  using Follow = std::function<void()>;

  template <class T>
  void start_records();
  template <class Strict, class Row, class AnyRow>
  void follow_rows();
  void follow_controls();
  template <class Container, class Query, class Concerns>
  void follow(const std::string& name, const Container& container, const Query& query, const Concerns& concerns);
  void start(const std::string& name, Follow follow);
  void changed(const std::string& name, const std::string& id);
  void flush_changes();
  void flush_outage();

  static constexpr std::size_t most_ids = 50;

  Store& store_;
  LiveRun& run_;
  LiveStatistics& statistics_;
  Feed& feed_;
  std::mutex mutex_;  ///< protects `pending_`
  std::map<std::string, Pending> pending_{};
  bool is_outage_published_ = false;
  std::vector<std::thread> threads_{};
};

}  // namespace tool::web
