#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/driver/change.hpp>
#include <reel/query.hpp>

namespace reel {

/// A change of some attributes, and of the permissions, of a record of type `T`.
///
///     tracks.update(id, Patch<Track>{}.set(field<&Track::plays>, 3).clear(field<&Track::note>));
///
/// Attributes that it does not name keep
/// their values. If an attribute is set twice, the last value counts. A value of another type than the attribute, and
/// an attribute of another struct, do not compile.
template <class T>
class Patch {
 public:
  /// Sets an attribute: `patch.set(field<&Track::plays>, 3)`. The rules of the schema are checked when the patch is
  /// applied.
  template <class U, class M, int Position, class V>
  Patch& set(detail::Field<U, M, Position>, V&& value) & {
    put(settable_position<U, Position>(), encoded<M>(std::forward<V>(value)));
    return *this;
  }
  /// As above, for a temporary patch.
  template <class U, class M, int Position, class V>
  Patch&& set(detail::Field<U, M, Position> attribute, V&& value) && {
    return std::move(set(attribute, std::forward<V>(value)));
  }
  /// Sets an attribute: `patch.set<&Track::plays>(3)`.
  template <auto Member, class V>
  Patch& set(V&& value) & {
    return set(field<Member>, std::forward<V>(value));
  }
  /// As above, for a temporary patch.
  template <auto Member, class V>
  Patch&& set(V&& value) && {
    return std::move(set(field<Member>, std::forward<V>(value)));
  }
  /// Makes an optional attribute null and a list empty: `patch.clear(field<&Track::note>)`. A default value of the
  /// attribute replaces the null when the patch is applied. Other attributes do not compile.
  template <class U, class M, int Position>
  Patch& clear(detail::Field<U, M, Position>) & {
    static_assert(detail::Codec<M>::optional || detail::Codec<M>::list,
                  "reel: a required attribute cannot be cleared; make the member a std::optional or set a value");
    put(settable_position<U, Position>(), detail::Codec<M>::encode(M{}));
    return *this;
  }
  /// As above, for a temporary patch.
  template <class U, class M, int Position>
  Patch&& clear(detail::Field<U, M, Position> attribute) && {
    return std::move(clear(attribute));
  }
  /// Clears an attribute: `patch.clear<&Track::note>()`.
  template <auto Member>
  Patch& clear() & {
    return clear(field<Member>);
  }
  /// As above, for a temporary patch.
  template <auto Member>
  Patch&& clear() && {
    return std::move(clear(field<Member>));
  }
  /// Replaces all permissions of the record; an empty list removes them.
  Patch&& permissions(std::vector<Permission> list) && {
    change_.permissions = std::move(list);
    return std::move(*this);
  }
  /// As above, for a named patch.
  Patch& permissions(std::vector<Permission> list) & {
    change_.permissions = std::move(list);
    return *this;
  }
  /// Whether the patch changes nothing, whatever the record contains.
  [[nodiscard]] bool empty() const noexcept { return change_.values.empty() && !change_.permissions; }
  /// The untyped form, which backends receive.
  [[nodiscard]] const driver::Change& change() const& noexcept { return change_; }
  /// As above; leaves the patch empty.
  [[nodiscard]] driver::Change change() && noexcept { return std::move(change_); }

 private:
  /// The position of an attribute that a patch may set.
  template <class U, int Position>
  static constexpr int settable_position() {
    static_assert(std::is_same_v<U, T>, "reel: this member belongs to a different struct than the patch");
    static_assert(Position >= 0 || Position < driver::position::updated_at,
                  "reel: id, created_at and updated_at are not set by a patch");
    return Position;
  }
  /// Adds the value, or replaces the one of an earlier call.
  void put(int position, driver::Value value) {
    for (auto& [known, old] : change_.values) {
      if (known == position) {
        old = std::move(value);
        return;
      }
    }
    change_.values.emplace_back(position, std::move(value));
  }
  /// The stored form of a value that is a member's type, or an operand for its scalar.
  template <class M, class V>
  static driver::Value encoded(V&& value) {
    if constexpr (std::is_same_v<std::decay_t<V>, M>) {
      return detail::Codec<M>::encode(std::forward<V>(value));
    } else if constexpr (detail::Codec<M>::list) {
      static_assert(std::is_convertible_v<V, M>,
                    "reel: the value in this patch has a different type than the attribute");
      return detail::Codec<M>::encode(M(std::forward<V>(value)));
    } else {
      static_assert(detail::OperandFor<typename detail::Codec<M>::scalar, std::decay_t<V>>,
                    "reel: the value in this patch has a different type than the attribute");
      return detail::operand<typename detail::Codec<M>::scalar>(value);
    }
  }

  driver::Change change_;
};

}  // namespace reel
