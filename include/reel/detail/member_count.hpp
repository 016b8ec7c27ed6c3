#pragma once

#include <cstddef>
#include <exception>
#include <type_traits>
#include <utility>

namespace reel::detail {

/// Initializes a member of `T` of any type, but not a base class. The conversion is never called; it has a definition
/// because clang warns of a function without one if `T` is in an unnamed namespace.
template <class T>
struct AnyMember {
  template <class M>
  requires(!std::is_base_of_v<M, T>) operator M() const noexcept { std::terminate(); }
};

/// Initializes a base class of `T` that has no members. Never called either.
template <class T>
struct EmptyBase {
  template <class B>
  requires(std::is_base_of_v<B, T> && !std::is_same_v<B, T> && std::is_empty_v<B>) operator B() const noexcept {
    std::terminate();
  }
};

/// Whether `T{…}` compiles with so many initializers for base classes and for members.
template <class T, std::size_t... Bases, std::size_t... Members>
consteval bool takes(std::index_sequence<Bases...>, std::index_sequence<Members...>) {
  return requires {
    T{(static_cast<void>(Bases), EmptyBase<T>{})..., (static_cast<void>(Members), AnyMember<T>{})...};
  };
}

/// Whether `T{…}` accepts `members` initializers after those of `bases` base classes, and not one more. Only two
/// numbers are tried, which is fast to compile, and correct for members without a default constructor, too: `T{…}` with
/// too few initializers for those is ill-formed as well.
template <class T, std::size_t bases, std::size_t members>
inline constexpr bool takes_exactly = takes<T>(std::make_index_sequence<bases>{},
                                               std::make_index_sequence<members>{}) &&
                                      !takes<T>(std::make_index_sequence<bases>{},
                                                std::make_index_sequence<members + 1>{});

/// The number of initializers that a member of type `M` accepts: the elements of an array are initialized one by one.
template <class M>
inline constexpr std::size_t initialisers = 1;
template <class M, std::size_t size>
inline constexpr std::size_t initialisers<M[size]> = size* initialisers<M>;

/// Whether the members of the aggregate `T` accept `members` initializers. Up to two base classes are considered; their
/// members count as missing.
template <class T, std::size_t members>
consteval bool has_members() {
  if constexpr (takes_exactly<T, 0, members>) {
    return true;
  } else if constexpr (takes_exactly<T, 1, members>) {
    return true;
  } else {
    return takes_exactly<T, 2, members>;
  }
}

}  // namespace reel::detail
