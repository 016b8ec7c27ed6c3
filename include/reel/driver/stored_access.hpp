#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include <reel/permission.hpp>

namespace reel::driver {

/// The permissions of a collection or bucket as a store has them.
struct StoredAccess : AccessRules {
  /// Whether a reader must ask the store again. A store that changes permissions only through its own object sets this
  /// when it replaces them. Any other store returns objects that are outdated from the beginning, so that a reader asks
  /// before each operation.
  std::atomic<bool> is_outdated;

  /// The given permissions.
  StoredAccess(AccessRules rules, bool outdated) : AccessRules(std::move(rules)), is_outdated(outdated) {}
};

/// Shared by the store and its readers; never null.
using StoredAccessPtr = std::shared_ptr<const StoredAccess>;

/// Permissions for which the reader asks each time.
[[nodiscard]] inline StoredAccessPtr access_at_present(AccessRules rules) {
  return std::make_shared<const StoredAccess>(std::move(rules), true);
}

/// The permissions of a collection or bucket whose store does not keep them: those that the program specifies, or
/// those of a new one. `Container` is `CollectionSchema` or `Bucket`.
template <class Container>
[[nodiscard]] AccessRules specified_access(const Container& container) {
  return container.access.value_or(AccessRules{});
}

/// The permissions of a collection or bucket in a store that changes them only through its own object. The owner
/// serialises `set` with everything else.
class AccessCell {
 public:
  /// Those of a new collection or bucket.
  template <class Container>
  explicit AccessCell(const Container& container)
      : stored_(std::make_shared<StoredAccess>(specified_access(container), false)) {}

  /// Replaces the permissions, if `wanted` has any that differ.
  void set(const std::optional<AccessRules>& wanted) {
    if (!wanted || *wanted == *stored_) return;
    const auto replaced = std::exchange(stored_, std::make_shared<StoredAccess>(*wanted, false));
    replaced->is_outdated.store(true, std::memory_order_release);
  }
  /// The present permissions.
  [[nodiscard]] StoredAccessPtr get() const { return stored_; }

 private:
  std::shared_ptr<StoredAccess> stored_;
};

}  // namespace reel::driver
