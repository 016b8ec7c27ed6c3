#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/actor.hpp>
#include <reel/driver/stored_access.hpp>

namespace reel::detail {

/// What the permissions of one collection or bucket mean for one actor.
class ContainerRights {
 public:
  /// Decides for `actor`, which must outlive this object.
  ContainerRights(const Actor& actor, std::string id, driver::StoredAccessPtr access)
      : actor_(actor), id_(std::move(id)), access_(std::move(access)) {
    for (std::size_t i = 0; i < allowed_.size(); ++i)
      allowed_[i] = actor.is_allowed(static_cast<Permission::Action>(i), access_->permissions);
  }

  /// Whether the actor may do this with every item.
  [[nodiscard]] bool allows(Permission::Action action) const { return allowed_[static_cast<std::size_t>(action)]; }
  /// Whether the actor may do this with an item that has these permissions.
  [[nodiscard]] bool allows(Permission::Action action, const std::vector<Permission>& permissions) const {
    return allows(action) || (counts_items() && actor_.is_allowed(action, permissions));
  }
  /// Whether the permissions of single items count.
  [[nodiscard]] bool counts_items() const { return access_->item_security; }
  /// Id of the collection or bucket.
  [[nodiscard]] const std::string& id() const { return id_; }
  /// Whether the store may have other permissions by now.
  [[nodiscard]] bool is_outdated() const { return access_->is_outdated.load(std::memory_order_acquire); }

 private:
  const Actor& actor_;
  std::string id_;
  driver::StoredAccessPtr access_;
  std::array<bool, 4> allowed_{};  ///< by `Permission::Action`
};

/// A decision, which may be shared.
using RightsPtr = std::shared_ptr<const ContainerRights>;

/// Keeps decisions that stay valid until the store replaces the permissions, so that a read by id costs two loads and a
/// comparison. A decision that is replaced is kept, too, because another thread may be using it; there is one for each
/// change of permissions. Thread-safe.
class RightsCache {
 public:
  /// The decision for an id; null if there is none that is valid. The pointer does not own; it is valid as long as the
  /// cache.
  [[nodiscard]] RightsPtr find(const void* container, std::string_view id) const {
    const ContainerRights* found = slot(container).load(std::memory_order_acquire);
    if (!found || found->is_outdated() || found->id() != id) return nullptr;
    return RightsPtr(std::shared_ptr<void>(), found);
  }
  /// Keeps a decision.
  void add(const void* container, RightsPtr rights) {
    const std::lock_guard lock(mutex_);
    const auto known = std::find_if(all_.begin(), all_.end(), [&](const RightsPtr& one) {
      return !one->is_outdated() && one->id() == rights->id();
    });
    const ContainerRights* kept = known == all_.end() ? rights.get() : known->get();
    if (known == all_.end()) all_.push_back(std::move(rights));
    slot(container).store(kept, std::memory_order_release);
  }

 private:
  using Slot = std::atomic<const ContainerRights*>;
  static constexpr std::size_t slot_count = 16;

  /// The slot for a `CollectionSchema` or `Bucket` at this address.
  [[nodiscard]] static std::size_t index(const void* container) {
    return (reinterpret_cast<std::uintptr_t>(container) >> 4) % slot_count;
  }
  [[nodiscard]] Slot& slot(const void* container) { return slots_[index(container)]; }
  [[nodiscard]] const Slot& slot(const void* container) const { return slots_[index(container)]; }

  std::array<Slot, slot_count> slots_{};
  std::mutex mutex_;
  std::vector<RightsPtr> all_;
};

}  // namespace reel::detail
