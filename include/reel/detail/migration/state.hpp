#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>

#include <reel/blob.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/error.hpp>
#include <reel/md5.hpp>

namespace reel::detail {

/// A digest of the present state of one store of a migration: while it is the same, the store has not changed. Empty
/// unless the store has a history of its changes, or a `StoreIdentity::order`.
class MigrationState {
 public:
  /// `store` must outlive the object.
  explicit MigrationState(driver::ErasedStore& store) : store_(store), abilities_(store.abilities()) {
    try {
      if (abilities_.identity) order_ = store.identity().order;
    } catch (const Error&) {
      is_known_ = false;
    }
  }

  /// Adds a collection or bucket.
  template <class Container>
  void add(const Container& container) {
    if (!is_known_) return;
    const std::string position = position_of(container);
    is_known_ = !position.empty();
    digest_.update(position + '\n' + access_of(container));
  }
  /// The digest, or an empty string. Call it once.
  [[nodiscard]] std::string finish() { return is_known_ ? digest_.finish() : std::string(); }

 private:
  template <class Container>
  [[nodiscard]] std::string position_of(const Container& container) const {
    if (!(std::same_as<Container, Bucket> ? abilities_.blob_changes : abilities_.changes)) return {};
    try {
      const std::shared_ptr<driver::ChangeFeed> feed = store_.changes(container);
      return feed->traits().is_history ? order_ + ' ' + feed->end().position : order_;
    } catch (const Error&) {
      return {};
    }
  }

  /// The permissions of the collection or bucket, of which the history knows nothing.
  template <class Container>
  [[nodiscard]] std::string access_of(const Container& container) const {
    if (!(std::same_as<Container, Bucket> ? abilities_.blob_access : abilities_.access)) return {};
    std::string text;
    try {
      const driver::StoredAccessPtr access = store_.access(container);
      text = access->item_security ? "item security\n" : "\n";
      for (const Permission& permission : access->permissions) text += permission.str() + '\n';
    } catch (const Error& error) {
      text = error.what();
    }
    return text;
  }

  driver::ErasedStore& store_;
  driver::AbilitySet abilities_;
  std::string order_;
  Md5 digest_;
  bool is_known_ = true;
};

}  // namespace reel::detail
