#pragma once

#include <functional>
#include <utility>
#include <vector>

#include <reel/watch.hpp>

#include "live_run.hpp"

namespace tool {

/// Watches a collection or bucket until the run is stopped. Calls the function once when it has begun, and for every
/// change after that.
using Follow = std::function<void(LiveRun&, const std::function<void()>&)>;

/// The changes of what matches `query` in `container`, a `Repository` or a `BlobStore`.
template <class Container, class Query>
[[nodiscard]] Follow follow(Container container, Query query) {
  return
      [container = std::move(container), query = std::move(query)](LiveRun& run, const std::function<void()>& changed) {
        const auto watch = container.watch(query, {.from = reel::from_now, .stop = run.stop(), .coalesce = true});
        run.outages().add([watch] { return watch.status(); });
        bool has_begun = false;
        for (const auto& change : watch)
          if (change.kind != reel::ChangeKind::bookmark || !std::exchange(has_begun, true)) changed();
      };
}

/// Calls `draw` once all watches have begun, and again after changes, but at most three times a second, until the
/// command is stopped. `draw` prints to standard output. On a terminal, each output replaces the one before and is cut
/// to the height of the terminal; elsewhere, an empty line separates them. `is_json`: it is printed as it is, and
/// replaces nothing. If the store does not respond, tries again. Throws other errors, and that which ended a watch.
void redraw(LiveRun& run, const std::vector<Follow>& follows, bool is_json, const std::function<void()>& draw);

}  // namespace tool
