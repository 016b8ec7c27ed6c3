#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <reel/collection_schema.hpp>

namespace reel::appwrite {

/// The schemas that were set up through a store; the server itself keeps no word of references. Thread-safe.
class KnownSchemas {
 public:
  void add(const CollectionSchema& schema) {
    const std::scoped_lock lock(mutex_);
    schemas_[schema.id] = std::make_shared<const CollectionSchema>(schema);
  }

  /// Those with an attribute that refers to the collection.
  [[nodiscard]] std::vector<std::shared_ptr<const CollectionSchema>> referrers(std::string_view collection) const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::shared_ptr<const CollectionSchema>> found;
    for (const auto& [id, schema] : schemas_) {
      if (std::any_of(schema->attributes.begin(), schema->attributes.end(),
                      [&](const AttributeSchema& attribute) { return attribute.references == collection; }))
        found.push_back(schema);
    }
    return found;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const CollectionSchema>> schemas_;
};

}  // namespace reel::appwrite
