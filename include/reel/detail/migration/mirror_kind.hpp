#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/migration/mirror_journal.hpp>
#include <reel/detail/watch_run.hpp>
#include <reel/detail/watch_token.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/error.hpp>
#include <reel/migration/options.hpp>
#include <reel/migration/report.hpp>
#include <reel/migration/set.hpp>

namespace reel::detail {

/// Shared by the collections and buckets of a mirror.
struct MirrorStores {
  driver::ErasedStore& source;
  driver::ErasedStore& target;
  MigrationOptions options;  ///< of the writes of a round; `on_progress` and `stop` also of its other work
  std::int64_t applied = 0, removed = 0;
};

/// A collection or bucket of a mirror: which ids are known to have changed, and up to which position of the source.
///
///     source -- read_changes --> pending ids -- apply --> written            present in the source
///                                                     --> absent -- remove   not in the source
///
/// A kind without a position, or with one that the source has lost, takes the present position and is compared as a
/// whole by the next `apply`. The pending ids and the position in memory may be ahead of those in the journal.
class MirrorKind {
 public:
  /// Reads nothing yet.
  MirrorKind(MigrationKind kind, MirrorStores& stores) : kind_(std::move(kind)), stores_(stores) {}
  MirrorKind(const MirrorKind&) = delete;
  MirrorKind& operator=(const MirrorKind&) = delete;
  virtual ~MirrorKind() = default;

  [[nodiscard]] const MigrationKind& kind() const { return kind_; }
  /// The properties of its feed; null while the source does not have the collection or bucket.
  [[nodiscard]] const driver::FeedTraits* traits() const { return feed_ ? &feed_->traits() : nullptr; }
  /// Ids whose change is known and not applied.
  [[nodiscard]] const std::set<std::string>& pending() const { return pending_; }
  /// Why ids are pending after a round.
  [[nodiscard]] const std::map<std::string, MigrationProblem>& failures() const { return failures_; }
  /// Whether the next round compares it as a whole.
  [[nodiscard]] bool compares() const { return compares_; }
  void compare_next() { compares_ = true; }

  /// Whether the target has no record or blob of it.
  [[nodiscard]] virtual bool is_target_empty() = 0;
  /// A set of this collection or bucket only.
  [[nodiscard]] virtual MigrationSet set() const = 0;
  /// Applies the pending changes, except the removals.
  virtual void apply() = 0;
  /// Removes what `apply` has found absent.
  virtual void remove() = 0;
  /// Compares what has changed since the copy.
  virtual void verify(VerificationReport& report) = 0;
  /// Whether to set it up in the target before it is written.
  bool sets_up = false;

  /// Of the present position, as `ResumeToken`; empty without one.
  [[nodiscard]] std::string token() const {
    if (position_.empty()) return {};
    return text_of({.origin = origin_, .next_sequence = next_sequence_, .position = position_});
  }

  /// Takes the present position, before the copy. A source that does not have the collection or bucket has none.
  void begin(bool compares) {
    compares_ = compares;
    try {
      open();
      take_position();
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) throw;
    }
  }
  /// Continues from the journal.
  void resume(const MirroredKind& state) {
    changed_ = state.changed;
    pending_ = state.waiting;
    compares_ = state.compares;
    recorded_ = state.token;
    if (!state.token.empty()) resume(token_from(state.token));
  }

  /// Reads the ids that have changed. Returns the number of changes. Throws `forbidden` if the reader may no longer
  /// read one of the records, because the target would lose or keep it without reason.
  std::int64_t read_changes() {
    if (position_.empty()) {
      begin(true);
      return 0;
    }
    for (std::int64_t found = 0;;) {
      driver::CommitPage page = feed_->changes(position_, 500);
      if (page.is_lost) {
        take_position();
        compares_ = true;
        return found;
      }
      for (const driver::Commit& commit : page.commits) {
        for (const driver::RecordChange& change : commit.changes) add(change);
        found += static_cast<std::int64_t>(commit.changes.size());
      }
      position_ = std::move(page.position);
      if (page.is_last || pending_.size() >= most_pending) return found;
    }
  }

  /// Fails an id: it stays pending. Throws the error if the session has ended, because all others would fail, too.
  void fail(const std::string& id, const std::string& operation, const Error& error) {
    const Errc code = error.code();
    if (code == Errc::unauthorized) throw error;
    if (code != Errc::cancelled) failures_[id] = {kind_, id, operation, code, error.reason()};
    pending_.insert(id);
  }

  /// Whether the journal lacks anything.
  [[nodiscard]] bool is_unrecorded() const { return is_changed_ || (!compares_ && token() != recorded_); }
  /// Whether anything was written since `record`.
  [[nodiscard]] bool has_written() const { return is_changed_; }
  /// Records the state between two rounds. While the kind is being compared, the position of before stays.
  void record(MirrorJournal& journal) {
    if (!compares_) recorded_ = token();
    journal.record(kind_.str(),
                   {.token = recorded_, .compares = compares_, .changed = unrecorded_, .waiting = pending_});
    unrecorded_.clear();
    is_changed_ = false;
  }
  /// Records the position before the copy.
  void record_begin(MirrorJournal& journal) {
    recorded_ = token();
    record(journal);
  }

 protected:
  /// A round reads no more changes than this of each kind, so that the journal proceeds.
  static constexpr std::size_t most_pending = 5'000;

  /// An id has the content of the source now, or neither store has it. `writes`: the target was written.
  void finish(const std::string& id, bool writes) {
    pending_.erase(id);
    failures_.erase(id);
    if (changed_.insert(id).second) unrecorded_.insert(id);
    is_changed_ = is_changed_ || writes || !unrecorded_.empty();
  }
  /// The comparison as a whole is complete: pending is what has failed in it, and what is to be removed.
  void finish_comparison(const std::set<std::string>& absent) {
    compares_ = false;
    std::erase_if(pending_, [&](const std::string& id) { return !failures_.contains(id); });
    pending_.insert(absent.begin(), absent.end());
  }
  void forget_failures() { failures_.clear(); }
  [[nodiscard]] const std::set<std::string>& changed() const { return changed_; }
  /// Describes the watch of it. Throws `not_found` while the source does not have it.
  [[nodiscard]] virtual WatchSubject subject() = 0;
  [[nodiscard]] MirrorStores& stores() const { return stores_; }

 private:
  void open() {
    if (feed_) return;
    const WatchSubject opened = subject();
    feed_ = opened.feed;
    origin_ = std::make_shared<const WatchOrigin>(
        WatchOrigin{feed_->traits().store, opened.container, query_digest(*opened.schema, {})});
  }
  /// Continues at a token. One of other data, or of a collection that is gone, is like none.
  void resume(const WatchToken& token) {
    try {
      open();
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) throw;
      return;
    }
    if (token.origin->store != origin_->store || token.origin->container != origin_->container) return;
    position_ = token.position;
    next_sequence_ = token.next_sequence;
  }
  void take_position() {
    driver::FeedEnd end = feed_->end();
    position_ = std::move(end.position);
    next_sequence_ = end.next_sequence;
  }
  void add(const driver::RecordChange& change) {
    if (change.is_hidden)
      throw Error(Errc::forbidden, "the mirror may no longer read '" + change.id + "' of " + kind_.str() +
                                       " in the source; grant it the permission again");
    pending_.insert(change.id);
    next_sequence_ = std::max(next_sequence_, change.sequence + 1);
  }

  MigrationKind kind_;
  MirrorStores& stores_;
  std::shared_ptr<driver::ChangeFeed> feed_{};  ///< null while the source does not have the collection or bucket
  std::shared_ptr<const WatchOrigin> origin_{};
  std::string position_{};
  std::int64_t next_sequence_ = 0;
  std::string recorded_{};  ///< the token in the journal
  bool compares_ = false;
  bool is_changed_ = false;  ///< anything was written since `record`
  std::set<std::string> pending_{}, changed_{}, unrecorded_{};
  std::map<std::string, MigrationProblem> failures_{};
};

}  // namespace reel::detail
