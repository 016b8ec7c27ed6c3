#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <reel/detail/watch_token.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/erased_blobs.hpp>
#include <reel/driver/erased_records.hpp>
#include <reel/driver/jitter.hpp>
#include <reel/driver/polled_feed.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/driver/sequence_set.hpp>
#include <reel/separate.hpp>
#include <reel/watch/change.hpp>

namespace reel::local {
class Conjunction;
}

namespace reel::detail {

/// An event of a watch whose record is not yet typed.
struct WatchEvent {
  ChangeKind kind{};
  std::string id{};                ///< empty for `bookmark` and `reset`
  driver::DocumentPtr document{};  ///< null for `removed`, `bookmark` and `reset`
  Timestamp at{};
  std::shared_ptr<const WatchToken> token{};
};

/// The collection or bucket that a watch reads.
struct WatchSubject {
  std::string container{};                     ///< its id
  const driver::CollectionSchema* schema{};    ///< of its records; must outlive the watch
  driver::PolledFeed::List list{};             ///< reads a page of it
  std::shared_ptr<driver::ChangeFeed> feed{};  ///< its changes
};

/// The records of a collection. `store` and `schema` must outlive the result. Throws what the store throws.
[[nodiscard]] WatchSubject watch_subject(driver::ErasedRecords& store, const driver::CollectionSchema& schema);
/// The blobs of a bucket, likewise.
[[nodiscard]] WatchSubject watch_subject(driver::ErasedBlobs& store, const Bucket& bucket);

/// Makes the events of a watch from the commits of a `ChangeFeed`: the part of `Watch<T>` that does not depend on `T`.
///
///     begin --> snapshot, page by page --> follow --+--> wait
///       ^            each page, then the            |
///       |            commits since the last one     |
///       +------------- reset: history lost ---------+
///
/// The snapshot and the commits are interleaved, so that neither must be kept: after each page, the commits up to the
/// present are read. Those of records on earlier pages are events; those of records on this page replace what the page
/// has of them, so that no record goes backwards; those of later pages are dropped, because that page will contain
/// them. This works because the snapshot is in the order of sequences, which do not change.
///
/// A feed without history has read the whole collection at `begin`, so the snapshot is read first, and the changes
/// since `begin` after it. A token within such a snapshot is answered by a reset.
///
/// Which records the watch has returned as matching is remembered by their sequences. After a token it is unknown for
/// records created before it; a change of such a record is `changed` if it matches now, otherwise `left` or `removed`.
/// That also holds in the rest of a snapshot, of which the last page may have been returned before.
///
/// `next` is called by one thread at a time, `status` by any.
class WatchRun {
 public:
  /// Starts nothing. Throws `invalid` for an option out of range, and for a token of another store, collection or
  /// query.
  WatchRun(WatchSubject subject, std::vector<driver::Condition> where, WatchOptions options);
  WatchRun(const WatchRun&) = delete;
  WatchRun& operator=(const WatchRun&) = delete;
  ~WatchRun();

  /// Waits for the next event; empty after a stop. Throws the errors of the store, except those after which it may
  /// respond again (`FeedTraits::reconnects`).
  [[nodiscard]] std::optional<WatchEvent> next();
  /// The present state.
  [[nodiscard]] WatchStatus status() const;

 private:
  enum class Phase { begin, snapshot, follow };
  using Clock = std::chrono::steady_clock;
  /// Between two looks at a store that backs off, unless the options ask for a longer time.
  static constexpr std::chrono::milliseconds longest_interval = std::chrono::seconds{30};

  void resume(const WatchToken& token);
  void advance();
  void begin();
  void read_page();
  void read_present_page();
  void end_snapshot();
  void follow();
  void reset();
  [[nodiscard]] std::chrono::milliseconds next_interval();
  void wait();
  template <class F>
  void retry(F&& step);

  void add(ChangeKind kind, const driver::RecordChange& change);
  void add_present(const driver::DocumentPtr& document);
  void add_change(const driver::RecordChange& change);
  void add_bookmark();
  void seal_events(std::shared_ptr<const WatchToken> before);
  [[nodiscard]] std::shared_ptr<const WatchToken> token() const;
  [[nodiscard]] bool has_advanced() const;
  [[nodiscard]] bool is_known(std::int64_t sequence) const;
  void remember(std::int64_t sequence, bool matches);
  void set_state(WatchState state, std::optional<Error> error = {});

  WatchSubject subject_;
  std::vector<driver::Condition> where_;
  WatchOptions options_;
  std::unique_ptr<local::Conjunction> conditions_;
  std::shared_ptr<const WatchOrigin> origin_;

  Phase phase_ = Phase::begin;
  std::string position_{};          ///< in the feed
  std::int64_t next_sequence_ = 0;  ///< see `WatchToken`
  std::optional<SnapshotBoundary> boundary_{};
  std::optional<driver::Cursor> next_page_{};  ///< of the snapshot of a store without history; empty: the first
  bool has_begun_ = false;                     ///< has called `begin`
  bool owes_bookmark_ = true;                  ///< none since the start of the watch
  std::chrono::milliseconds pause_{0};         ///< before the next attempt while offline
  std::chrono::milliseconds interval_{0};      ///< before the next look at a store without a signal
  driver::Jitter jitter_{};

  driver::SequenceSet matching_{};  ///< returned as matching
  driver::SequenceSet touched_{};   ///< of those below `unknown_below_`: known again
  std::int64_t unknown_below_ = 0;

  std::deque<WatchEvent> events_{};               ///< due
  std::shared_ptr<const WatchToken> returned_{};  ///< the token of the last event
  Clock::time_point returned_at_ = Clock::now();

  mutable std::mutex mutex_;  ///< protects `status_`
  WatchStatus status_{};
};

}  // namespace reel::detail
