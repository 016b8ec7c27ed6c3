#include "json_progress.hpp"

#include <cmath>

#include <reel/json/writer.hpp>

#include "terminal.hpp"

namespace tool {

void JsonProgress::show(const reel::MigrationProgress& progress) {
  rate_.update(progress);
  const Clock::time_point now = Clock::now();
  const bool is_done = progress.share >= 1 && progress.all_done == progress.all_total;
  if (!is_done && progress.waits_for.empty() && now - shown_ < std::chrono::seconds(1)) return;
  shown_ = now;
  reel::json::Object object;
  object.add("percent", std::floor(progress.share * 1000) / 10)
      .add(progress.kind.bucket ? "bucket" : "collection", progress.kind.id)
      .add("done", progress.all_done)
      .add("total", progress.all_total)
      .add("bytes", progress.all_bytes)
      .add("items_per_second", std::floor(rate_.items_per_second()))
      .add("bytes_per_second", std::floor(rate_.bytes_per_second()));
  if (const auto left = rate_.left()) object.add("seconds_left", left->count());
  if (!progress.waits_for.empty()) object.add("waits_for", progress.waits_for);
  report_line(object.str());
}

}  // namespace tool
