#pragma once

#include <string>

#include <reel/any_store.hpp>
#include <reel/video/agent_memory.hpp>
#include <reel/video/catalog.hpp>
#include <reel/video/queue.hpp>

#include "../store.hpp"
#include "live_statistics.hpp"
#include "request.hpp"
#include "response.hpp"

namespace tool::web {

/// The JSON API below `/api/v1`, which docs/guide/serve.md describes. Calls throw the errors of the store. Thread-safe.
class Api {
 public:
  Api(Store& store, LiveStatistics& statistics);

  /// The call for a request whose path is `/api/v1/…`.
  [[nodiscard]] Response get(const Request& request) const;
  [[nodiscard]] Response post(const Request& request) const;
  /// The numbers of the statistics, in the format of OpenMetrics 1.0.
  [[nodiscard]] Response metrics() const;

 private:
  using Backend = reel::AnyStore;

  [[nodiscard]] Json store() const;
  [[nodiscard]] Json statistics(const Request& request) const;
  [[nodiscard]] Json videos(const Request& request) const;
  [[nodiscard]] Json video(const reel::Id<reel::video::Video>& id) const;
  [[nodiscard]] Json scene(const reel::Id<reel::video::Scene>& id) const;
  [[nodiscard]] Json similar(const Request& request) const;
  [[nodiscard]] Json queue() const;
  [[nodiscard]] Json files(const Request& request, const std::string& bucket) const;

  Store& store_;
  LiveStatistics& statistics_;
  reel::video::Catalog<Backend> catalog_;
  reel::video::Queue<Backend> queue_;
  reel::video::AgentMemory<Backend> memory_;
};

}  // namespace tool::web
