#include "store_watches.hpp"

#include <optional>
#include <utility>

#include <reel/driver/change_feed.hpp>
#include <reel/error.hpp>
#include <reel/reel.hpp>
#include <reel/video/buckets.hpp>
#include <reel/video/event.hpp>
#include <reel/video/everything.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/queue_entry.hpp>
#include <reel/video/rows.hpp>

namespace tool::web {
namespace {

using namespace std::chrono_literals;

constexpr auto every_change = [](const auto&) { return true; };

}  // namespace

StoreWatches::StoreWatches(Store& store, LiveRun& run, LiveStatistics& statistics, Feed& feed)
    : store_(store), run_(run), statistics_(statistics), feed_(feed) {
  using namespace reel::video;
  start("videos", [this] { follow_rows<Video, VideoRow, VideoRowOf<std::string>>(); });
  start("scenes", [this] { follow_rows<Scene, SceneRow, SceneRowOf<std::string>>(); });
  start_records<Event>();
  start_records<QueueEntry>();
  start("video_queues", [this] { follow_controls(); });
  start_records<Fix>();
  for (const reel::Bucket& bucket : buckets()) {
    start(bucket.id, [this, bucket] {
      follow(bucket.id, reel::blobs(store_.below(), bucket), reel::Query<reel::BlobInfo>{}, every_change);
    });
  }
}

StoreWatches::~StoreWatches() {
  run_.end();
  for (std::thread& thread : threads_) thread.join();
}

template <class T>
void StoreWatches::start_records() {
  const std::string& name = reel::schema_of<T>().id;
  start(name, [this, name] { follow(name, reel::records<T>(store_.below()), reel::Query<T>{}, every_change); });
}

/// A store may contain records that only a row without the rules, or without the names of states, can hold.
template <class Strict, class Row, class AnyRow>
void StoreWatches::follow_rows() {
  const std::string& name = reel::schema_of<Strict>().id;
  reel::AnyStore& store = store_.below();
  static_cast<void>(reel::records<Strict>(store).exists(reel::Id<Strict>{"0"}));  // first, as VideoRow requires
  try {
    follow(name, reel::records<Row>(store), reel::Query<Row>{}, every_change);
  } catch (const reel::Error& error) {
    if (error.code() != reel::Errc::corrupt) throw;
    follow(name, reel::records<AnyRow>(store), reel::Query<AnyRow>{}, every_change);
  }
}

/// Workers write the record of their queue whenever they look at its clock; only a pause concerns the pages.
void StoreWatches::follow_controls() {
  using reel::video::QueueControl;
  std::map<std::string, bool> paused;
  follow("video_queues", reel::records<QueueControl>(store_.below()), reel::Query<QueueControl>{},
         [&](const reel::Change<QueueControl>& change) {
           if (!change.record) return true;
           const auto [known, is_new] = paused.try_emplace(change.id.str(), change.record->value.is_paused);
           return std::exchange(known->second, change.record->value.is_paused) != change.record->value.is_paused ||
                  is_new;
         });
}

template <class Container, class Query, class Concerns>
void StoreWatches::follow(const std::string& name, const Container& container, const Query& query,
                          const Concerns& concerns) {
  const auto watch = container.watch(query, {.from = reel::from_now, .stop = run_.stop(), .coalesce = true});
  run_.outages().add([watch] { return watch.status(); }, name);
  bool has_begun = false;
  for (const auto& change : watch) {
    const bool is_bookmark = change.kind == reel::ChangeKind::bookmark;
    const bool begins = !std::exchange(has_begun, true);  // what changed before is not reported
    if (begins || (!is_bookmark && concerns(change))) changed(name, begins ? "" : change.id.str());
  }
}

void StoreWatches::start(const std::string& name, Follow follow) {
  threads_.emplace_back([this, name, follow = std::move(follow)] {
    while (!run_.stop().stop_requested()) {
      try {
        follow();
      } catch (const reel::Error&) {  // not set up yet, or a record that cannot be read
        run_.outages().add({}, name);
        reel::driver::sleep_unless_stopped(5s, run_.stop());
      }
    }
  });
}

void StoreWatches::changed(const std::string& name, const std::string& id) {
  statistics_.note(name);
  const std::lock_guard lock(mutex_);
  Pending& pending = pending_[name];
  ++pending.count;
  if (id.empty()) pending.is_whole = true;
  if (pending.ids.size() <= most_ids) pending.ids.insert(id);
}

void StoreWatches::flush() {
  flush_changes();
  flush_outage();
}

void StoreWatches::flush_changes() {
  std::map<std::string, Pending> pending;
  {
    const std::lock_guard lock(mutex_);
    pending.swap(pending_);
  }
  for (auto& [name, changes] : pending) {
    if (changes.is_whole || changes.ids.size() > most_ids) changes.ids.clear();
    feed_.publish("change", {{"container", name}, {"ids", changes.ids}, {"count", changes.count}});
  }
}

void StoreWatches::flush_outage() {
  const std::optional<std::string> outage = run_.outages().present();
  if (std::exchange(is_outage_published_, outage.has_value()) == outage.has_value()) return;
  feed_.publish("state", {{"is_online", !outage}, {"reason", outage.value_or("")}});
}

}  // namespace tool::web
