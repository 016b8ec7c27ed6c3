#pragma once

#include <utility>

#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/timestamp.hpp>
#include <reel/video/statistics_holdings.hpp>
#include <reel/video/statistics_pipeline.hpp>
#include <reel/video/statistics_source.hpp>
#include <reel/video/statistics_types.hpp>

namespace reel::video {

/// The figures that the operator of a pipeline looks at: waiting, completed and failed videos, the durations of stages,
/// the commonest errors, the sizes of buckets and queues.
///
///     const video::Statistics week = video::statistics(store, {.since = reel::now() - 24h * 7, .owner_id = "ada"});
///     std::cout << week.summary.waiting << " videos wait\n";
///
/// Numbers of videos and scenes are those of their records. Numbers of moves are those of the events that `Catalog` and
/// `Queue` record: moves by other programs are missing, and a store without `video_events` has none. While others
/// write, the numbers may be of different moments.
///
/// The default is bounded: `StatisticsOptions::most_read`. A number that needs more is marked as partial.
///
/// Cost:
/// - `Memory`, `Filesystem` and `Legacy`: O(log n) for videos, scenes and queues, whatever their number. Reads at most
///   `most_read` events, fixes and files of each bucket, and the videos that were finished.
/// - `Appwrite`: 11 requests, and 12 if there are more than 5,000 videos, whatever the size of the store; the first
/// call
///   of a program may ask for the version of the server, too. A server counts no more than 5,000 records in a request,
///   so the numbers of more are partial. Of many videos, all numbers but that of completed ones are exact if no more
///   than 5,000 are not completed; of many scenes, all but that of rendered ones likewise. With `is_complete`, one more
///   for each further 5,000 records.
/// - With an owner or a topic, also reads the videos that match, and their scenes, 100 videos at a time. A topic has no
///   index, so local stores read all videos.
///
/// Throws:
/// - `invalid`: the range is empty, or `top` or `most_read` is below 1
/// - `not_found`: the store does not have the collections `videos` and `scenes`, or no video has the owner or the topic
template <class Backend>
requires RecordBackend<Backend> && BlobBackend<Backend>
[[nodiscard]] Statistics statistics(Backend& backend, StatisticsOptions options = {}) {
  const detail::StatisticsSource<Backend> source(backend, std::move(options), now());
  const detail::HoldingsReader<Backend> holdings(source);
  Statistics found;
  detail::PipelineReader<Backend>(source).read(found);
  holdings.read_fixes(found);
  holdings.read_queues(found);
  holdings.read_buckets(found);
  return found;
}

}  // namespace reel::video
