#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/video/queue_core.hpp>
#include <reel/video/queue_scan.hpp>

namespace reel::video::detail {

/// A claim for which a thread waits.
struct ClaimRequest {
  const std::string& worker;            ///< the name of the worker
  std::chrono::milliseconds lease{};    ///< the length of the lease
  std::optional<Held> held{};           ///< the claim
  std::optional<StoredVideo> video{};   ///< its video, once it has moved to `busy`
  bool is_void = false;                 ///< the video could not be moved, so another one has to be claimed
  std::exception_ptr error{};           ///< the failure of the request
  bool leads = false, is_done = false;  ///< for `ClaimRounds`
  std::condition_variable changed{};    ///< likewise

  /// Whether this request needs no other entry.
  [[nodiscard]] bool is_settled() const { return held || error; }
  /// Whether the video of its entry is still to be moved.
  [[nodiscard]] bool needs_video() const { return held && !video && !is_void && !error; }
};

/// Claims a video for each of several requests. They share all reads and writes:
///
///     1  list      the first entries that wait
///     2  list      their videos
///     3  update    each entry to `claimed` if it is as in step 1      decides who has the claim
///     4  update    each video to `busy` if it is as in step 2
///     5  create    the events
///
/// A program that is stopped between the steps 3 and 4 for longer than its lease cannot move a video that it has lost:
/// ending the lease has changed the video, see `QueueCore::finish`. A video that is not as in step 2 is read again.
template <class Backend>
class ClaimRound {
 public:
  ClaimRound(QueueCore<Backend>& core, QueueScan<Backend>& scan, std::vector<ClaimRequest*> requests)
      : core_(core), scan_(scan), requests_(std::move(requests)) {}

  /// The steps 1 to 3, until each request has an entry or there are no more. An error is stored in the requests that
  /// have none.
  void claim_entries() noexcept {
    try {
      if (core_.is_paused()) return;
      scan_.run_if_due();
      std::vector<ClaimRequest*> open = requests_;
      for (bool is_contended = false; !open.empty(); is_contended = true) {
        std::vector<Record<QueueEntry>> entries = scan_.candidates(open.size(), is_contended);
        if (!entries.empty()) {
          claim_entries(open, entries);
        } else if (!scan_.find_more()) {
          return;
        }
        std::erase_if(open, [](const ClaimRequest* request) { return request->is_settled(); });
      }
    } catch (...) {
      for (ClaimRequest* request : requests_)
        if (!request->is_settled()) request->error = std::current_exception();
    }
  }

  /// The steps 4 and 5. A claim whose video could not be moved is released; its error is stored in the request.
  void move_videos() noexcept {
    try {
      move_unchanged();
      for (ClaimRequest* request : requests_) {
        if (!request->needs_video()) continue;
        request->video = core_.begin_work(*request->held);
        request->is_void = !request->video;
      }
    } catch (...) {
      for (ClaimRequest* request : requests_)
        if (request->needs_video()) request->error = std::current_exception();
    }
    release_failed();
  }

 private:
  /// Gives the videos of failed requests back, so that they need not wait for the ends of their leases. Stops at the
  /// first error: the store does not respond.
  void release_failed() noexcept {
    try {
      for (ClaimRequest* request : requests_)
        if (request->held && request->error) core_.settle(*request->held, core_.released());
    } catch (const std::exception&) {  // the rest ends with its leases
    }
  }

  /// The steps 2 and 3. A request whose entry was claimed by another program stays open.
  void claim_entries(const std::vector<ClaimRequest*>& open, std::vector<Record<QueueEntry>>& entries) {
    entries.resize(std::min(entries.size(), open.size()));
    read_videos(entries);
    std::vector<Update<QueueEntry>> updates;
    updates.reserve(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i)
      updates.push_back({.id = entries[i].id,
                         .patch = core_.claiming(entries[i].value, open[i]->worker, open[i]->lease),
                         .if_unchanged_since = entries[i].updated_at});
    const BulkResult<QueueEntry> results = core_.entries().update_many(std::move(updates), {.partial = true});
    for (std::size_t i = 0; i < results.items.size(); ++i) {
      const BulkItem<QueueEntry>& item = results.items[i];
      if (item.record) {
        open[i]->held = core_.held(*item.record, open[i]->lease);
      } else if (!is_stale(*item.error)) {
        open[i]->error = std::make_exception_ptr(*item.error);
      }
    }
  }

  /// Step 2. Without a result if there is a video that cannot be read in this way: each is then read alone.
  void read_videos(const std::vector<Record<QueueEntry>>& entries) {
    std::vector<Id<VideoRow>> ids;
    ids.reserve(entries.size());
    for (const Record<QueueEntry>& entry : entries) ids.emplace_back(entry.id.str());
    for (Record<VideoRow>& video : core_.catalog().find_many(ids)) {
      Id<Video> id{video.id.str()};
      seen_.insert_or_assign(std::move(id), std::move(video));
    }
  }

  /// Moves the videos that are as in step 2. Those that another program has changed have no result.
  void move_unchanged() {
    std::vector<ClaimRequest*> movable;
    std::vector<SeenVideo> videos;
    for (ClaimRequest* request : requests_) {
      if (!request->held || request->error) continue;
      const auto video = seen_.find(Id<Video>{request->held->id.str()});
      if (video == seen_.end() || !can_move(status_in(video->second.value), core_.options().stage.busy)) continue;
      movable.push_back(request);
      videos.push_back(
          {std::move(video->second), {.worker = request->worker, .attempt = request->held->attempt, .message = {}}});
    }
    auto moved = core_.catalog().move_seen(std::move(videos), core_.options().stage.busy);
    for (std::size_t i = 0; i < moved.size(); ++i) {
      if (moved[i].video) {
        movable[i]->video = std::move(moved[i].video);
      } else if (!is_stale(*moved[i].error)) {
        movable[i]->error = std::make_exception_ptr(*moved[i].error);
      }
    }
  }

  QueueCore<Backend>& core_;
  QueueScan<Backend>& scan_;
  const std::vector<ClaimRequest*> requests_;
  std::map<Id<Video>, Record<VideoRow>> seen_{};  ///< the videos of the entries, as in step 2
};

}  // namespace reel::video::detail
