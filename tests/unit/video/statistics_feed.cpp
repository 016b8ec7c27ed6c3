#include <reel/video/statistics_feed.hpp>

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <reel/blob/sources.hpp>
#include <reel/driver/layer.hpp>
#include <reel/video/agent_memory.hpp>
#include <reel/video/catalog.hpp>
#include <reel/video/queue.hpp>
#include <reel/video/statistics.hpp>

#include "stores.hpp"
#include "support/catch.hpp"

namespace statistics_feed_tests {

using namespace reel;
using namespace reel::video;

/// Notes which collections and buckets are read.
class NotesReads : public driver::Layer<AnyStore> {
 public:
  using Layer::Layer, Layer::list, Layer::find;

  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) const {
    note(schema.id);
    return below().find(schema, id);
  }
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    note(schema.id);
    return below().list(schema, query);
  }
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    note(schema.id);
    return below().count(schema, query);
  }
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) const {
    note(bucket.id);
    return below().list(bucket, query);
  }

  /// The collections and buckets that were read since the last call.
  [[nodiscard]] std::set<std::string> take_reads() { return std::exchange(*reads_, {}); }

 private:
  void note(const std::string& container) const { reads_->insert(container); }

  std::shared_ptr<std::set<std::string>> reads_ = std::make_shared<std::set<std::string>>();
};
static_assert(driver::check_layer<NotesReads>());

TEST_CASE("after a change a feed reads its part alone and has the numbers of a fresh computation",
          "[statistics][statistics_feed]") {
  AnyStore below = video_tests::memory_store();
  NotesReads store(below);
  Queue(below).setup();
  AgentMemory(below).setup();
  const auto films = blobs(below, final_videos());
  const auto bayes = Queue(below).add({.topic = "Bayes"});
  StatisticsFeed<NotesReads> feed(store);
  static_cast<void>(feed.read());
  const std::set<std::string> pipeline{"videos", "scenes", "video_events"}, queues{"video_queue", "video_queues"};
  const std::set<std::string> stored{"final_videos", "scene_videos", "subtitles", "source_code", "artifacts"};
  static_cast<void>(store.take_reads());
  const auto check = [&](StatisticsPart part, const std::set<std::string>& expected) {
    feed.note(part);
    Statistics found = feed.read();
    CHECK(store.take_reads() == expected);
    const Statistics fresh = statistics(below);
    found.at = fresh.at;
    found.since = fresh.since;
    found.hours = fresh.hours;  // the hour may have changed
    found.days = fresh.days;
    found.summary.longest_wait = fresh.summary.longest_wait;
    found.summary.completed_per_hour = fresh.summary.completed_per_hour;
    CHECK(found == fresh);
  };
  static_cast<void>(feed.read());
  CHECK(store.take_reads().empty());
  films.put(BlobId{"film"}, from_bytes(std::string_view("12345")), {.name = "film.mp4"});
  check(StatisticsPart::buckets, stored);
  records<Fix>(below).create({.error_hash = "h", .fix_method = FixMethod::llm, .success_count = 2});
  check(StatisticsPart::fixes, {"agent_memory"});
  Queue(below).pause();
  check(StatisticsPart::queues, queues);
  static_cast<void>(Catalog(below).add_scene(bayes.id, {.number = 1}));
  check(StatisticsPart::pipeline, pipeline);
}

}  // namespace statistics_feed_tests
