#pragma once

#include <concepts>

namespace reel::driver {

/// A store that derives from `HiddenStore` and thus has its operations as virtual functions already. A class derived
/// from such a store is not `Hidden`, because it may redefine operations.
template <class B>
concept Hidden = std::same_as<typename B::hidden_type, B>;

/// A store of type `B`, which must outlive this object, as the abstract class `Operations`: through a `Model`, or
/// directly if `B` is `Hidden`. The core uses it so that its code is compiled once for all backends.
template <class B, class Operations, class Model>
class ErasedAs {
 public:
  /// Refers to `store`.
  explicit ErasedAs(B& store) : model_(store) {}
  /// The operations of the store; valid as long as this object.
  [[nodiscard]] Operations& operator*() noexcept { return model_; }

 private:
  Model model_;
};
/// For a store that is `Hidden`: no model is needed.
template <Hidden B, class Operations, class Model>
class ErasedAs<B, Operations, Model> {
 public:
  /// Refers to `store`.
  explicit ErasedAs(B& store) : operations_(store.erased()) {}
  /// The operations of the store; valid as long as the store.
  [[nodiscard]] Operations& operator*() const noexcept { return operations_; }

 private:
  Operations& operations_;
};

}  // namespace reel::driver
