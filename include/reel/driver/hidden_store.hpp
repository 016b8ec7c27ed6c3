#pragma once

#include <memory>
#include <utility>

#include <reel/driver/erased_store.hpp>
#include <reel/driver/layer.hpp>

namespace reel::driver {

/// The base of a backend whose users do not include its implementation. `Self` derives from it, and passes it the store
/// that does the work in a constructor that is defined where that store's type is known:
///
///     class Memory : public HiddenStore<Memory, memory::abilities> {
///      public:
///       explicit Memory(const MemoryOptions& options = {});  // HiddenStore(std::make_shared<memory::Store>(options))
///     };
///
/// `has`: the abilities of `Self` and of the hidden store, or those of `ErasedStore` for any hidden store. An operation
/// of `Repository` and `BlobStore` costs one virtual call. Copies are the same store, which is as thread-safe as the
/// hidden one.
template <class Self, AbilitySet has>
class HiddenStore : public Layer<ErasedStore, has> {
 public:
  using hidden_type = Self;

  /// The operations without the abilities of `Self`.
  [[nodiscard]] ErasedStore& erased() const noexcept { return this->below(); }

 protected:
  /// Not null.
  template <class Store>
  explicit HiddenStore(std::shared_ptr<Store> store)
      : Layer<ErasedStore, has>(std::make_shared<StoreModel<Store>>(std::move(store))) {
    static_assert(has == type_abilities<Store> || has == type_abilities<ErasedStore>,
                  "reel: the hidden store has other abilities than this class promises");
  }

  /// The hidden store, whose type is `Store`.
  template <class Store>
  [[nodiscard]] Store& hidden() const noexcept {
    return static_cast<StoreModel<Store>&>(this->below()).store();
  }
};

}  // namespace reel::driver
