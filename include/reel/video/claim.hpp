#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <reel/video/queue_core.hpp>

namespace reel::video {

/// A video that belongs to one worker until it is completed, failed or released, or until the lease ends. Returned by
/// `Queue::claim_next`.
///
/// A separate thread extends the lease each third of its length. If the lease has ended, because this program was
/// stopped for longer, `lost()` is stopped, and every call that would end the claim is `conflict` and does not end it,
/// whether another program has taken the video or not. A claim that is destroyed is released, so an exception returns
/// the video to the queue.
///
/// Each call may be made by any thread. The backend must outlive the claim; the `Queue` need not.
template <class Backend>
class [[nodiscard]] Claim {
 public:
  /// Takes over the claim.
  Claim(Claim&&) noexcept = default;
  /// Releases this claim and takes over the other one.
  Claim& operator=(Claim&& other) noexcept {
    if (this != &other) {
      drop();
      shared_ = std::move(other.shared_);
    }
    return *this;
  }
  /// Gives the video back unless the claim has ended. The attempt counts, so a video that always throws is dead after
  /// `QueueOptions::max_attempts`. Errors are ignored: the lease then ends.
  ~Claim() { drop(); }

  /// The id of the video.
  [[nodiscard]] const Id<Video>& id() const noexcept { return shared_->video.id; }
  /// The video when it was claimed.
  [[nodiscard]] const StoredVideo& video() const noexcept { return shared_->video; }
  /// The number of claims of the video so far, this one included. A later claim has a higher one.
  [[nodiscard]] std::int64_t epoch() const noexcept { return shared_->epoch; }
  /// The number of attempts since the video was queued, this one included.
  [[nodiscard]] std::int64_t attempt() const noexcept { return shared_->attempt; }

  /// Stopped when the claim is known to be lost: to another worker, or because the store has not responded until the
  /// end of the lease. Not when the claim ends by a call of this class.
  [[nodiscard]] std::stop_token lost() const noexcept { return shared_->lost.get_token(); }

  /// Extends the lease to its full length from now on. Needed only if `QueueOptions::sends_heartbeats` is false. One
  /// request; none if a call that ends the claim has failed and may be repeated. Throws `conflict` if the claim was
  /// lost or has ended.
  void heartbeat() { shared_->extend(); }

  /// Completes the video. Throws `conflict` if the claim was lost, or if another program has moved the video meanwhile.
  /// May be repeated after any other error, until the end of the lease: no heartbeat is sent after `timed_out` and
  /// `unavailable`, since the claim may have ended. Six requests.
  void complete(std::optional<double> total_duration = {}) {
    shared_->settle(
        {.next = EntryState::done, .target = shared_->core->options().stage.done, .total_duration = total_duration});
  }
  /// Gives the video back for another attempt after a backoff, or fails it if this was the last one. A long reason is
  /// kept as `Catalog::fail` does. Errors as `complete`.
  void fail(std::string_view reason) { shared_->fail(reason); }
  /// Gives the video back at once. The attempt does not count. Errors as `complete`.
  void release() { shared_->settle(shared_->core->released()); }

  /// For `Queue`: the claim that `core` has made.
  Claim(std::shared_ptr<detail::QueueCore<Backend>> core, detail::Held held, StoredVideo video)
      : shared_(std::make_unique<Shared>(std::move(core), std::move(held), std::move(video))) {
    if (shared_->core->options().sends_heartbeats) shared_->start();
  }

 private:
  struct Shared {
    Shared(std::shared_ptr<detail::QueueCore<Backend>> of, detail::Held by, StoredVideo claimed)
        : core(std::move(of)), epoch(by.epoch), attempt(by.attempt), video(std::move(claimed)), held(std::move(by)) {}

    void start() {
      heart = std::jthread([this](const std::stop_token& stop) { beat(stop); });
    }

    void extend() {
      const std::lock_guard lock(mutex);
      check_open();
      if (held.is_in_doubt) return;
      losing([&] { core->extend(held); });
    }

    void settle(const detail::ClaimEnd& outcome) {
      const std::lock_guard lock(mutex);
      check_open();
      losing([&] { core->settle(held, outcome); });
      has_ended = true;
      ended.notify_all();
    }

    /// The error is kept only while the claim holds: a worker that has lost the video leaves no trace of it.
    void fail(std::string_view reason) {
      extend();
      const std::string kept = core->catalog().kept_error(video.id, reason);
      settle(core->failed(attempt, kept));
    }

    /// Extends the lease until the claim ends or is lost.
    void beat(const std::stop_token& stop) {
      const auto period = std::max(held.lease / 3, std::chrono::milliseconds{1});
      auto lease_end = std::chrono::steady_clock::now() + held.lease;
      std::unique_lock lock(mutex);
      while (!ended.wait_for(lock, stop, period, [&] { return has_ended; }) && !stop.stop_requested()) {
        if (held.is_in_doubt) continue;  // a conflict would not mean that the claim was lost
        const auto start = std::chrono::steady_clock::now();
        try {
          losing([&] { core->extend(held); });
          lease_end = start + held.lease;
        } catch (const Error&) {  // a conflict has ended the claim; other errors may pass before the lease ends
          if (std::chrono::steady_clock::now() >= lease_end) lost.request_stop();
          if (lost.stop_requested()) return;
        }
      }
    }

    bool is_open() {
      const std::lock_guard lock(mutex);
      return !has_ended;
    }
    void check_open() const {
      if (has_ended) throw Error(Errc::conflict, "the claim has ended", {.operation = "claim", .id = video.id.str()});
    }

    /// A conflict means that the claim does not hold any more.
    template <class F>
    void losing(F&& write) {
      try {
        write();
      } catch (const Error& error) {
        if (error.code() == Errc::conflict) {
          has_ended = true;
          ended.notify_all();
          lost.request_stop();
        }
        throw;
      }
    }

    const std::shared_ptr<detail::QueueCore<Backend>> core;
    const std::int64_t epoch;
    const std::int64_t attempt;
    const StoredVideo video;
    std::stop_source lost{};
    std::mutex mutex{};  ///< protects the members below
    std::condition_variable_any ended{};
    bool has_ended = false;
    detail::Held held;
    std::jthread heart{};  ///< last, so that it ends before the rest
  };

  void drop() noexcept {
    if (!shared_) return;
    try {
      const bool is_last = shared_->attempt >= shared_->core->options().max_attempts;
      const std::string reason = "the worker has dropped the claim";
      if (shared_->is_open()) shared_->settle(is_last ? shared_->core->dead(reason) : shared_->core->again(reason, {}));
    } catch (const Error&) {
    }
    shared_.reset();
  }

  std::unique_ptr<Shared> shared_;
};

}  // namespace reel::video
