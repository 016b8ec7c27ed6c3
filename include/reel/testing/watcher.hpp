#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <reel/testing/expect.hpp>
#include <reel/watch.hpp>

namespace reel::testing {

/// How long a rule waits for an event before it counts as missing.
inline std::chrono::milliseconds watch_patience = std::chrono::seconds{20};

/// The options of the watches in the rules: a short interval for stores that are polled, and no bookmarks while nothing
/// happens.
[[nodiscard]] inline WatchOptions watch_options(WatchStart from = from_beginning) {
  return {.from = std::move(from),
          .bookmark_every = std::chrono::milliseconds{0},
          .poll_every = std::chrono::milliseconds{10}};
}

/// The event as `kind id`, without the id for `bookmark` and `reset`.
template <class T>
[[nodiscard]] std::string show_change(const Change<T>& change) {
  std::string text(enum_name(change.kind));
  if (!change.id.str().empty()) text += " " + change.id.str();
  return text;
}

/// A copy of the watched records, as a program keeps it by the events of a watch.
template <class T>
class WatchedCopy {
 public:
  /// Applies an event. Throws `Broken` if a record goes backwards.
  void apply(const Change<T>& change) {
    switch (change.kind) {
      case ChangeKind::present:
      case ChangeKind::entered:
      case ChangeKind::changed: {
        expect(change.record.has_value(), "the event '" + show_change(change) + "' has no record");
        const auto before = records_.find(change.id.str());
        expect(before == records_.end() || before->second.updated_at <= change.record->updated_at,
               "the event '" + show_change(change) + "' has an older state of the record than an earlier event");
        records_.insert_or_assign(change.id.str(), *change.record);
        break;
      }
      case ChangeKind::left:
      case ChangeKind::removed:
        records_.erase(change.id.str());
        break;
      case ChangeKind::reset:
        records_.clear();
        break;
      case ChangeKind::bookmark:
        break;
    }
  }
  /// The records by id.
  [[nodiscard]] const std::map<std::string, Record<T>>& records() const { return records_; }
  /// The records of a repository that match, in the same form.
  template <class Repository>
  [[nodiscard]] static std::map<std::string, Record<T>> of(const Repository& repository, const Query<T>& query) {
    std::map<std::string, Record<T>> all;
    for (const Record<T>& record : repository.all(query.limit(500))) all.insert_or_assign(record.id.str(), record);
    return all;
  }

 private:
  std::map<std::string, Record<T>> records_;
};

/// Collects the events of a watch on a separate thread, for a rule that changes records meanwhile.
template <class T>
class Watcher {
 public:
  /// Starts a watch on a `Repository` or `BlobStore`.
  template <class Watched>
  Watcher(const Watched& watched, const Query<T>& query, WatchOptions options = watch_options())
      : watch_(watched.watch(query, stopped_by(source_, std::move(options)))) {
    thread_ = std::thread([this] {
      try {
        for (const Change<T>& change : watch_) {
          const std::lock_guard lock(mutex_);
          events_.push_back(change);
          changed_.notify_all();
        }
      } catch (...) {
        const std::lock_guard lock(mutex_);
        error_ = std::current_exception();
        changed_.notify_all();
      }
    });
  }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher() {
    source_.request_stop();
    thread_.join();
  }

  /// See `Watch::status`.
  [[nodiscard]] WatchStatus status() const { return watch_.status(); }

  /// The events so far.
  [[nodiscard]] std::vector<Change<T>> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }

  /// Waits until `done(events)`. Throws the error of the watch, and `Broken` after `watch_patience`.
  void wait_until(const std::function<bool(const std::vector<Change<T>>&)>& done, std::string_view what) const {
    std::unique_lock lock(mutex_);
    const bool in_time = changed_.wait_for(lock, watch_patience, [&] { return error_ != nullptr || done(events_); });
    if (error_) std::rethrow_exception(error_);
    if (!in_time) throw Broken("waiting for " + std::string(what) + "; the events so far are " + show(texts(events_)));
  }

  /// Waits for the next event that was not yet expected, which must be `text`: see `show_change`.
  void expect_next(const std::string& text) {
    wait_until([&](const auto& events) { return events.size() > expected_; }, "the event '" + text + "'");
    expect_equal(show_change(events()[expected_]), text, "event number " + std::to_string(expected_ + 1));
    ++expected_;
  }
  /// Waits for the next event that was not yet expected, which must be the removal of a record that the actor could
  /// read. A server whose cache still has the record answers as if it existed, so that it may also be `left`.
  void expect_gone(const std::string& id) {
    wait_until([&](const auto& events) { return events.size() > expected_; }, "the removal of '" + id + "'");
    const std::string event = show_change(events()[expected_]);
    if (event != "removed " + id && event != "left " + id)
      throw Broken("expected 'removed " + id + "', got '" + event + "'");
    ++expected_;
  }
  /// The event that was expected last.
  [[nodiscard]] Change<T> last() const { return events()[expected_ - 1]; }

  /// Waits until a copy of the records, kept by the events, is `expected(copy)`.
  template <class Expected>
  void expect_copy_that(Expected&& expected, std::string_view what) const {
    wait_until(
        [&](const auto& events) {
          WatchedCopy<T> copy;
          for (const Change<T>& change : events) copy.apply(change);
          return expected(copy.records());
        },
        what);
  }
  /// Waits until a copy of the records, kept by the events, equals what `present()` returns.
  template <class Present>
  void expect_copy(Present&& present) const {
    expect_copy_that([&](const auto& records) { return records == present(); }, "a copy that equals the store");
  }

 private:
  static WatchOptions stopped_by(const std::stop_source& source, WatchOptions options) {
    options.stop = source.get_token();
    return options;
  }
  static std::vector<std::string> texts(const std::vector<Change<T>>& events) {
    std::vector<std::string> all;
    for (const Change<T>& change : events) all.push_back(show_change(change));
    return all;
  }

  std::stop_source source_;
  Watch<T> watch_;
  mutable std::mutex mutex_;  ///< protects the events and the error
  mutable std::condition_variable changed_;
  std::vector<Change<T>> events_;
  std::exception_ptr error_;
  std::size_t expected_ = 0;
  std::thread thread_;
};

}  // namespace reel::testing
