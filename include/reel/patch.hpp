#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/driver/change.hpp>
#include <reel/query.hpp>

namespace reel {

/// What to change in a record of `T`.
template <class T>
class Patch {
 public:
  /// `patch.set(field<&Track::plays>, 3)`.
  template <class U, class M, int Position, class V>
  Patch& set(detail::Field<U, M, Position>, V&& value) & {
    put(place<U, Position>(), encoded<M>(std::forward<V>(value)));
    return *this;
  }
  template <class U, class M, int Position, class V>
  Patch&& set(detail::Field<U, M, Position> attribute, V&& value) && {
    return std::move(set(attribute, std::forward<V>(value)));
  }
  template <auto Member, class V>
  Patch& set(V&& value) & {
    return set(field<Member>, std::forward<V>(value));
  }
  template <auto Member, class V>
  Patch&& set(V&& value) && {
    return std::move(set(field<Member>, std::forward<V>(value)));
  }
  /// Makes an optional attribute null, and a list empty: `patch.clear(field<&Track::note>)`.
  template <class U, class M, int Position>
  Patch& clear(detail::Field<U, M, Position>) & {
    static_assert(detail::Codec<M>::optional || detail::Codec<M>::list,
                  "reel: a required attribute cannot be cleared; make the member a std::optional or set a value");
    put(place<U, Position>(), detail::Codec<M>::encode(M{}));
    return *this;
  }
  template <class U, class M, int Position>
  Patch&& clear(detail::Field<U, M, Position> attribute) && {
    return std::move(clear(attribute));
  }
  template <auto Member>
  Patch& clear() & {
    return clear(field<Member>);
  }
  template <auto Member>
  Patch&& clear() && {
    return std::move(clear(field<Member>));
  }
  /// Replaces the whole list.
  Patch&& permissions(std::vector<Permission> list) && {
    change_.permissions = std::move(list);
    return std::move(*this);
  }
  Patch& permissions(std::vector<Permission> list) & {
    change_.permissions = std::move(list);
    return *this;
  }
  [[nodiscard]] bool empty() const noexcept { return change_.values.empty() && !change_.permissions; }
  [[nodiscard]] const driver::Change& change() const& noexcept { return change_; }
  [[nodiscard]] driver::Change change() && noexcept { return std::move(change_); }

 private:
  template <class U, int Position>
  static constexpr int place() {
    static_assert(std::is_same_v<U, T>, "reel: this member belongs to another struct than the patch");
    static_assert(Position >= 0 || Position < driver::position::updated_at,
                  "reel: id, created_at and updated_at are not set by a patch");
    return Position;
  }
  void put(int position, driver::Value value) {
    for (auto& [known, old] : change_.values) {
      if (known == position) {
        old = std::move(value);
        return;
      }
    }
    change_.values.emplace_back(position, std::move(value));
  }
  template <class M, class V>
  static driver::Value encoded(V&& value) {
    if constexpr (std::is_same_v<std::decay_t<V>, M>) {
      return detail::Codec<M>::encode(std::forward<V>(value));
    } else if constexpr (detail::Codec<M>::list) {
      static_assert(std::is_convertible_v<V, M>, "reel: the value in this patch has another type than the attribute");
      return detail::Codec<M>::encode(M(std::forward<V>(value)));
    } else {
      static_assert(detail::OperandFor<typename detail::Codec<M>::scalar, std::decay_t<V>>,
                    "reel: the value in this patch has another type than the attribute");
      return detail::operand<typename detail::Codec<M>::scalar>(value);
    }
  }

  driver::Change change_;
};

}  // namespace reel
