#include "outages.hpp"

#include <algorithm>
#include <utility>

#include "terminal.hpp"
#include "text.hpp"

namespace tool {

void Outages::add(Status status, const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto known =
      name.empty() ? watched_.end()
                   : std::find_if(watched_.begin(), watched_.end(), [&](const auto& one) { return one.name == name; });
  if (known == watched_.end()) {
    watched_.push_back({.name = name, .status = std::move(status)});
  } else {
    known->status = std::move(status);
  }
}

void Outages::look() {
  const std::lock_guard lock(mutex_);
  std::optional<std::string> outage;
  for (Watched& one : watched_) {
    if (one.status) {
      const reel::WatchStatus status = one.status();
      const bool is_offline = status.state == reel::WatchState::offline;
      if (is_offline) one.outage = status.error ? status.error->what() : "it does not respond";
      // A watch that catches up may be offline again in a moment.
      if (!is_offline && status.state != reel::WatchState::catching_up) one.outage.reset();
    }
    if (one.outage) outage = one.outage;
  }
  if (outage.has_value() != present_.has_value())
    report_line(outage ? "reel: offline, waiting for the store: " + printable(*outage) : "reel: online again");
  present_ = std::move(outage);
}

std::optional<std::string> Outages::present() const {
  const std::lock_guard lock(mutex_);
  return present_;
}

}  // namespace tool
