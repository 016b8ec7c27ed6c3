#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

namespace reel::testing {

/// The collections and the bucket that a `StoreWriter` writes.
[[nodiscard]] inline MigrationSet written_set() {
  return migration_set<video::Video, video::Scene>({video::final_videos()});
}

/// Creates, changes and removes videos with scenes and films, at random. Several may write one store if they have
/// different names, also from different processes.
template <class Store>
class StoreWriter {
 public:
  /// `name` begins the ids.
  StoreWriter(Store& store, std::string name, std::uint32_t seed)
      : videos_(store), scenes_(store), films_(store, video::final_videos()), name_(std::move(name)), random_(seed) {
    videos_.setup();
    scenes_.setup();
    films_.setup();
  }

  /// One step: usually one to three writes.
  void step() {
    const auto kind = random_() % 10;
    if (living_.size() < 3 || (kind < 3 && living_.size() < 60)) return create();
    const std::string id = living_[random_() % living_.size()];
    if (kind < 6) return update(id);
    if (kind < 8) return put(id);
    remove(id);
  }

 private:
  void create() {
    const std::string id = name_ + std::to_string(++created_);
    videos_.create({.topic = "topic " + id}, {.id = Id<video::Video>{id}});
    for (std::int64_t number = static_cast<std::int64_t>(random_() % 3); number >= 0; --number)
      scenes_.create({.video_id = Id<video::Video>{id}, .scene_number = number},
                     {.id = Id<video::Scene>{id + "." + std::to_string(number)}});
    living_.push_back(id);
  }
  void update(const std::string& id) {
    videos_.update(Id<video::Video>{id}, Patch<video::Video>{}.template set<&video::Video::topic>(
                                             "topic " + std::to_string(random_() % 1000)));
  }
  void put(const std::string& id) {
    const std::string bytes = "film " + std::to_string(random_()) + std::string(random_() % 5000, 'x');
    films_.put(BlobId{id}, from_bytes(bytes), {.name = id + ".mp4", .overwrite = true});
  }
  /// The scenes are removed with the video.
  void remove(const std::string& id) {
    films_.remove(BlobId{id});
    videos_.remove(Id<video::Video>{id});
    std::erase(living_, id);
  }

  Repository<video::Video, Store> videos_;
  Repository<video::Scene, Store> scenes_;
  BlobStore<Store> films_;
  std::string name_;
  std::minstd_rand random_;
  std::int64_t created_ = 0;
  std::vector<std::string> living_{};
};

}  // namespace reel::testing
