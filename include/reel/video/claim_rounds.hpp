#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/video/claim_round.hpp>
#include <reel/video/queue_core.hpp>
#include <reel/video/queue_scan.hpp>

namespace reel::video::detail {

/// Claims for the threads of one `Queue`. One thread leads a round for all threads that have asked meanwhile:
///
///     thread A   next ── leads ── claim_entries(A) ── move_videos(A) ── returns
///     thread B   next ─────────── waits ── leads ── claim_entries(B, C) ── move_videos(B, C) ── returns
///     thread C   next ─────────── waits ───────────────────────────────────────────────────── returns
///
/// One thread at a time claims entries, so that threads do not compete for the first one. Thread-safe.
template <class Backend>
class ClaimRounds {
 public:
  ClaimRounds(std::shared_ptr<QueueCore<Backend>> core, std::shared_ptr<QueueScan<Backend>> scan)
      : core_(std::move(core)), scan_(std::move(scan)) {}

  /// The next claim, or nothing if no video can be claimed now.
  [[nodiscard]] std::optional<std::pair<Held, StoredVideo>> next(const std::string& worker,
                                                                 std::chrono::milliseconds lease) {
    for (;;) {
      ClaimRequest request{.worker = worker, .lease = lease};
      take_part(request);
      if (request.error) std::rethrow_exception(request.error);
      if (request.video) return std::pair{*std::move(request.held), *std::move(request.video)};
      if (!request.is_void) return std::nullopt;
    }
  }

 private:
  static constexpr std::size_t most_requests = 64;  ///< of one round

  /// Waits until another thread has carried out the request, or leads a round for it and others.
  void take_part(ClaimRequest& request) {
    std::unique_lock lock(mutex_);
    waiting_.push_back(&request);
    if (has_leader_) request.changed.wait(lock, [&] { return request.is_done || request.leads; });
    if (request.is_done) return;
    has_leader_ = true;
    const std::vector<ClaimRequest*> group = first_waiting();
    ClaimRound<Backend> round(*core_, *scan_, group);
    lock.unlock();
    round.claim_entries();
    lock.lock();
    appoint_leader();
    lock.unlock();
    round.move_videos();
    lock.lock();
    for (ClaimRequest* one : group) {
      one->is_done = true;
      one->changed.notify_one();  // under the lock: the request ends with its wait
    }
  }

  /// Takes the requests of the next round out of the line. The leader is the first of them.
  std::vector<ClaimRequest*> first_waiting() {
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), most_requests));
    std::vector<ClaimRequest*> group(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    return group;
  }

  void appoint_leader() {
    has_leader_ = !waiting_.empty();
    if (!has_leader_) return;
    waiting_.front()->leads = true;
    waiting_.front()->changed.notify_one();
  }

  const std::shared_ptr<QueueCore<Backend>> core_;
  const std::shared_ptr<QueueScan<Backend>> scan_;
  std::mutex mutex_{};  ///< protects the members below
  std::vector<ClaimRequest*> waiting_{};
  bool has_leader_ = false;
};

}  // namespace reel::video::detail
