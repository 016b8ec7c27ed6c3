#pragma once

#include <optional>
#include <string>

#include "../outages.hpp"
#include "../store.hpp"
#include "api.hpp"
#include "feed.hpp"
#include "files.hpp"
#include "gate.hpp"
#include "live_statistics.hpp"
#include "request.hpp"
#include "response.hpp"

namespace tool::web {

/// The addresses of `reel serve`:
///
///     /                       the page, or the form for the token
///     /NAME                   its scripts and styles, which contain nothing of the store
///     /login                  POST: sets the cookie
///     /healthz                whether the store responds, without a token
///     /metrics                OpenMetrics
///     /files/BUCKET/ID        see `Files`
///     /api/v1/events          see `Feed`
///     /api/v1/…               see `Api`
///
/// Thread-safe. The arguments must outlive it.
class Application {
 public:
  Application(Store& store, LiveStatistics& statistics, const Outages& outages, const Feed& feed, Gate gate);

  /// Does not block: what uses the store is in the returned call.
  [[nodiscard]] Answer answer(const Request& request);

 private:
  [[nodiscard]] Response page(const Request& request) const;
  [[nodiscard]] Response login(const Request& request) const;
  [[nodiscard]] Response health() const;
  [[nodiscard]] Response events(const Request& request) const;
  [[nodiscard]] Answer read(const Request& request);
  [[nodiscard]] Answer write(const Request& request);

  const Outages& outages_;
  const Feed& feed_;
  Gate gate_;
  Files files_;
  Api api_;
};

}  // namespace tool::web
