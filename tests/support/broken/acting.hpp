#pragma once

#include <map>
#include <string>

#include <reel/as.hpp>

#include "support/broken/forwarding.hpp"

/// Stores that treat actors wrongly.
namespace broken {

using namespace reel;

/// Lets every actor do everything.
inline AnyStore with_full_rights(AnyStore& store, const Actor&) { return store; }

/// Remembers the first permissions of each collection and bucket.
class KeepsOldPermissions : public Forwarding {
 public:
  using Forwarding::Forwarding;
  driver::StoredAccessPtr access(const driver::CollectionSchema& schema) const {
    return first_.try_emplace(schema.id, driver::access_at_present(*below().access(schema))).first->second;
  }
  driver::StoredAccessPtr access(const Bucket& bucket) const {
    return first_.try_emplace(bucket.id, driver::access_at_present(*below().access(bucket))).first->second;
  }

 private:
  mutable std::map<std::string, driver::StoredAccessPtr> first_;
};

/// Loses the permissions of a collection at each setup without any.
class SetupRemovesPermissions : public Forwarding {
 public:
  using Forwarding::Forwarding, Forwarding::ensure;
  void ensure(driver::CollectionSchema schema) {
    if (!schema.access) schema.access.emplace();
    below().ensure(schema);
  }
};

}  // namespace broken
