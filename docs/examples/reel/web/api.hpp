#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/video/agent_memory.hpp>
#include <reel/video/catalog.hpp>
#include <reel/video/queue.hpp>
#include <reel/video/statistics_types.hpp>

#include "../store.hpp"
#include "feed.hpp"
#include "request.hpp"
#include "response.hpp"

namespace tool::web {

/// The JSON API below `/api/v1`, which docs/guide/serve.md describes. Calls throw the errors of the store. Thread-safe.
class Api {
 public:
  Api(Store& store, const Feed& feed);

  /// The call for a request whose path is `/api/v1/…`.
  [[nodiscard]] Response get(const Request& request);
  [[nodiscard]] Response post(const Request& request);
  /// The numbers of the statistics, in the format of OpenMetrics 1.0.
  [[nodiscard]] Response metrics();

 private:
  using Backend = reel::AnyStore;

  [[nodiscard]] Json store() const;
  /// Those without options, at most some seconds old.
  [[nodiscard]] reel::video::Statistics statistics();
  [[nodiscard]] Json statistics(const Request& request);
  [[nodiscard]] Json videos(const Request& request) const;
  [[nodiscard]] Json video(const reel::Id<reel::video::Video>& id) const;
  [[nodiscard]] Json scene(const reel::Id<reel::video::Scene>& id) const;
  [[nodiscard]] Json similar(const Request& request) const;
  [[nodiscard]] Json queue() const;
  [[nodiscard]] Json files(const Request& request, const std::string& bucket) const;

  Store& store_;
  const Feed& feed_;
  reel::video::Catalog<Backend> catalog_;
  reel::video::Queue<Backend> queue_;
  reel::video::AgentMemory<Backend> memory_;
  std::mutex mutex_;  ///< protects the members below
  std::optional<reel::video::Statistics> statistics_{};
  std::uint64_t counted_at_ = 0;  ///< the position of the feed
  std::chrono::steady_clock::time_point counted_time_{};
};

}  // namespace tool::web
