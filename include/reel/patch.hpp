#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/document.hpp>
#include <reel/query.hpp>

namespace reel {

/// A change without its type: what a backend is given. Attributes that are not named keep their value.
struct Change {
  std::vector<std::pair<int, Value>> values{};  ///< by place in the schema; null clears
  std::optional<std::vector<Permission>> permissions{};
  std::optional<Timestamp> if_unchanged_since{};  ///< refuse as `conflict` if the record's `updated_at` is later
  /// The record that the change was made from, for a store that counts changes (`Document::revision`): refuse as
  /// `conflict` if it is no longer stored. Comes with its time in `if_unchanged_since`, which other stores look at.
  DocumentPtr as_read{};
  std::optional<Timestamp> created_at{};  ///< set as given: for copies that keep times
  std::optional<Timestamp> updated_at{};
  /// How many times the caller has tried the same change, this time included: a backend that waits between attempts
  /// waits longer each time.
  int attempt = 1;
};

/// What to change in a record of `T`.
template <class T>
class Patch {
 public:
  template <auto Member, class V>
  Patch&& set(V&& value) && {
    put<Member>(std::forward<V>(value));
    return std::move(*this);
  }
  template <auto Member, class V>
  Patch& set(V&& value) & {
    put<Member>(std::forward<V>(value));
    return *this;
  }
  /// Makes an optional attribute null, and a list empty.
  template <auto Member>
  Patch&& clear() && {
    wipe<Member>();
    return std::move(*this);
  }
  template <auto Member>
  Patch& clear() & {
    wipe<Member>();
    return *this;
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
  [[nodiscard]] const Change& change() const& noexcept { return change_; }
  [[nodiscard]] Change change() && noexcept { return std::move(change_); }

 private:
  template <auto Member>
  static constexpr int place() {
    using M = detail::MemberOf<Member>;
    static_assert(std::is_same_v<typename M::record, T>, "reel: this member belongs to another struct than the patch");
    static_assert(M::position >= 0,
                  "reel: this member is not an attribute of the record's reel::Schema<T>::collection");
    return M::position;
  }
  void put(int position, Value value) {
    for (auto& [known, old] : change_.values) {
      if (known == position) {
        old = std::move(value);
        return;
      }
    }
    change_.values.emplace_back(position, std::move(value));
  }
  template <auto Member, class V>
  void put(V&& value) {
    using M = typename detail::MemberOf<Member>::type;
    constexpr int position = place<Member>();
    if constexpr (std::is_same_v<std::decay_t<V>, M>) {
      put(position, detail::Codec<M>::encode(std::forward<V>(value)));
    } else if constexpr (detail::Codec<M>::list) {
      static_assert(std::is_convertible_v<V, M>, "reel: the value in this patch has another type than the attribute");
      put(position, detail::Codec<M>::encode(M(std::forward<V>(value))));
    } else {
      static_assert(detail::OperandFor<typename detail::Codec<M>::scalar, std::decay_t<V>>,
                    "reel: the value in this patch has another type than the attribute");
      put(position, detail::operand<typename detail::Codec<M>::scalar>(value));
    }
  }
  template <auto Member>
  void wipe() {
    using M = typename detail::MemberOf<Member>::type;
    static_assert(detail::Codec<M>::optional || detail::Codec<M>::list,
                  "reel: a required attribute cannot be cleared; make the member a std::optional or set a value");
    put(place<Member>(), detail::Codec<M>::encode(M{}));
  }

  Change change_;
};

}  // namespace reel
