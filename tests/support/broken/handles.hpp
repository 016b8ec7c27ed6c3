#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "support/broken/forwarding.hpp"

/// Stores whose objects keep data that belongs to the store.
namespace broken {

using namespace reel;

/// Loses updates with the store object that made them.
class UpdatesEndWithTheHandle : public Forwarding {
 public:
  using Forwarding::Forwarding, Forwarding::update;
  ~UpdatesEndWithTheHandle() {
    for (const auto& [key, old] : before_) {
      driver::Change back{.updated_at = old.document->updated_at};
      for (std::size_t i = 0; i < old.document->values.size(); ++i)
        back.values.emplace_back(static_cast<int>(i), old.document->values[i]);
      try {
        below().update(old.schema, old.document->id, std::move(back));
      } catch (const Error&) {  // a destructor cannot report it
      }
    }
  }
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id, driver::Change change) {
    const std::scoped_lock lock(mutex_);
    if (driver::DocumentPtr old = below().find(schema, id))
      before_.try_emplace(schema.id + "/" + old->id, Old{schema, old});
    return below().update(schema, id, std::move(change));
  }

 private:
  struct Old {
    driver::CollectionSchema schema;
    driver::DocumentPtr document;
  };
  std::mutex mutex_;
  std::map<std::string, Old> before_;
};

/// Returns records from a cache that is never updated.
class FindsFromItsCache : public Forwarding {
 public:
  using Forwarding::Forwarding, Forwarding::find, Forwarding::update, Forwarding::remove;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    return keep(schema, below().create(schema, std::move(document)));
  }
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) {
    {
      const std::scoped_lock lock(mutex_);
      const auto known = cache_.find(schema.id + "/" + std::string(id));
      if (known != cache_.end()) return known->second;
    }
    return keep(schema, below().find(schema, id));
  }
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id, driver::Change change) {
    return keep(schema, below().update(schema, id, std::move(change)));
  }
  bool remove(const driver::CollectionSchema& schema, std::string_view id, std::optional<Timestamp> time) {
    const std::scoped_lock lock(mutex_);
    cache_.clear();
    return below().remove(schema, id, time);
  }

 private:
  driver::DocumentPtr keep(const driver::CollectionSchema& schema, driver::DocumentPtr document) {
    const std::scoped_lock lock(mutex_);
    if (document) cache_.insert_or_assign(schema.id + "/" + document->id, document);
    return document;
  }
  std::mutex mutex_;
  std::map<std::string, driver::DocumentPtr> cache_;
};

/// Restores removed blobs with the next store object.
class RemovedBlobsReturn : public Forwarding {
 public:
  using Forwarding::Forwarding, Forwarding::find, Forwarding::remove;
  bool remove(const Bucket& bucket, std::string_view id) {
    const bool there = find(bucket, id).has_value();
    hidden_[bucket.id + "/" + std::string(id)] = true;
    return there;
  }
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) {
    return hidden_.contains(bucket.id + "/" + std::string(id)) ? std::nullopt : below().find(bucket, id);
  }

 private:
  std::map<std::string, bool> hidden_;
};

}  // namespace broken
