#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/text/utf8.hpp>
#include <reel/video/queue_core.hpp>
#include <reel/video/queue_intake.hpp>

namespace reel::video::detail {

/// Throws `invalid` for arguments of a claim out of range.
inline void check_worker(const std::string& worker, std::chrono::milliseconds lease) {
  const ErrorContext context{.operation = "claim_next"};
  if (worker.empty()) throw Error(Errc::invalid, "the name of the worker is empty", context);
  if (!text::is_valid_utf8(worker)) throw Error(Errc::invalid, "the name of the worker is not UTF-8", context);
  if (text::code_points(worker) > static_cast<std::size_t>(worker_length))
    throw Error(Errc::invalid, "the name of the worker is longer than " + std::to_string(worker_length) + " characters",
                context);
  if (lease < std::chrono::milliseconds{10} || lease > std::chrono::hours{24 * 365})
    throw Error(Errc::invalid, "a lease is at least 10 ms and at most a year", context);
}

/// Why a video is not claimed, or an empty string if it can be.
[[nodiscard]] inline std::string reason_of(const std::optional<QueueEntry>& entry, const QueueOptions& options,
                                           bool is_source, std::string_view status, Timestamp now) {
  const std::string state = "its status is '" + std::string(status) + "'";
  if (!entry || entry->state == EntryState::done || (entry->state == EntryState::dead && is_source))
    return is_source ? "" : state + ", which the queue '" + options.name + "' does not take";
  if (entry->queue != options.name) return "it is in the queue '" + entry->queue + "'";
  const std::string worker = "worker '" + entry->worker.value_or("") + "'";
  const std::string last = entry->reason ? "; the last reason is: " + *entry->reason : "";
  switch (entry->state) {
    case EntryState::announced:
      return "it is about to be queued";
    case EntryState::claimed:
      if (entry->lease_until < now) return "the lease of " + worker + " has ended, and it will be queued again";
      return worker + " has claimed it with epoch " + std::to_string(entry->epoch) + " until " +
             format_timestamp(entry->lease_until);
    case EntryState::settling:
      return "the claim of " + worker + " has just ended";
    case EntryState::dead:
      return "it is dead after " + std::to_string(entry->attempts) + " attempts" + last;
    default:
      if (!is_source) return state + ", so another program has taken it";
      if (entry->ready_at <= now) return "";
      return "it waits until " + format_timestamp(entry->ready_at) + " after " + std::to_string(entry->attempts) +
             " attempts" + last;
  }
}

/// Finds videos to claim: in the order of the queue, those whose lease has ended, and those that programs without a
/// queue have queued by their state. Thread-safe.
template <class Backend>
class QueueScan {
 public:
  explicit QueueScan(std::shared_ptr<QueueCore<Backend>> core) : core_(std::move(core)), intake_(core_) {}

  /// The entries in a state, in the order of claims.
  [[nodiscard]] Query<QueueEntry> in_order(EntryState state) const {
    return of_state(state)
        .template order_by<&QueueEntry::priority>(descending)
        .template order_by<&QueueEntry::queued_at>();
  }

  /// The first entries that can be claimed, at least `count` if there are as many. If other processes claim at the same
  /// time (`is_contended`), more of them, those of the highest priority in random order, so that the processes do not
  /// meet at each of them.
  [[nodiscard]] std::vector<Record<QueueEntry>> candidates(std::size_t count, bool is_contended) const {
    const auto limit = static_cast<std::int64_t>(is_contended ? 4 * count + 8 : count);
    const auto query = in_order(EntryState::waiting).where(field<&QueueEntry::ready_at> <= core_->now());
    std::vector<Record<QueueEntry>> entries = core_->entries().list(query.limit(limit)).records;
    if (!is_contended || entries.empty()) return entries;
    const std::int64_t priority = entries.front().value.priority;
    const auto others = std::find_if(entries.begin(), entries.end(),
                                     [&](const auto& entry) { return entry.value.priority != priority; });
    std::shuffle(entries.begin(), others, std::minstd_rand(static_cast<std::uint32_t>(id_hash(make_id()))));
    return entries;
  }

  /// Ends leases and adopts videos, if the last time is long ago: `poll` for leases; for videos, also twenty times as
  /// long as looking for them takes.
  void run_if_due() {
    const auto now = Clock::now().time_since_epoch().count();
    if (now >= next_expiry_.load()) expire();
    if (now >= next_adoption_.load()) {
      adopt();
    } else {
      owes_adoption_ = true;
    }
  }
  /// Ends leases and adopts videos now.
  void run() {
    expire();
    adopt();
  }
  /// Looks for more when the queue is empty. Returns whether there may be something to claim.
  bool find_more() {
    const auto now = Clock::now().time_since_epoch().count();
    if (now < next_adoption_.load()) return false;
    return adopt() > 0;
  }

  /// The time until a lease ends, an entry that could not be claimed at `looked` can be, or videos are to be adopted
  /// that `run_if_due` has left, at most `longest`.
  [[nodiscard]] std::chrono::milliseconds until_next(Timestamp looked, std::chrono::milliseconds longest) {
    const Timestamp now = core_->now();
    if (owes_adoption_) {
      const Clock::duration left{next_adoption_ - Clock::now().time_since_epoch().count()};
      longest = std::min(longest, std::chrono::ceil<std::chrono::milliseconds>(left));
    }
    for (const EntryState state : leased_states) {
      const auto entry = core_->entries().first(of_state(state).order_by(field<&QueueEntry::lease_until>));
      if (entry) longest = std::min(longest, std::max(entry->value.lease_until - now, expiry_period()));
    }
    const auto later = of_state(EntryState::waiting).where(field<&QueueEntry::ready_at> > looked);
    if (const auto entry = core_->entries().first(later.order_by(field<&QueueEntry::ready_at>)))
      longest = std::min(longest, entry->value.ready_at - now);
    return std::max(longest, std::chrono::milliseconds{1});
  }

 private:
  using Clock = std::chrono::steady_clock;
  /// The videos that are looked up in the queue with one request.
  static constexpr std::int64_t adopted_together = 100;
  /// The states of entries that another program changes after `lease_until`.
  static constexpr std::array leased_states = {EntryState::claimed, EntryState::settling, EntryState::announced};

  [[nodiscard]] Query<QueueEntry> of_state(EntryState state) const {
    return Query<QueueEntry>{}.where(field<&QueueEntry::queue> == core_->options().name &&
                                     field<&QueueEntry::state> == state);
  }

  /// Ends the claims whose lease has ended. One thread of the process at a time; the others do not wait.
  void expire() {
    const std::unique_lock lock(expiring_, std::try_to_lock);
    if (!lock) return;
    const Timestamp now = core_->now();
    for (const EntryState state : leased_states) {
      const auto ended = of_state(state).where(field<&QueueEntry::lease_until> < now);
      for (const Record<QueueEntry>& entry : core_->entries().all(ended.limit(100))) {
        end(entry);
      }
    }
    next_expiry_ = (Clock::now() + expiry_period()).time_since_epoch().count();
  }
  /// Ends the claim or announcement, unless its video or entry cannot be written: the others end all the same.
  void end(const Record<QueueEntry>& entry) {
    try {
      if (entry.value.state == EntryState::claimed) {
        core_->expire(entry);
      } else if (entry.value.state == EntryState::settling) {
        core_->finish(entry);
      } else {
        intake_.conclude(entry);
      }
    } catch (const Error& error) {
      if (is_in_doubt(error)) throw;  // the store does not respond
    }
  }
  [[nodiscard]] std::chrono::milliseconds expiry_period() const {
    return std::min(core_->options().poll, std::chrono::milliseconds{100});
  }

  /// Queues the videos that can be claimed by their state and are not in the queue. Returns their number. One thread of
  /// the process at a time; the others do not wait.
  std::int64_t adopt() {
    const std::unique_lock lock(adopting_, std::try_to_lock);
    owes_adoption_ = !lock;
    if (!lock) return 0;
    const auto start = Clock::now();
    std::int64_t adopted = 0;
    const auto query = Query<VideoRow>{}.where(field<&VideoRow::status>.one_of(core_->options().stage.sources));
    const RowView<VideoRow, Backend> rows(core_->catalog().backend());
    std::vector<Record<VideoRow>> some;
    for (const Record<VideoRow>& video : rows->all(query.limit(adopted_together))) {
      some.push_back(video);
      if (std::ssize(some) == adopted_together) adopted += adopt(std::exchange(some, {}));
    }
    adopted += adopt(some);
    const auto taken = Clock::now() - start;
    next_adoption_ =
        (Clock::now() + std::max<Clock::duration>(core_->options().poll, 20 * taken)).time_since_epoch().count();
    return adopted;
  }
  std::int64_t adopt(const std::vector<Record<VideoRow>>& videos) {
    std::vector<Id<QueueEntry>> ids;
    for (const Record<VideoRow>& video : videos) ids.emplace_back(video.id.str());
    std::set<Id<QueueEntry>> known;
    std::int64_t adopted = 0;
    for (const Record<QueueEntry>& entry : core_->entries().find_many(ids)) {
      known.insert(entry.id);
      const EntryState state = entry.value.state;
      if (state == EntryState::done || state == EntryState::dead) adopted += intake_.readopt(entry) ? 1 : 0;
      if (state == EntryState::announced && entry.value.queue == core_->options().name)
        adopted += intake_.admit(entry) ? 0 : 1;
    }
    for (const Record<VideoRow>& video : videos)
      if (!known.contains(Id<QueueEntry>{video.id.str()})) adopted += intake_.adopt(video) ? 1 : 0;
    return adopted;
  }

  const std::shared_ptr<QueueCore<Backend>> core_;
  QueueIntake<Backend> intake_;
  std::mutex expiring_{}, adopting_{};
  std::atomic<Clock::rep> next_expiry_{0}, next_adoption_{0};
  std::atomic<bool> owes_adoption_ = false;  ///< a look for videos was left out because the last one is not long ago
};

}  // namespace reel::video::detail
