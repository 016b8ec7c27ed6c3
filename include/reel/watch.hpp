#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <exception>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <reel/blob_store.hpp>
#include <reel/detail/watch_run.hpp>
#include <reel/driver/blob_document.hpp>
#include <reel/driver/erased_blobs.hpp>
#include <reel/driver/erased_records.hpp>
#include <reel/record.hpp>
#include <reel/repository.hpp>
#include <reel/watch/change.hpp>

/// @file
/// Watches: the records that match a query, and then every change of them.
///
///     writers of any thread, process or user
///        |
///     store         commits                     ChangeFeed of the backend       reel/driver/change_feed.hpp
///        |
///     WatchRun      snapshot and commits, in    which records match,            reel/detail/watch_run.hpp
///        |          one sequence of events      tokens, retries
///        |
///     Watch<T>      a range of Change<T>        read by the program
///     WatchHandle   calls a function            on a separate thread
///
/// `docs/guide/watching.md` introduces them with compiled examples and describes how each store finds its changes.

namespace reel {

/// One event of a watch on the records of type `T`. A program that keeps a copy of the records applies it like this:
///
///     switch (change.kind) {
///       case ChangeKind::present: case ChangeKind::entered: case ChangeKind::changed:
///         copy.insert_or_assign(change.id, *change.record);
///         break;
///       case ChangeKind::left: case ChangeKind::removed:
///         copy.erase(change.id);
///         break;
///       case ChangeKind::reset: copy.clear(); break;
///       case ChangeKind::bookmark: save(change.token.str()); break;
///     }
template <class T>
struct Change {
  /// The kind of the event.
  ChangeKind kind{};
  /// Id of the record; empty for `bookmark` and `reset`.
  Id<T> id{};
  /// The record after the change; none for `removed`, `bookmark` and `reset`.
  std::optional<Record<T>> record{};
  /// A watch that starts here continues after this event. If the store changed several records in one step, or if the
  /// event is in the middle of a page of a snapshot, it repeats the events of that step or page.
  ResumeToken token;
  /// `updated_at` of the record; without a record the time at which the watch learned of the event.
  Timestamp at{};
};

/// One event of a watch on the blobs of a bucket: `entered` for a stored blob, `changed` for one that was replaced, or
/// whose name or permissions changed.
template <>
struct Change<BlobInfo> {
  /// The kind of the event.
  ChangeKind kind{};
  /// Id of the blob; empty for `bookmark` and `reset`.
  BlobId id{};
  /// The blob after the change; none for `removed`, `bookmark` and `reset`.
  std::optional<BlobInfo> blob{};
  /// See `Change::token`.
  ResumeToken token;
  /// See `Change::at`.
  Timestamp at{};
};

namespace detail {

/// The typed event.
template <class T>
[[nodiscard]] Change<T> typed_change(WatchEvent event) {
  Change<T> change{.kind = event.kind,
                   .id = Id<T>{std::move(event.id)},
                   .token = ResumeToken(std::move(event.token)),
                   .at = event.at};
  if (event.document) decode(*event.document, change.record.emplace(), "watch");
  return change;
}
template <>
[[nodiscard]] inline Change<BlobInfo> typed_change<BlobInfo>(WatchEvent event) {
  return {.kind = event.kind,
          .id = BlobId{std::move(event.id)},
          .blob = driver::blob_of(event.document),
          .token = ResumeToken(std::move(event.token)),
          .at = event.at};
}

}  // namespace detail

/// The events of a watch: an input range without an end. `begin` and `++` wait for the next event; the range ends when
/// `WatchOptions::stop` is requested. `Repository::watch` and `BlobStore::watch` return it.
///
/// The guarantees, on every store:
///
/// - After a snapshot no change is missed: each is reported, or a later state of the same record. A change may be
///   reported more than once, after a resume for example.
/// - A record never goes backwards: no event has an older state of it than the one before.
/// - A read after an event returns the state of the record in the event, or a later one.
/// - Changes that the store applied in one step arrive one after the other, and a token is never between them.
/// - On a store with one order of commits, such as `Memory` and `Filesystem`, changes of different records arrive in
///   that order.
/// - A slow or stopped reader never makes a writer wait. If the store no longer has the history it needs, it gets
///   `reset` and a snapshot.
///
/// `begin` and `++` throw `reel::Error`: `invalid` at the start for a token of another store, collection or query;
/// `not_found` if the collection was not set up; `corrupt` for a record that cannot be read; and the errors of the
/// store. A server that does not respond is not an error: the watch is `offline` until it does.
///
/// Memory: the events of one page or commit; two bits for each record that matches; and about 100 bytes for each record
/// of the collection if the store keeps no history. Requests: those of a walk over the matches for the snapshot; after
/// it, none on the local stores, and two or three for each look at a server.
///
/// Copies share the position. The range is used by one thread at a time; `status` by any. The store must outlive it.
///
///     std::stop_source stop;
///     for (const Change<Track>& change : tracks.watch(query, {.from = token, .stop = stop.get_token()}))
///     handle(change);
template <class T>
class Watch {
 public:
  /// An input iterator. Copies share the position.
  class Iterator {
   public:
    /// The element type, for `std::input_iterator`.
    using value_type = Change<T>;
    /// For `std::input_iterator`.
    using difference_type = std::ptrdiff_t;
    /// For `std::input_iterator`.
    using iterator_concept = std::input_iterator_tag;

    /// An iterator at the end.
    Iterator() = default;
    /// The current event, valid until the next `++`.
    [[nodiscard]] const Change<T>& operator*() const { return **current_; }
    /// The current event, valid until the next `++`.
    [[nodiscard]] const Change<T>* operator->() const { return &**this; }
    /// Waits for the next event.
    Iterator& operator++() {
      std::optional<detail::WatchEvent> event = run_->next();
      current_->reset();
      if (event) current_->emplace(detail::typed_change<T>(*std::move(event)));
      return *this;
    }
    /// As `++it`.
    void operator++(int) { ++*this; }
    /// Whether the watch was stopped.
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return !it.current_ || !*it.current_; }

   private:
    friend Watch;
    explicit Iterator(std::shared_ptr<detail::WatchRun> run)
        : run_(std::move(run)), current_(std::make_shared<std::optional<Change<T>>>()) {
      ++*this;
    }
    std::shared_ptr<detail::WatchRun> run_;
    std::shared_ptr<std::optional<Change<T>>> current_;
  };

  /// Waits for the first event.
  [[nodiscard]] Iterator begin() const { return Iterator(run_); }
  /// The end after a stop.
  [[nodiscard]] std::default_sentinel_t end() const { return {}; }
  /// Whether the watch is up to date, and since when. Thread-safe.
  [[nodiscard]] WatchStatus status() const { return run_->status(); }

  /// For the library: the events of `run`, which must not be null.
  explicit Watch(std::shared_ptr<detail::WatchRun> run) : run_(std::move(run)) {}

 private:
  std::shared_ptr<detail::WatchRun> run_;
};

/// A watch that calls a function for each event, on a separate thread. Ends when it is destroyed, when `stop` is
/// called, and when `WatchOptions::stop` is requested. `Repository::watch` and `BlobStore::watch` return it.
///
/// The callback is called by one thread, one event after the other, and may use the store, other watches and this
/// handle. An exception from it, or an error of the store, ends the watch; `wait` throws it. The store must outlive the
/// handle.
class [[nodiscard]] WatchHandle {
 public:
  /// Takes over the watch.
  WatchHandle(WatchHandle&&) noexcept = default;
  /// Stops this watch and takes over the other one.
  WatchHandle& operator=(WatchHandle&& other) noexcept {
    if (this != &other) {
      finish();
      shared_ = std::move(other.shared_);
      thread_ = std::move(other.thread_);
    }
    return *this;
  }
  /// Stops the watch and waits until the callback has returned; does not wait if called from the callback.
  ~WatchHandle() { finish(); }

  /// Asks the watch to end, which it does after the present call of the callback. Thread-safe.
  void stop() noexcept { shared_->source.request_stop(); }
  /// Waits until the watch has ended, and throws the error that ended it, if any: one of the store or of the callback.
  void wait() {
    if (thread_.joinable()) thread_.join();
    const std::lock_guard lock(shared_->mutex);
    if (shared_->error) std::rethrow_exception(shared_->error);
  }
  /// Whether the watch is up to date, and since when. Thread-safe.
  [[nodiscard]] WatchStatus status() const { return shared_->run->status(); }
  /// Whether the watch has ended: `wait` returns at once. Thread-safe.
  [[nodiscard]] bool has_ended() const noexcept { return shared_->has_ended; }

  /// For the library: calls `callback` with each event of a watch. `make` returns the run for the options it is given.
  template <class T, class Make, class Callback>
  static WatchHandle start(Make&& make, WatchOptions options, Callback callback) {
    WatchHandle handle;
    handle.shared_ = std::make_shared<Shared>();
    Shared& shared = *handle.shared_;
    shared.outer.emplace(std::exchange(options.stop, shared.source.get_token()), Stop{shared.source});
    shared.run = make(std::move(options));
    handle.thread_ = std::thread([kept = handle.shared_, callback = std::move(callback)]() mutable {
      try {
        while (std::optional<detail::WatchEvent> event = kept->run->next())
          callback(detail::typed_change<T>(*std::move(event)));
      } catch (...) {
        const std::lock_guard lock(kept->mutex);
        kept->error = std::current_exception();
      }
      kept->has_ended = true;
    });
    return handle;
  }

 private:
  struct Stop {
    std::stop_source& source;
    void operator()() const noexcept { source.request_stop(); }
  };
  struct Shared {
    std::stop_source source{};
    std::optional<std::stop_callback<Stop>> outer{};  ///< of `WatchOptions::stop`
    std::shared_ptr<detail::WatchRun> run{};
    std::mutex mutex{};          ///< protects `error`
    std::exception_ptr error{};  ///< of the thread
    std::atomic<bool> has_ended = false;
  };

  WatchHandle() = default;

  void finish() noexcept {
    if (!thread_.joinable()) return;
    stop();
    if (thread_.get_id() == std::this_thread::get_id()) {
      thread_.detach();
    } else {
      thread_.join();
    }
  }

  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

namespace detail {

/// The run of a watch on `container` in `store`, of which it keeps the type-erased form `Erased`.
template <class Erased, class Backend, class Container>
[[nodiscard]] std::shared_ptr<WatchRun> watch_run(Backend& store, const Container& container,
                                                  std::vector<driver::Condition> where, WatchOptions options) {
  struct Kept {
    Kept(Backend& backend, const Container& of) : store(backend), container(of) {}
    Erased store;
    Container container;
    std::optional<WatchRun> run{};
  };
  const auto make = [&] {
    auto kept = std::make_shared<Kept>(store, container);
    kept->run.emplace(watch_subject(*kept->store, kept->container), std::move(where), options);
    WatchRun& run = *kept->run;
    return std::shared_ptr<WatchRun>(std::move(kept), &run);
  };
  return driver::in_context(make, [&] { return ErrorContext{.operation = "watch", .collection = container.id}; });
}

}  // namespace detail

template <class T, RecordBackend Backend>
Watch<T> Repository<T, Backend>::watch(const Query<T>& query) const {
  return watch(query, WatchOptions{});
}
template <class T, RecordBackend Backend>
Watch<T> Repository<T, Backend>::watch(const Query<T>& query, WatchOptions options) const {
  return Watch<T>(
      detail::watch_run<driver::RecordsOf<Backend>>(*backend_, schema(), query.tree().where, std::move(options)));
}
template <class T, RecordBackend Backend>
template <std::invocable<const Change<T>&> Callback>
WatchHandle Repository<T, Backend>::watch(const Query<T>& query, WatchOptions options, Callback callback) const {
  return WatchHandle::start<T>(
      [&](WatchOptions given) {
        return detail::watch_run<driver::RecordsOf<Backend>>(*backend_, schema(), query.tree().where, std::move(given));
      },
      std::move(options), std::move(callback));
}

template <BlobBackend Backend>
Watch<BlobInfo> BlobStore<Backend>::watch(const Query<BlobInfo>& query) const {
  return watch(query, WatchOptions{});
}
template <BlobBackend Backend>
Watch<BlobInfo> BlobStore<Backend>::watch(const Query<BlobInfo>& query, WatchOptions options) const {
  return Watch<BlobInfo>(
      detail::watch_run<driver::BlobsOf<Backend>>(*backend_, *bucket_, query.tree().where, std::move(options)));
}
template <BlobBackend Backend>
template <std::invocable<const Change<BlobInfo>&> Callback>
WatchHandle BlobStore<Backend>::watch(const Query<BlobInfo>& query, WatchOptions options, Callback callback) const {
  return WatchHandle::start<BlobInfo>(
      [&](WatchOptions given) {
        return detail::watch_run<driver::BlobsOf<Backend>>(*backend_, *bucket_, query.tree().where, std::move(given));
      },
      std::move(options), std::move(callback));
}

}  // namespace reel

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/detail/watch_run.ipp>
#endif
