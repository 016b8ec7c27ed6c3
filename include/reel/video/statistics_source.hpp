#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <reel/repository.hpp>
#include <reel/video/row_view.hpp>
#include <reel/video/rows.hpp>
#include <reel/video/statistics_tally.hpp>

namespace reel::video::detail {

/// Throws `invalid` for options out of range.
inline void check_options(const StatisticsOptions& options, const StatisticsRange& range) {
  const auto refuse = [](const std::string& reason) {
    throw Error(Errc::invalid, reason, {.operation = "statistics"});
  };
  if (options.top < 1) refuse("top is " + std::to_string(options.top) + ", and must be at least 1");
  if (options.most_read < 1) refuse("most_read is " + std::to_string(options.most_read) + ", and must be at least 1");
  if (range.since >= range.at)
    refuse("the range begins at " + format_timestamp(range.since) + ", which is not before its end " +
           format_timestamp(range.at));
}

/// The range of the options at this time.
[[nodiscard]] inline StatisticsRange range_of(const StatisticsOptions& options, Timestamp now) {
  const Timestamp at = options.until.value_or(now);
  return {.since = options.since.value_or(at - options.length), .at = at, .until = options.until};
}

/// The store of a `statistics`, which is read in one of two ways:
///
/// | | a store with indexes | another store, such as a server |
/// |---|---|---|
/// | | explains queries | does not |
/// | statuses of videos | a count of an index for each | two walks that end after `most_read` |
/// | statuses of scenes | likewise | a walk in the order of the status |
/// | oldest video | the first entry of an index | the walks over videos |
/// | topics and owners | a look-up of the finished videos | the walks over videos |
/// | moves, if there are too many to read | counts of an index | those of the newest |
template <class Backend>
class StatisticsSource {
 public:
  /// Throws `invalid` for options out of range, and `not_found` for a store without videos and scenes if it has
  /// indexes.
  StatisticsSource(Backend& backend, StatisticsOptions options, Timestamp now)
      : backend_(backend), options_(std::move(options)), range_(range_of(options_, now)) {
    check_options(options_, range_);
    has_indexes_ = explains();
  }

  /// The records of a page, of a few attributes.
  static constexpr std::int64_t page = 5'000;
  /// The most ids in a condition.
  static constexpr std::size_t batch = 100;

  /// As passed to the constructor.
  [[nodiscard]] Backend& backend() const { return backend_; }
  /// As passed to the constructor.
  [[nodiscard]] const StatisticsOptions& options() const { return options_; }
  /// The range at the time that was passed to the constructor.
  [[nodiscard]] const StatisticsRange& range() const { return range_; }
  /// Whether the store has indexes, which it uses for counts.
  [[nodiscard]] bool has_indexes() const { return has_indexes_; }
  /// Whether an owner or a topic was chosen.
  [[nodiscard]] bool is_chosen() const { return options_.owner_id || options_.topic; }

  /// Calls `call(rows)` with the view that reads any name of a state, where the store has it, otherwise with the one
  /// that every store has.
  template <class Row, class AnyRow, class F>
  auto with_rows(F&& call) const {
    if (has_indexes_) return call(Repository<Row, Backend>(backend_));
    try {
      return call(Repository<AnyRow, Backend>(backend_));
    } catch (const Error& error) {
      if (error.code() != Errc::conflict) throw;
      return call(RowView<Row, Backend>(backend_).get());
    }
  }
  /// As `with_rows`, for videos.
  template <class F>
  auto with_videos(F&& call) const {
    return with_rows<VideoRow, VideoRowOf<std::string>>(call);
  }
  /// As `with_rows`, for scenes.
  template <class F>
  auto with_scenes(F&& call) const {
    return with_rows<SceneRow, SceneRowOf<std::string>>(call);
  }

  /// The result of `read`, or an empty one if the store does not have the collection.
  template <class F>
  static auto unless_missing(F&& read) -> decltype(read()) {
    try {
      return read();
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) throw;
      return {};
    }
  }

  /// `most_read`, or no limit.
  [[nodiscard]] std::int64_t most_read() const {
    return options_.is_complete ? std::numeric_limits<std::int64_t>::max() : options_.most_read;
  }

  /// Passes at most `most` records or blobs in the order of the query to `take`. Returns whether there are more.
  ///
  /// - `items`: a `Repository` or `BlobStore`
  template <class Items, class T, class F>
  static bool take_first(const Items& items, const Query<T>& query, std::int64_t most, F&& take) {
    const auto all = items.all(query.limit(std::min(most, page)));
    for (auto item = all.begin(); item != all.end(); ++item) {
      take(*item);
      if (--most == 0) return item.has_more();
    }
    return false;
  }

  /// Calls `each` with as many ids at a time as a condition may have, for queries that read a few attributes only.
  template <class Row, class F>
  static void for_each_batch(const std::vector<std::string>& ids, F&& each) {
    for (std::size_t start = 0; start < ids.size(); start += batch) {
      std::vector<Id<Row>> some;
      for (std::size_t i = start; i < std::min(start + batch, ids.size()); ++i) some.emplace_back(ids[i]);
      each(some);
    }
  }

 private:
  /// Whether the store explains queries. The first access to the videos is one through their strict type, see
  /// `RowView`.
  [[nodiscard]] bool explains() const {
    if constexpr (requires(const Repository<Video, Backend>& videos) { videos.explain({}); }) {
      try {
        static_cast<void>(records<Video>(backend_).explain({}));
        static_cast<void>(records<Scene>(backend_).explain({}));
        return true;
      } catch (const Error& error) {
        // `forbidden`: an actor who may not read all records.
        if (error.code() != Errc::unsupported && error.code() != Errc::forbidden) throw;
      }
    }
    return false;
  }

  Backend& backend_;
  const StatisticsOptions options_;
  const StatisticsRange range_;
  bool has_indexes_ = false;
};

}  // namespace reel::video::detail
