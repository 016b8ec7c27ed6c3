#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/blob_store.hpp>
#include <reel/driver/layer.hpp>
#include <reel/migration/set.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

/// Shared by the tests of migrations and verifications.
namespace reel::testing {

[[nodiscard]] inline const Bucket& films() {
  static const Bucket bucket = video::final_videos();
  return bucket;
}
[[nodiscard]] inline const MigrationSet& films_and_videos() {
  static const MigrationSet set = migration_set<video::Video>({films()});
  return set;
}

/// Creates the videos `v0`, `v1`, … and the films `b0`, `b1`, ….
template <class Store>
void fill(Store& store, int videos, int blobs) {
  const Repository<video::Video, Store> records(store);
  records.setup();
  std::vector<Draft<video::Video>> values;
  for (int i = 0; i < videos; ++i) {
    values.push_back({.value = video::Video{.topic = "t" + std::to_string(i)},
                      .options = {.id = Id<video::Video>{"v" + std::to_string(i)}}});
    if (values.size() == 10'000 || i + 1 == videos) records.create_many(std::exchange(values, {}));
  }
  const BlobStore<Store> files(store, films());
  files.setup();
  for (int i = 0; i < blobs; ++i)
    files.put(BlobId{"b" + std::to_string(i)}, from_bytes("film " + std::to_string(i)), {.name = "b.mp4"});
}

/// Counts the records and blobs that are read from a store.
template <class Store>
class Witness : public driver::Layer<Store> {
 public:
  using Base = driver::Layer<Store>;
  using Base::Base, Base::list, Base::find;

  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    auto page = Base::list(schema, query);
    records += static_cast<int>(page.items.size());
    return page;
  }
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) {
    ++records;
    return Base::find(schema, id);
  }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    ++blobs;
    return Base::read(bucket, id, range, sink);
  }

  std::atomic<int> records{0};
  std::atomic<int> blobs{0};
};

}  // namespace reel::testing
