#pragma once

#include <concepts>
#include <memory>
#include <string>

#include <reel/blob.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/error.hpp>

namespace reel::detail {

/// Finds out whether another program has changed a collection or bucket since this object was created. It finds
/// nothing in a store without a history of its changes, and after an error.
template <class Container>
class SourceChanges {
 public:
  /// Takes the position of the last change. The arguments must outlive the object.
  SourceChanges(driver::ErasedStore& store, const Container& container) : store_(store), container_(container) {
    const driver::AbilitySet abilities = store.abilities();
    if (!(std::same_as<Container, Bucket> ? abilities.blob_changes : abilities.changes)) return;
    try {
      const std::shared_ptr<driver::ChangeFeed> feed = store_.changes(container_);
      if (feed->traits().is_history) position_ = feed->end().position;
    } catch (const Error&) {  // reading it reports the error
    }
  }

  /// Whether there was a change.
  [[nodiscard]] bool found() const {
    if (position_.empty()) return false;
    try {
      return !store_.changes(container_)->changes(position_, 1).commits.empty();
    } catch (const Error&) {
      return false;
    }
  }

 private:
  driver::ErasedStore& store_;
  const Container& container_;
  std::string position_;  ///< empty: unknown
};

}  // namespace reel::detail
