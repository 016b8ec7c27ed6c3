#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/backends/legacy/open_tree.hpp>
#include <reel/backends/legacy/row_stamps.hpp>
#include <reel/backends/legacy/tree_monitor.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/document.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>

namespace reel::legacy {

/// The changes of a collection or bucket of a tree that other programs write, the pipeline above all.
///
///     TreeMonitor announces --> read_changes        the folders that changed, once for all watches
///                               rows_of             compare the stamps      in memory, all records
///                               document_of         compare the values      of records with another stamp
///
/// All changes that a reading finds are one commit. Several changes of a record between two readings are one. A record
/// whose file changes while it is read is compared again later.
///
/// Positions end with the feed, because a tree has no history.
///
/// `Container`: `driver::CollectionSchema` or `Bucket`.
template <class Container>
class TreeFeed final : public driver::ChangeFeed {
 public:
  /// Both must outlive this.
  TreeFeed(const OpenTree& tree, const Container& container)
      : ChangeFeed({.store = "unidentified", .text = tree.options().text, .is_history = false}),
        tree_(tree),
        container_(container),
        monitor_(tree_.monitor()) {}

  /// See `ChangeFeed`.
  [[nodiscard]] bool has_signal() const override { return monitor_->is_complete(); }
  [[nodiscard]] bool covers(const driver::Document& document) override {
    const auto known = known_.find(document.id);
    return known != known_.end() && known->second.sequence == document.sequence;
  }
  [[nodiscard]] bool will_report(const Error& error) override {
    if (error.code() != Errc::unavailable || error.context().id.empty()) return false;
    unread_.insert(error.context().id);
    return true;
  }

  /// See `ChangeFeed`. Reads the tree again, and all records.
  [[nodiscard]] driver::FeedEnd end() override {
    known_.clear();
    unread_.clear();
    static_cast<void>(read());
    static_cast<void>(compare());
    return {.position = position(), .next_sequence = next_sequence_};
  }

  /// See `ChangeFeed`. Ignores the limit. Removals come first, then the other changes by `updated_at`.
  [[nodiscard]] driver::CommitPage changes(const std::string& after, std::size_t) override {
    if (after != position()) return {.is_lost = true};
    driver::CommitPage page{.position = after};
    if (!read() && unread_.empty()) return page;
    driver::Commit commit{.changes = compare()};
    if (commit.changes.empty()) return page;
    page.position = commit.position = position();
    page.commits.push_back(std::move(commit));
    return page;
  }

  /// See `ChangeFeed`. Without inotify waits for a second at least, the interval of the monitor.
  void wait(const std::string&, std::chrono::milliseconds timeout, const std::stop_token& stop) override {
    using std::chrono_literals::operator""ms;
    if (!has_signal()) timeout = std::max(timeout, 1000ms);
    if (!unread_.empty()) timeout = std::min(timeout, 250ms);
    monitor_->wait(seen_, timeout, stop);
  }

 private:
  using Clock = std::chrono::steady_clock;
  /// How long a record may be unreadable before that is an error.
  static constexpr std::chrono::seconds patience{30};

  /// A record as it was last reported.
  struct Known {
    std::int64_t sequence = 0;
    std::uint64_t stamp = 0;
    std::uint64_t digest = 0;  ///< of the document
  };
  using Records = std::unordered_map<std::string, Known>;

  [[nodiscard]] std::string position() const { return mark_ + ":" + std::to_string(commits_); }

  /// Reads what has changed. Returns whether the records are to be compared.
  [[nodiscard]] bool read() {
    const std::shared_ptr<TreeMonitor> before = std::exchange(monitor_, tree_.monitor());
    seen_ = monitor_->count();
    const std::uint64_t reading = tree_.read_changes(*monitor_);
    is_compared_ = is_compared_ && before == monitor_ && reading == reading_;
    reading_ = reading;
    return !is_compared_;
  }

  /// Compares all records with those that are known, and returns the changes. A call that throws changes nothing, so
  /// the next one returns what it has not.
  [[nodiscard]] std::vector<driver::RecordChange> compare() {
    Records present;
    std::unordered_set<std::string> unread;
    std::optional<Error> error;
    std::vector<driver::RecordChange> changes;
    for (TreeRow& row : tree_.rows_of(container_)) {
      const auto known = known_.find(row.id);
      const bool is_known = known != known_.end() && known->second.sequence == row.sequence;
      if (is_known && known->second.stamp == row.stamp && !unread_.contains(row.id)) {
        present.insert(*known);
        continue;
      }
      try {
        const driver::DocumentPtr document = tree_.document_of(container_, row.id);
        if (!document) continue;  // removed meanwhile
        const std::uint64_t digest = digest_of(*document);
        if (!is_known || known->second.digest != digest || unread_.contains(row.id))
          changes.push_back({row.id, row.sequence, document});
        present.insert_or_assign(row.id, Known{row.sequence, row.stamp, digest});
      } catch (const Error& failure) {
        if (failure.code() != Errc::unavailable) throw;
        if (is_known) present.insert(*known);
        unread.insert(row.id);
        error = failure.within({.id = row.id});
      }
    }
    check_patience(error);
    for (const auto& [id, known] : known_) {
      const auto now = present.find(id);
      if (now == present.end() || now->second.sequence != known.sequence)
        changes.push_back({.id = id, .sequence = known.sequence});
    }
    apply(std::move(present), std::move(unread));
    is_compared_ = true;
    if (!changes.empty()) ++commits_;
    std::ranges::stable_sort(changes, {}, [](const driver::RecordChange& change) {
      return std::pair(change.document ? change.document->updated_at : Timestamp::min(), change.sequence);
    });
    return changes;
  }

  void apply(Records present, std::unordered_set<std::string> unread) {
    known_ = std::move(present);
    unread_ = std::move(unread);
    for (const auto& [id, known] : known_) next_sequence_ = std::max(next_sequence_, known.sequence + 1);
  }

  /// Throws the error of a record that cannot be read if there has always been one for a while.
  void check_patience(const std::optional<Error>& error) {
    if (!error) return unread_since_.reset();
    if (!unread_since_) unread_since_ = Clock::now();
    if (Clock::now() - *unread_since_ >= patience) throw *error;
  }

  const OpenTree& tree_;
  const Container& container_;
  std::string mark_ = make_id();  ///< of positions: they are those of this feed
  Records known_;
  std::unordered_set<std::string> unread_;  ///< ids of records whose files changed while they were read
  std::optional<Clock::time_point> unread_since_{};
  std::int64_t next_sequence_ = 1;
  std::uint64_t commits_ = 0;
  std::shared_ptr<TreeMonitor> monitor_;
  std::uint64_t seen_ = 0;     ///< announcements of the monitor before the last reading
  std::uint64_t reading_ = 0;  ///< the last one of the store
  bool is_compared_ = false;   ///< with the records of that reading
};

}  // namespace reel::legacy
