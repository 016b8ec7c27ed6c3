#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/video/buckets.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/queue_entry.hpp>
#include <reel/video/statistics_source.hpp>

namespace reel::video::detail {

/// Reads the part of `statistics` that is about fixes, queues and buckets, whatever owner or topic was chosen.
template <class Backend>
class HoldingsReader {
 public:
  explicit HoldingsReader(const StatisticsSource<Backend>& source) : source_(source) {}

  /// Sets `Statistics::fixes`.
  void read_fixes(Statistics& found) const {
    found.fixes.clear();
    std::map<FixMethod, FixCount> methods;
    const auto query = Query<Fix>{}.template reading<&Fix::fix_method, &Fix::success_count, &Fix::failure_count>();
    found.fixes_are_partial = source_.unless_missing([&] {
      return source_.take_first(records<Fix>(source_.backend()), query, source_.most_read(),
                                [&](const Record<Fix>& fix) {
                                  FixCount& count = methods[fix.value.fix_method];
                                  ++count.fixes;
                                  count.successes += fix.value.success_count;
                                  count.failures += fix.value.failure_count;
                                });
    });
    for (const auto& [method, name] : EnumNames<FixMethod>::names) {
      methods[method].method = name;
      found.fixes.push_back(methods[method]);
    }
  }

  /// Sets `Statistics::queues`.
  void read_queues(Statistics& found) const {
    found.queues.clear();
    std::map<std::string, QueueDepth> depths = source_.unless_missing([&] {
      std::map<std::string, QueueDepth> all;
      for (const Record<QueueControl>& control : records<QueueControl>(source_.backend()).all())
        all[control.id.str()] = {.queue = control.id.str(), .is_paused = control.value.is_paused};
      return all;
    });
    const bool is_partial =
        source_.unless_missing([&] { return source_.has_indexes() ? count_entries(depths) : walk_entries(depths); });
    for (auto& [name, depth] : depths) {
      depth.is_partial = is_partial;
      found.queues.push_back(std::move(depth));
    }
  }

  /// Sets `Statistics::buckets`.
  void read_buckets(Statistics& found) const {
    found.buckets.clear();
    for (const Bucket& bucket : buckets())
      found.buckets.push_back(usage_of(BlobStore<Backend>(source_.backend(), bucket)));
  }

 private:
  static constexpr std::array counted_states = {EntryState::announced, EntryState::waiting, EntryState::claimed,
                                                EntryState::settling, EntryState::dead};

  /// Returns whether there are more entries than were read.
  bool count_entries(std::map<std::string, QueueDepth>& depths) const {
    for (auto& [name, depth] : depths) {
      for (const EntryState state : counted_states)
        add_entries(depth, state,
                    records<QueueEntry>(source_.backend())
                        .count(Query<QueueEntry>{}.where(field<&QueueEntry::queue> == name &&
                                                         field<&QueueEntry::state> == state)));
    }
    return false;
  }
  /// As `count_entries`, by reading `most_read` entries.
  bool walk_entries(std::map<std::string, QueueDepth>& depths) const {
    if (depths.empty()) return false;
    const auto query = Query<QueueEntry>{}
                           .where(field<&QueueEntry::state>.one_of(counted_states))
                           .template reading<&QueueEntry::queue, &QueueEntry::state>();
    const auto add = [&](const Record<QueueEntry>& entry) {
      const auto depth = depths.find(entry.value.queue);
      if (depth != depths.end()) add_entries(depth->second, entry.value.state, 1);
    };
    return source_.take_first(records<QueueEntry>(source_.backend()), query, source_.most_read(), add);
  }
  static void add_entries(QueueDepth& depth, EntryState state, std::int64_t count) {
    switch (state) {
      case EntryState::announced:
        depth.announced += count;
        break;
      case EntryState::waiting:
        depth.waiting += count;
        break;
      case EntryState::claimed:
      case EntryState::settling:
        depth.claimed += count;
        break;
      case EntryState::dead:
        depth.dead += count;
        break;
      case EntryState::done:
        break;
    }
  }

  /// Lists the blobs of a bucket.
  [[nodiscard]] BucketUsage usage_of(const BlobStore<Backend>& blobs) const {
    BucketUsage usage{.bucket = blobs.bucket().id};
    std::int64_t most = source_.most_read();
    if (!source_.has_indexes() && !source_.options().is_complete)
      most = std::min<std::int64_t>(most, 499);  // one request of Appwrite
    usage.is_partial = source_.unless_missing([&] {
      return source_.take_first(blobs, Query<BlobInfo>{}, most, [&](const BlobInfo& blob) { add_blob(usage, blob); });
    });
    return usage;
  }
  void add_blob(BucketUsage& usage, const BlobInfo& blob) const {
    ++usage.files;
    usage.bytes += blob.size;
    if (!source_.range().contains(blob.created_at)) return;
    ++usage.new_files;
    usage.new_bytes += blob.size;
  }

  const StatisticsSource<Backend>& source_;
};

}  // namespace reel::video::detail
