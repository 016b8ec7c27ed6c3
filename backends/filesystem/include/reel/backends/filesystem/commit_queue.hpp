#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include <reel/error.hpp>

namespace reel::filesystem {

/// Group commit. Threads queue their requests. One of them, the leader, commits for all requests that have arrived
/// meanwhile, so that they share one sync.
///
///     thread A   submit ── leads ── commit(A) ───────── commit(B, C) ── returns
///     thread B            submit ── waits ───────────────────────────── returns
///     thread C              submit ── waits ─────────────────────────── returns
///
/// The leader hands over as soon as its own request is done: the next group gets another leader. The mutex of the queue
/// is not held during a commit. Thread-safe.
template <class Transaction>
class CommitQueue {
 public:
  /// One request. Lives on the stack of the submitting thread.
  struct Request {
    /// Stages the writes; called once, by the leader.
    std::function<void(Transaction&)> work{};
    /// More than one write: the request gets a separate transaction.
    bool several = false;
    /// Why the request failed; set by `commit` or by the queue.
    std::exception_ptr error{};
    /// The outcome is final.
    bool done = false;
  };
  /// Requests that share a transaction, in order of arrival.
  using Group = std::vector<Request*>;

  /// Returns when the request is committed, and throws if it failed.
  ///
  /// `commit(group, finish)` is called by the leader only. It may call `finish()` once the outcomes are final, which
  /// lets the followers return, and continue with other work. If it throws before, all requests of the group fail.
  template <class Commit>
  void submit(Request& request, Commit&& commit) {
    std::unique_lock lock(mutex_);
    waiting_.push_back(&request);
    changed_.wait(lock, [&] { return request.done || !has_leader_; });
    if (!request.done) lead(request, lock, commit);
    if (request.error) std::rethrow_exception(request.error);
  }

 private:
  /// Commits groups until the leader's own request is done.
  template <class Commit>
  void lead(const Request& own, std::unique_lock<std::mutex>& lock, Commit& commit) {
    has_leader_ = true;
    while (!own.done) {
      Group group = take_group();
      lock.unlock();
      bool finished = false;
      const auto finish = [&] {
        const std::lock_guard relock(mutex_);
        for (Request* request : group) request->done = true;
        finished = true;
        changed_.notify_all();
      };
      try {
        commit(std::as_const(group), finish);
      } catch (...) {
        if (!finished) {
          for (Request* request : group) request->error = copy_of_current_exception();
        }
      }
      if (!finished) finish();
      lock.lock();
    }
    has_leader_ = false;
    changed_.notify_all();
  }

  /// A copy for each thread of a group, because several threads would otherwise use one exception object at the same
  /// time.
  static std::exception_ptr copy_of_current_exception() {
    try {
      throw;
    } catch (const Error& error) {
      return std::make_exception_ptr(error.within({}));
    } catch (...) {
      return std::current_exception();
    }
  }

  /// The first request and the following ones that may share its transaction, up to 1024.
  Group take_group() {
    std::size_t size = 1;
    while (!waiting_.front()->several && size < waiting_.size() && size < 1024 && !waiting_[size]->several) ++size;
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(size);
    Group group(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    return group;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_leader_ = false;  ///< a thread is committing
  std::vector<Request*> waiting_;
};

}  // namespace reel::filesystem
