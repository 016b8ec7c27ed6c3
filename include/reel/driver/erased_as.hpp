#pragma once

#include <concepts>

namespace reel::driver {

/// A store that is erased already, as a `HiddenStore` is. A class derived from one is not: it may redefine operations.
template <class B>
concept Hidden = std::same_as<typename B::hidden_type, B>;

/// A store of type `B`, which must outlive it, as `Operations`: through a `Model`, unless it is erased already.
template <class B, class Operations, class Model>
class ErasedAs {
 public:
  explicit ErasedAs(B& store) : model_(store) {}
  [[nodiscard]] Operations& operator*() noexcept { return model_; }

 private:
  Model model_;
};
template <Hidden B, class Operations, class Model>
class ErasedAs<B, Operations, Model> {
 public:
  explicit ErasedAs(B& store) : operations_(store.erased()) {}
  [[nodiscard]] Operations& operator*() const noexcept { return operations_; }

 private:
  Operations& operations_;
};

}  // namespace reel::driver
