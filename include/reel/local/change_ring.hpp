#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/change_feed.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/error.hpp>
#include <reel/local/table.hpp>
#include <reel/text/whole_number.hpp>

namespace reel::local {

/// The most recent commits of a collection or bucket in memory: the history of a store that has no other. It is empty
/// until the first feed exists, so a commit to a store without watches costs one atomic load more.
///
/// Thread-safe. A reader holds the mutex while it copies the pointers of one page, and at no other time, so it never
/// makes a writer wait for longer. Order of locks: the writer's lock of the table, then this mutex.
class ChangeRing {
 public:
  /// `capacity`: the number of changes to keep, at least 1.
  explicit ChangeRing(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1)) {}

  /// Adds a commit, which is the last one of the table. Called under the writer's lock of the table. The oldest commits
  /// are dropped once there are more than `capacity` changes, but never the one just added.
  void add(const std::vector<Mutation>& mutations) {
    if (!is_watched_.load(std::memory_order_relaxed) || mutations.empty()) return;
    std::vector<driver::RecordChange> changes;
    changes.reserve(mutations.size());
    for (const Mutation& mutation : mutations) {
      const driver::Document& document = mutation.after ? *mutation.after : *mutation.before;
      changes.push_back({.id = document.id, .sequence = document.sequence, .document = mutation.after});
    }
    {
      const std::lock_guard lock(mutex_);
      size_ += changes.size();
      commits_.push_back(std::move(changes));
      while (size_ > capacity_ && commits_.size() > 1) {
        size_ -= commits_.front().size();
        commits_.pop_front();
        ++first_;
      }
    }
    changed_.notify_all();
  }

  /// Begins to keep commits and returns the number of the next one. Call it under a reader's lock of the table, so that
  /// no commit is in progress.
  [[nodiscard]] std::uint64_t watch() {
    const std::lock_guard lock(mutex_);
    is_watched_.store(true, std::memory_order_relaxed);
    return first_ + commits_.size();
  }

  /// Drops all commits, because their records have another schema than later ones. Called as `add`.
  void clear() {
    {
      const std::lock_guard lock(mutex_);
      first_ += commits_.size() + 1;  // no earlier number is valid any more
      commits_.clear();
      size_ = 0;
    }
    changed_.notify_all();
  }

  /// The commits from number `from` on; see `ChangeFeed::changes`.
  [[nodiscard]] driver::CommitPage page(std::uint64_t from, std::size_t limit) const {
    const std::lock_guard lock(mutex_);
    const std::uint64_t end = first_ + commits_.size();
    if (from < first_ || from > end) return {.is_lost = true};
    driver::CommitPage page;
    std::size_t size = 0;
    for (; from < end && size < limit; ++from) {
      const std::vector<driver::RecordChange>& changes = commits_[static_cast<std::size_t>(from - first_)];
      size += changes.size();
      page.commits.push_back({.changes = changes, .position = std::to_string(from + 1)});
    }
    page.position = std::to_string(from);
    page.is_last = from == end;
    return page;
  }

  /// Waits until there is a commit with number `from`. See `ChangeFeed::wait`.
  void wait(std::uint64_t from, std::chrono::milliseconds timeout, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, timeout, [&] { return first_ + commits_.size() != from; });
  }

 private:
  std::size_t capacity_;
  std::atomic<bool> is_watched_{false};
  mutable std::mutex mutex_;  ///< protects everything below
  std::condition_variable_any changed_;
  std::deque<std::vector<driver::RecordChange>> commits_;
  std::uint64_t first_ = 1;  ///< number of the first commit in `commits_`
  std::size_t size_ = 0;     ///< changes in `commits_`
};

/// The changes of a table whose history is a `ChangeRing`. `Read` calls a function with the table under a reader's
/// lock: `read(look)`.
template <class Read>
class RingFeed final : public driver::ChangeFeed {
 public:
  /// Refers to `ring` and `schema`, which must outlive the feed.
  RingFeed(driver::FeedTraits traits, const driver::CollectionSchema& schema, ChangeRing& ring, Read read)
      : ChangeFeed(std::move(traits)), schema_(schema), ring_(ring), read_(std::move(read)) {}

  /// See `ChangeFeed`. Throws `conflict` if the table has other attributes than the schema.
  [[nodiscard]] driver::FeedEnd end() override {
    return read_([&](const auto& table) {
      driver::require_same_attributes(table.schema(), schema_);
      return driver::FeedEnd{.position = std::to_string(ring_.watch()), .next_sequence = table.next_sequence()};
    });
  }
  /// See `ChangeFeed`.
  [[nodiscard]] driver::CommitPage changes(const std::string& position, std::size_t limit) override {
    return ring_.page(number(position), limit);
  }
  /// See `ChangeFeed`.
  void wait(const std::string& position, std::chrono::milliseconds timeout, const std::stop_token& stop) override {
    ring_.wait(number(position), timeout, stop);
  }

 private:
  static std::uint64_t number(std::string_view position) {
    if (const auto number = text::whole_number<std::uint64_t>(position)) return *number;
    throw driver::foreign_position();
  }

  const driver::CollectionSchema& schema_;
  ChangeRing& ring_;
  Read read_;
};

}  // namespace reel::local
