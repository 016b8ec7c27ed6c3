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

/// A digest of the state of both stores of a migration: while it is the same, neither has changed. Empty unless both
/// stores have a history of their changes, or a `StoreIdentity::order`.
class MigrationState {
 public:
  /// Adds the present state of a collection or bucket.
  template <class Container>
  void add(driver::ErasedStore& store, const Container& container) {
    if (!is_known_) return;
    const std::string state = state_of(store, container);
    is_known_ = !state.empty();
    digest_.update(state + '\n' + access_of(store, container));
  }
  /// The digest, or an empty string. Call it once.
  [[nodiscard]] std::string finish() { return is_known_ ? digest_.finish() : std::string(); }

 private:
  template <class Container>
  static std::string state_of(driver::ErasedStore& store, const Container& container) {
    const driver::AbilitySet abilities = store.abilities();
    try {
      const std::string order = abilities.identity ? store.identity().order : std::string();
      if (!(std::same_as<Container, Bucket> ? abilities.blob_changes : abilities.changes)) return {};
      const std::shared_ptr<driver::ChangeFeed> feed = store.changes(container);
      return feed->traits().is_history ? order + ' ' + feed->end().position : order;
    } catch (const Error&) {
      return {};
    }
  }

  /// The permissions of the collection or bucket, of which the history knows nothing.
  template <class Container>
  static std::string access_of(driver::ErasedStore& store, const Container& container) {
    const driver::AbilitySet abilities = store.abilities();
    if (!(std::same_as<Container, Bucket> ? abilities.blob_access : abilities.access)) return {};
    std::string text;
    try {
      const driver::StoredAccessPtr access = store.access(container);
      text = access->item_security ? "item security\n" : "\n";
      for (const Permission& permission : access->permissions) text += permission.str() + '\n';
    } catch (const Error& error) {
      text = error.what();
    }
    return text;
  }

  Md5 digest_;
  bool is_known_ = true;
};

}  // namespace reel::detail
