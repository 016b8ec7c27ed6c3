#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace reel::detail {

/// Initialises a member of `T`, whatever its type, but not a base class.
template <class T>
struct AnyMember {
  template <class M>
  requires(!std::is_base_of_v<M, T>) operator M() const noexcept;
};

/// Initialises a base class of `T` that has no members.
template <class T>
struct EmptyBase {
  template <class B>
  requires(std::is_base_of_v<B, T> && !std::is_same_v<B, T> && std::is_empty_v<B>) operator B() const noexcept;
};

template <class T, std::size_t... Bases, std::size_t... Members>
consteval bool takes(std::index_sequence<Bases...>, std::index_sequence<Members...>) {
  return requires {
    T{(static_cast<void>(Bases), EmptyBase<T>{})..., (static_cast<void>(Members), AnyMember<T>{})...};
  };
}

/// Whether `T{…}` takes `members` initialisers after those of `bases` base classes, and not one more. To try only two
/// numbers is cheap, and holds for members that have no default constructor, too: with fewer initialisers than the last
/// of those needs, `T{…}` is ill-formed as well.
template <class T, std::size_t bases, std::size_t members>
inline constexpr bool takes_exactly = takes<T>(std::make_index_sequence<bases>{},
                                               std::make_index_sequence<members>{}) &&
                                      !takes<T>(std::make_index_sequence<bases>{},
                                                std::make_index_sequence<members + 1>{});

/// The number of initialisers that a member of type `M` takes: the elements of an array are initialised one by one.
template <class M>
inline constexpr std::size_t initialisers = 1;
template <class M, std::size_t size>
inline constexpr std::size_t initialisers<M[size]> = size* initialisers<M>;

/// Whether the members of the aggregate `T` take `members` initialisers. At most two base classes are looked at;
/// members of a base class count as missing.
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
