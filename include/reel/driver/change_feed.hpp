#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/document.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>
#include <reel/text/text_rules.hpp>
#include <reel/timestamp.hpp>

/// The changes of a collection or bucket, as a backend reports them to `Repository::watch` and `BlobStore::watch`. The
/// core makes of them a snapshot followed by events, decides which records match the query, and writes resume tokens:
///
///     Watch<T>          kinds, typed records, tokens                reel/watch.hpp
///       WatchRun        snapshot, membership, retries               reel/detail/watch_run.hpp
///         ChangeFeed    positions and commits of one collection     a backend, or PolledFeed
namespace reel::driver {

/// The error of a position that is not one of the feed: `invalid`. Positions come from resume tokens.
[[nodiscard]] inline Error foreign_position() {
  return Error(Errc::invalid, "this resume token is not one of this store");
}

/// A change of one record. Blobs are records with the attributes of `Schema<BlobInfo>`.
struct RecordChange {
  /// Id of the record.
  std::string id{};
  /// `Document::sequence` of the record, of a removal too.
  std::int64_t sequence = 0;
  /// The record after the change; null: it was removed, or `is_hidden`.
  DocumentPtr document{};
  /// The record still exists, but the reader may no longer read it.
  bool is_hidden = false;
};

/// The changes that a store applied in one step, in order. A watch passes on all of them before it saves a position
/// after them.
struct Commit {
  /// At least one.
  std::vector<RecordChange> changes{};
  /// The position after the commit.
  std::string position{};
};

/// A position that no feed has: `changes` after it is lost.
inline constexpr std::string_view lost_position = "-";

/// What `ChangeFeed::changes` returns.
struct CommitPage {
  /// Oldest first.
  std::vector<Commit> commits{};
  /// Where the next call continues: the position after the last commit, or a later one if the changes in between do not
  /// concern the collection.
  std::string position{};
  /// The page reaches the end of the history at the time of the call.
  bool is_last = true;
  /// The history after the requested position is gone; all other members are empty.
  bool is_lost = false;
};

/// The end of the history at some moment.
struct FeedEnd {
  /// The position after everything that was committed.
  std::string position{};
  /// Lower than the sequence of every record that is created later, and higher than all others.
  std::int64_t next_sequence = 0;
};

/// The properties of a feed.
struct FeedTraits {
  /// Identifies the data, so that a token is not used with other data: two objects have the same value exactly if each
  /// understands the other's positions.
  std::string store{};
  /// How the store compares text.
  TextRules text = TextRules::folded;
  /// `changes` returns each state of a record. False: it returns the present state of the records that have changed.
  bool is_history = true;
  /// Without a signal, the time between two looks grows while nothing changes, because a look costs requests to a
  /// server.
  bool backs_off = false;
  /// After `unavailable`, `timed_out` and `rate_limited` the operations may succeed again, so the watch repeats them.
  bool reconnects = false;
};

/// The history of one collection or bucket. One watch uses it, from one thread at a time. The store must outlive it.
///
/// A position is a string whose meaning the store knows: the number of a commit, the offset in a file, a time.
/// Positions outlive the feed where the data do. Errors: those of reading the collection.
class ChangeFeed {
 public:
  /// `traits` do not change.
  explicit ChangeFeed(FeedTraits traits) : traits_(std::move(traits)) {}
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;
  virtual ~ChangeFeed() = default;

  /// See `FeedTraits`.
  [[nodiscard]] const FeedTraits& traits() const { return traits_; }

  /// Whether `wait` returns when something changes, at present. Otherwise it can only wait, and `changes` finds out.
  [[nodiscard]] virtual bool has_signal() const { return true; }

  /// Whether the feed will report the removal of this record, which was just read for the snapshot. A feed with history
  /// does. Another one may have read the collection before the record was created, and knows it only after it has
  /// reported it.
  [[nodiscard]] virtual bool covers(const Document&) { return true; }

  /// Whether the feed, which has no history, will report the record that a list could not read. The watch then leaves
  /// the record out of the snapshot. By default it ends with the error.
  ///
  /// - `error`: an element of `Page::failed`
  [[nodiscard]] virtual bool will_report(const Error& /*error*/) { return false; }

  /// Reads a page of the snapshot of a feed without history: records that match `query`, in its order, and possibly
  /// fewer than its limit if more follow. By default empty: the watch lists the collection.
  [[nodiscard]] virtual std::optional<Page<DocumentPtr>> present(const QueryTree& /*query*/) { return std::nullopt; }

  /// Ends the following calls as `cancelled` if they wait for a server when a stop is requested.
  virtual void stop_on(const std::stop_token&) {}

  /// The present end of the history.
  [[nodiscard]] virtual FeedEnd end() = 0;

  /// The commits after `position`, oldest first: about `limit` changes, but never a part of a commit. Every read that
  /// starts afterwards sees them. Throws `invalid` for a position that no feed of this store returned.
  [[nodiscard]] virtual CommitPage changes(const std::string& position, std::size_t limit) = 0;

  /// Waits until there may be commits after `position`, for at most `timeout`. Returns at once if there are some, and
  /// within a few milliseconds of a request to stop.
  virtual void wait(const std::string& position, std::chrono::milliseconds timeout, const std::stop_token& stop) = 0;

 private:
  FeedTraits traits_;
};

/// Waits for `timeout`, or less if a stop is requested.
inline void sleep_unless_stopped(std::chrono::milliseconds timeout, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, timeout, [] { return false; });
}

}  // namespace reel::driver
