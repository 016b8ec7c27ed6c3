#pragma once

#include <concepts>
#include <memory>
#include <type_traits>

#include <reel/driver/erased_store.hpp>

namespace reel {

/// Refers to a store of any type, which must outlive it and its copies. A value type for options.
class StoreReference {
 public:
  /// No store.
  StoreReference() = default;
  /// Converts implicitly from a store: `{.backup = store}`.
  template <class Store>
  requires(!std::same_as<std::remove_const_t<Store>, StoreReference>) StoreReference(Store& store) {
    const auto held = std::make_shared<driver::StoreOf<Store>>(store);
    store_ = std::shared_ptr<driver::ErasedStore>(held, &**held);
  }

  /// Whether there is a store.
  [[nodiscard]] explicit operator bool() const noexcept { return store_ != nullptr; }
  /// The operations of the store, of which there must be one.
  [[nodiscard]] driver::ErasedStore& operator*() const noexcept { return *store_; }

 private:
  std::shared_ptr<driver::ErasedStore> store_;
};

}  // namespace reel
