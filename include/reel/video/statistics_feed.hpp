#pragma once

#include <bitset>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/timestamp.hpp>
#include <reel/video/statistics_holdings.hpp>
#include <reel/video/statistics_pipeline.hpp>
#include <reel/video/statistics_source.hpp>
#include <reel/video/statistics_types.hpp>

namespace reel::video {

/// A part of `Statistics` that is read at once.
enum class StatisticsPart {
  pipeline,  ///< videos, scenes and their events
  queues,    ///< entries and controls of queues
  fixes,     ///< the agent memory
  buckets,   ///< blobs
};

/// Statistics of a store that changes, for a program that shows them all the time. It reads again only the parts in
/// which something has changed, so that a change costs two to five requests on a server. The program watches the
/// store and calls `note`.
///
///     video::StatisticsFeed feed(store);
///     const auto handle = reel::records<video::Event>(store).watch({}, {}, [&](const auto&) {
///       feed.note(video::StatisticsPart::pipeline);
///     });
///     show(feed.read());
///
/// After a minute `read` reads everything, because ranges that end now move. Thread-safe. The backend must outlive it.
template <class Backend>
requires RecordBackend<Backend> && BlobBackend<Backend>
class StatisticsFeed {
 public:
  /// Accesses nothing.
  explicit StatisticsFeed(Backend& backend, StatisticsOptions options = {})
      : backend_(backend), options_(std::move(options)) {}

  /// Notes that something in the part has changed.
  void note(StatisticsPart part) {
    const std::lock_guard lock(noting_);
    changed_.set(static_cast<std::size_t>(part));
  }

  /// The statistics at the time of the call, except for changes that were not noted within a minute. Errors as
  /// `statistics`; then the next call reads everything.
  [[nodiscard]] Statistics read() {
    const std::lock_guard lock(reading_);
    const Timestamp time = now();
    const Parts parts = due_at(time);
    const detail::StatisticsSource<Backend> source(backend_, options_, time);
    const detail::HoldingsReader<Backend> holdings(source);
    const auto is_due = [&](StatisticsPart part) { return parts.test(static_cast<std::size_t>(part)); };
    const std::optional<Timestamp> before = std::exchange(whole_at_, std::nullopt);
    if (is_due(StatisticsPart::pipeline)) detail::PipelineReader<Backend>(source).read(statistics_);
    if (is_due(StatisticsPart::queues)) holdings.read_queues(statistics_);
    if (is_due(StatisticsPart::fixes)) holdings.read_fixes(statistics_);
    if (is_due(StatisticsPart::buckets)) holdings.read_buckets(statistics_);
    whole_at_ = parts.all() ? time : before;
    return statistics_;
  }

 private:
  using Parts = std::bitset<4>;

  /// The parts to read, which count as unchanged from here on.
  [[nodiscard]] Parts due_at(Timestamp time) {
    const std::lock_guard lock(noting_);
    const Parts changed = std::exchange(changed_, Parts{});
    const bool is_whole = whole_at_ && time >= *whole_at_ && time < *whole_at_ + std::chrono::minutes{1};
    return is_whole ? changed : Parts{}.set();
  }

  Backend& backend_;
  const StatisticsOptions options_;
  std::mutex noting_{};   ///< protects `changed_`
  Parts changed_{};       ///< since the last call of `read`
  std::mutex reading_{};  ///< protects the rest
  Statistics statistics_{};
  std::optional<Timestamp> whole_at_{};  ///< when everything was read; none: never, or an error came in between
};

}  // namespace reel::video
