#pragma once

#include <memory>
#include <utility>

#include <reel/driver/erased_store.hpp>
#include <reel/driver/layer.hpp>

namespace reel::driver {

/// The base of a backend whose users do not include its implementation. `Self` derives from it and, in a constructor
/// that is defined where the type of the implementing store is known, passes that store to this base:
///
///     class Memory : public HiddenStore<Memory, memory::abilities> {
///      public:
///       explicit Memory(const MemoryOptions& options = {});  // HiddenStore(std::make_shared<memory::Store>(options))
///     };
///
/// `has`: the abilities of `Self` and of the hidden store, or those of `ErasedStore` for any hidden store. Each
/// operation of `Repository` and `BlobStore` costs one virtual call. Copies refer to the same store and are as
/// thread-safe as it.
template <class Self, AbilitySet has>
class HiddenStore : public Layer<ErasedStore, has> {
 public:
  /// Identifies the class to the concept `Hidden`.
  using hidden_type = Self;

  /// The operations of the hidden store, also those outside the abilities of `Self`.
  [[nodiscard]] ErasedStore& erased() const noexcept { return this->below(); }

 protected:
  /// Hides `store`, which must not be null. A store with other abilities than `has` is a compile error.
  template <class Store>
  explicit HiddenStore(std::shared_ptr<Store> store)
      : Layer<ErasedStore, has>(std::make_shared<StoreModel<Store>>(std::move(store))) {
    static_assert(has == type_abilities<Store> || has == type_abilities<ErasedStore>,
                  "reel: the hidden store has other abilities than this class promises");
  }

  /// The hidden store. `Store` must be its exact type, which is not checked.
  template <class Store>
  [[nodiscard]] Store& hidden() const noexcept {
    return static_cast<StoreModel<Store>&>(this->below()).store();
  }
};

}  // namespace reel::driver
