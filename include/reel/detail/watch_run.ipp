#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/detail/watch_run.hpp>
#include <reel/detail/watch_token.ipp>
#include <reel/driver/blob_document.hpp>
#include <reel/driver/blob_schema.hpp>
#include <reel/driver/error_context.hpp>
#include <reel/driver/next_page.hpp>
#include <reel/driver/transient.hpp>
#include <reel/driver/validate.hpp>
#include <reel/local/conjunction.hpp>

namespace reel::detail {

REEL_INLINE WatchSubject watch_subject(driver::ErasedRecords& store, const driver::CollectionSchema& schema) {
  WatchSubject subject{.container = schema.id, .schema = &schema};
  subject.list = [&](const driver::QueryTree& query) { return store.list(schema, query); };
  subject.feed = store.abilities().changes ? store.changes(schema) : std::make_shared<driver::PolledFeed>(subject.list);
  return subject;
}

REEL_INLINE WatchSubject watch_subject(driver::ErasedBlobs& store, const Bucket& bucket) {
  WatchSubject subject{.container = bucket.id, .schema = &schema_of<BlobInfo>()};
  subject.list = [&](const driver::QueryTree& query) { return driver::documents_of(store.list(bucket, query)); };
  subject.feed =
      store.abilities().blob_changes ? store.changes(bucket) : std::make_shared<driver::PolledFeed>(subject.list);
  return subject;
}

REEL_INLINE WatchRun::WatchRun(WatchSubject subject, std::vector<driver::Condition> where, WatchOptions options)
    : subject_(std::move(subject)), where_(std::move(where)), options_(std::move(options)) {
  if (options_.bookmark_every.count() < 0) throw Error(Errc::invalid, "bookmark_every must not be negative");
  if (options_.poll_every.count() < 1) throw Error(Errc::invalid, "poll_every must be at least 1 ms");
  driver::validate(*subject_.schema, driver::QueryTree{.where = where_});
  subject_.feed->stop_on(options_.stop);
  interval_ = options_.poll_every;
  const driver::FeedTraits& traits = subject_.feed->traits();
  conditions_ = std::make_unique<local::Conjunction>(*subject_.schema, where_, traits.text);
  origin_ = std::make_shared<const WatchOrigin>(
      WatchOrigin{traits.store, subject_.container, query_digest(*subject_.schema, where_)});
  status_.since = now();
  if (options_.from.token()) resume(options_.from.token()->content());
}

REEL_INLINE WatchRun::~WatchRun() = default;

/// Continues after a token. Throws `invalid` if it is of another watch.
REEL_INLINE void WatchRun::resume(const WatchToken& token) {
  const auto check = [](const std::string& theirs, const std::string& ours, const std::string& what) {
    if (theirs != ours)
      throw Error(Errc::invalid,
                  "this resume token belongs to " + what + "; watch that one, or start from the beginning");
  };
  check(token.origin->store, origin_->store, "another store");
  check(token.origin->container, origin_->container, "the collection or bucket '" + token.origin->container + "'");
  check(token.origin->query, origin_->query, "a watch with other conditions");
  position_ = token.position;
  next_sequence_ = token.next_sequence;
  boundary_ = token.boundary;
  phase_ = boundary_ ? Phase::snapshot : Phase::follow;
  unknown_below_ = next_sequence_;
}

REEL_INLINE std::optional<WatchEvent> WatchRun::next() {
  for (;;) {
    if (options_.stop.stop_requested()) return std::nullopt;
    if (!events_.empty()) {
      WatchEvent event = std::move(events_.front());
      events_.pop_front();
      returned_ = event.token;
      returned_at_ = Clock::now();
      return event;
    }
    driver::in_context([&] { retry([&] { advance(); }); },
                       [&] { return ErrorContext{.operation = "watch", .collection = subject_.container}; });
  }
}

/// Calls `step`. If the store does not respond but may later, waits: as long as it asked for, and a random time that
/// grows with each failure in a row. Returns early after a stop.
template <class F>
void WatchRun::retry(F&& step) {
  using std::chrono_literals::operator""ms;
  try {
    step();
    pause_ = 0ms;
  } catch (const Error& error) {
    const Errc code = error.code();
    if (code == Errc::cancelled && options_.stop.stop_requested()) return;
    if (!subject_.feed->traits().reconnects || !driver::is_transient(code)) throw;
    events_.clear();  // of the step that failed, which is repeated
    set_state(WatchState::offline, error);
    pause_ = jitter_.after_failure(pause_, 100ms, 30'000ms);
    driver::sleep_unless_stopped(error.context().retry_after.value_or(0ms) + pause_, options_.stop);
  }
}

/// Adds due events, or waits.
REEL_INLINE void WatchRun::advance() {
  switch (phase_) {
    case Phase::begin:
      return begin();
    case Phase::snapshot:
      return subject_.feed->traits().is_history ? read_page() : read_present_page();
    case Phase::follow:
      return follow();
  }
}

REEL_INLINE void WatchRun::begin() {
  driver::FeedEnd end = subject_.feed->end();
  position_ = std::move(end.position);
  next_sequence_ = end.next_sequence;
  const bool is_now = options_.from.is_now();
  unknown_below_ = is_now ? next_sequence_ : 0;
  if (!is_now) boundary_.emplace();
  phase_ = is_now ? Phase::follow : Phase::snapshot;
  has_begun_ = true;
}

/// The history is lost: starts again with a snapshot.
REEL_INLINE void WatchRun::reset() {
  options_.from = from_beginning;
  events_.clear();
  matching_.clear();
  touched_.clear();
  next_page_.reset();
  begin();
  events_.push_back({.kind = ChangeKind::reset, .at = now(), .token = token()});
}

/// Reads a page of the snapshot of a store without history. Later changes of its records are found after the snapshot:
/// the feed has read the collection before.
REEL_INLINE void WatchRun::read_present_page() {
  if (!has_begun_) return reset();  // after a token within a snapshot
  set_state(WatchState::catching_up);
  driver::QueryTree query{.where = where_, .limit = 200, .after = next_page_};
  driver::Page<driver::DocumentPtr> page = driver::next_page(query, [&](const driver::QueryTree& of_page) {
    std::optional<driver::Page<driver::DocumentPtr>> present = subject_.feed->present(of_page);
    return present ? *std::move(present) : subject_.list(of_page);
  });
  std::erase_if(page.failed, [&](const Error& error) { return subject_.feed->will_report(error); });
  page = driver::whole(std::move(page));
  const std::shared_ptr<const WatchToken> before = token();
  for (const driver::DocumentPtr& document : page.items) {
    if (subject_.feed->covers(*document)) add_present(document);  // otherwise it follows as a change
  }
  next_page_ = std::move(page.next);
  if (!next_page_) end_snapshot();
  seal_events(before);
}

/// Reads a page of the snapshot and the commits up to the present.
REEL_INLINE void WatchRun::read_page() {
  set_state(WatchState::catching_up);
  driver::QueryTree query{.where = where_, .limit = 200};
  const driver::Cursor start = driver::cursor_after(boundary_->sequence, boundary_->id);
  if (!boundary_->id.empty()) query.after = start;
  const driver::Page<driver::DocumentPtr> page = driver::whole(subject_.list(query));
  driver::check_advance(page.next, start);
  const std::int64_t reach = page.next ? page.next->sequence : std::numeric_limits<std::int64_t>::max();

  std::map<std::int64_t, driver::DocumentPtr> shown;
  for (const driver::DocumentPtr& document : page.items) shown.insert_or_assign(document->sequence, document);
  std::vector<driver::CommitPage> since;
  while (since.empty() || !since.back().is_last) {
    since.push_back(subject_.feed->changes(since.empty() ? position_ : since.back().position, 500));
    if (since.back().is_lost) return reset();
  }

  // Nothing below throws: a step that failed is repeated from the start.
  const std::shared_ptr<const WatchToken> before = token();
  for (driver::CommitPage& commits : since) {
    for (const driver::Commit& commit : commits.commits) {
      for (const driver::RecordChange& change : commit.changes) {
        if (change.sequence <= boundary_->sequence) {
          add_change(change);
          continue;
        }
        const bool matches = change.document && conditions_->matches(*change.document);
        if (change.sequence <= reach) {
          if (matches) {
            shown.insert_or_assign(change.sequence, change.document);
          } else {
            shown.erase(change.sequence);
          }
        }
        // After a token within the snapshot: it may have been returned before.
        if (!matches && !is_known(change.sequence)) add_change(change);
      }
    }
    position_ = std::move(commits.position);
  }
  for (const auto& [sequence, document] : shown) add_present(document);
  if (page.next) {
    boundary_ = SnapshotBoundary{reach, page.next->id};
  } else {
    end_snapshot();
  }
  seal_events(before);
}

/// The last page was read: a bookmark marks the snapshot as complete.
REEL_INLINE void WatchRun::end_snapshot() {
  boundary_.reset();
  phase_ = Phase::follow;
  add_bookmark();
}

/// Adds the events of the next commits, or waits for some.
REEL_INLINE void WatchRun::follow() {
  driver::CommitPage page = subject_.feed->changes(position_, 500);
  if (page.is_lost) return reset();
  set_state(page.is_last ? (subject_.feed->has_signal() ? WatchState::live : WatchState::polling)
                         : WatchState::catching_up);
  if (!page.commits.empty()) interval_ = options_.poll_every;
  std::unordered_map<std::int64_t, std::size_t> last;  // the last commit with a change of the record
  if (options_.coalesce) {
    for (std::size_t i = 0; i < page.commits.size(); ++i) {
      for (const driver::RecordChange& change : page.commits[i].changes) last[change.sequence] = i;
    }
  }
  for (std::size_t i = 0; i < page.commits.size(); ++i) {
    driver::Commit& commit = page.commits[i];
    if (options_.coalesce && commit.changes.size() == 1 && last[commit.changes.front().sequence] != i) continue;
    const std::shared_ptr<const WatchToken> before = token();
    for (const driver::RecordChange& change : commit.changes) add_change(change);
    position_ = std::move(commit.position);
    seal_events(before);
  }
  position_ = std::move(page.position);
  if (!events_.empty() || !page.is_last) return;
  if (owes_bookmark_ || (options_.bookmark_every.count() > 0 && has_advanced() &&
                         Clock::now() - returned_at_ >= options_.bookmark_every)) {
    const std::shared_ptr<const WatchToken> here = token();
    add_bookmark();
    return seal_events(here);
  }
  wait();
}

/// The time until the next look if nothing happens. It grows if the store backs off. For a server it is up to a quarter
/// less, at random, so that many watches do not look at the same moment.
REEL_INLINE std::chrono::milliseconds WatchRun::next_interval() {
  const driver::FeedTraits& traits = subject_.feed->traits();
  const bool has_signal = subject_.feed->has_signal();
  if (has_signal && !traits.backs_off) return std::chrono::hours{1};
  const std::chrono::milliseconds longest =
      std::max(options_.poll_every, 30 * std::min(options_.poll_every, longest_interval / 30));
  std::chrono::milliseconds interval = longest;
  if (!has_signal)
    interval = std::exchange(interval_, traits.backs_off ? 2 * std::min(interval_, longest / 2) : interval_);
  return traits.reconnects ? jitter_.nearly(interval) : interval;
}

/// Waits for a change, until a bookmark is due, or until the next look.
REEL_INLINE void WatchRun::wait() {
  std::chrono::milliseconds timeout = std::min<std::chrono::milliseconds>(next_interval(), std::chrono::hours{24});
  if (options_.bookmark_every.count() > 0 && has_advanced())
    timeout = std::min(timeout, std::chrono::ceil<std::chrono::milliseconds>(std::max(
                                    Clock::duration::zero(), returned_at_ + options_.bookmark_every - Clock::now())));
  subject_.feed->wait(position_, timeout, options_.stop);
}

/// Adds the event of a record of the snapshot, which matches.
REEL_INLINE void WatchRun::add_present(const driver::DocumentPtr& document) {
  next_sequence_ = std::max(next_sequence_, document->sequence + 1);
  remember(document->sequence, true);
  add(ChangeKind::present, {.id = document->id, .sequence = document->sequence, .document = document});
}

/// Adds the event of a change, if the change concerns the records that match.
REEL_INLINE void WatchRun::add_change(const driver::RecordChange& change) {
  next_sequence_ = std::max(next_sequence_, change.sequence + 1);
  const bool is_unknown = !is_known(change.sequence);
  const bool matched = matching_.has(change.sequence);
  const bool matches = change.document && conditions_->matches(*change.document);
  if (is_unknown || matched || matches)
    add(matches                               ? matched || is_unknown ? ChangeKind::changed : ChangeKind::entered
        : change.document || change.is_hidden ? ChangeKind::left
                                              : ChangeKind::removed,
        change);
  remember(change.sequence, matches);
}

REEL_INLINE void WatchRun::add(ChangeKind kind, const driver::RecordChange& change) {
  events_.push_back({.kind = kind,
                     .id = change.id,
                     .document = change.document,
                     .at = change.document ? change.document->updated_at : now()});
}

REEL_INLINE void WatchRun::add_bookmark() {
  owes_bookmark_ = false;
  events_.push_back({.kind = ChangeKind::bookmark, .at = now()});
}

/// Sets the tokens of the events that have none yet: they are one step, so all but the last have the token `before` it,
/// with which a later watch repeats the step. Without a history it cannot repeat the creation of a record that is
/// removed until then, so that the record would never be reported as removed: from that event on the tokens are those
/// of a lost position.
REEL_INLINE void WatchRun::seal_events(std::shared_ptr<const WatchToken> before) {
  const bool is_history = subject_.feed->traits().is_history;
  auto event = std::find_if(events_.begin(), events_.end(), [](const WatchEvent& one) { return !one.token; });
  for (; event != events_.end(); ++event) {
    if (!is_history && event->document && event->document->sequence >= before->next_sequence) {
      before = std::make_shared<const WatchToken>(WatchToken{.origin = origin_,
                                                             .next_sequence = std::numeric_limits<std::int64_t>::max(),
                                                             .position = std::string(driver::lost_position)});
    }
    event->token = std::next(event) == events_.end() ? token() : before;
  }
}

/// The token of the present position.
REEL_INLINE std::shared_ptr<const WatchToken> WatchRun::token() const {
  return std::make_shared<const WatchToken>(
      WatchToken{.origin = origin_, .next_sequence = next_sequence_, .boundary = boundary_, .position = position_});
}

/// Whether the position is another one than that of the last event.
REEL_INLINE bool WatchRun::has_advanced() const { return !returned_ || returned_->position != position_; }

/// Whether the watch knows if the record matched.
REEL_INLINE bool WatchRun::is_known(std::int64_t sequence) const {
  return sequence >= unknown_below_ || touched_.has(sequence);
}

REEL_INLINE void WatchRun::remember(std::int64_t sequence, bool matches) {
  matching_.set(sequence, matches);
  if (sequence < unknown_below_) touched_.set(sequence, true);
}

REEL_INLINE void WatchRun::set_state(WatchState state, std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  if (status_.state != state) status_.since = now();
  status_.state = state;
  status_.error = std::move(error);
}

REEL_INLINE WatchStatus WatchRun::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace reel::detail
