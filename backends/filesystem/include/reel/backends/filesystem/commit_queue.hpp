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

/// Group commit: threads queue what they want written; one of them, the leader, writes for all that have queued up
/// meanwhile, so that they share one sync.
template <class Transaction>
class CommitQueue {
 public:
  struct Request {
    std::function<void(Transaction&)> work{};
    bool several = false;  ///< more than one write: gets a transaction of its own
    std::exception_ptr error{};
    bool done = false;
  };
  using Group = std::vector<Request*>;

  /// Returns when the request is committed, or throws why not. `commit(group, finish)` is run by the leader alone; it
  /// calls `finish()` once the outcomes stand, and may go on with work of its own.
  template <class Commit>
  void submit(Request& request, Commit&& commit) {
    std::unique_lock lock(mutex_);
    waiting_.push_back(&request);
    changed_.wait(lock, [&] { return request.done || !has_leader_; });
    if (!request.done) lead(request, lock, commit);
    if (request.error) std::rethrow_exception(request.error);
  }

 private:
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

  /// The threads of a group look at the error at the same time, so each gets an object of its own.
  static std::exception_ptr copy_of_current_exception() {
    try {
      throw;
    } catch (const Error& error) {
      return std::make_exception_ptr(error.within({}));
    } catch (...) {
      return std::current_exception();
    }
  }

  /// The front request and those behind it that may share its transaction.
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
  bool has_leader_ = false;
  std::vector<Request*> waiting_;
};

}  // namespace reel::filesystem
