#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include <reel/blob.hpp>
#include <reel/driver/blob_schema.hpp>
#include <reel/driver/typed_document.hpp>
#include <reel/migration/kind_options.hpp>
#include <reel/query.hpp>
#include <reel/schema.hpp>

namespace reel {

/// Builds the `KindOptions` of a collection from its record type, or of a bucket with `T = BlobInfo`. Every member
/// function returns the builder, which converts to `KindOptions`:
///
///     MigrationOptions options;
///     options.kinds = {kind_options<Track>()
///                          .where(field<&Track::plays> > 0)
///                          .rename("songs")
///                          .attribute<&Track::title>("name")
///                          .map("trim titles", [](Track& track) { track.title = trimmed(track.title); }),
///                      kind_options(covers).on_conflict(OnConflict::skip)};
template <class T>
class KindOptionsOf {
 public:
  /// For the collection or bucket `kind`; use `kind_options`.
  explicit KindOptionsOf(MigrationKind kind) { options_.kind = std::move(kind); }

  /// Copies only what matches, see `KindOptions::where`. All conditions must match.
  KindOptionsOf& where(Expression<T> expression) {
    options_.where.push_back(std::move(expression).condition());
    return *this;
  }
  /// As above, with the conditions of a query. Its order and limit do not count.
  KindOptionsOf& where(const Query<T>& query) {
    for (const driver::Condition& condition : query.tree().where) options_.where.push_back(condition);
    return *this;
  }
  /// See `KindOptions::target_id`.
  KindOptionsOf& rename(std::string id) {
    options_.target_id = std::move(id);
    return *this;
  }
  /// The name of an attribute in the target, see `KindOptions::attributes`.
  template <auto Member>
  KindOptionsOf& attribute(std::string name) {
    static_assert(std::is_same_v<typename detail::MemberOf<Member>::record, T>,
                  "reel: this member belongs to a different struct than the options");
    check_records();
    constexpr int position = detail::MemberOf<Member>::position;
    options_.attributes.emplace_back(schema_of<T>().attributes[static_cast<std::size_t>(position)].name,
                                     std::move(name));
    return *this;
  }
  /// Changes each record, see `KindOptions::transform`. `change` takes a `T&` and returns nothing, or false to leave
  /// the record out. `name` identifies it to a journal.
  template <class F>
  KindOptionsOf& map(std::string name, F change) {
    static_assert(std::invocable<F&, T&>, "reel: the function of map takes a reference to the struct of the options");
    check_records();
    options_.transform_name = std::move(name);
    options_.transform = [change = std::move(change)](driver::Document& document) mutable {
      T value{};
      driver::decode_values(document, value);
      bool is_copied = true;
      if constexpr (std::is_void_v<std::invoke_result_t<F&, T&>>) {
        std::invoke(change, value);
      } else {
        is_copied = std::invoke(change, value);
      }
      document.values = driver::encode_values(value);
      return is_copied;
    };
    return *this;
  }
  /// See `KindOptions::on_conflict`.
  KindOptionsOf& on_conflict(OnConflict treatment) {
    options_.on_conflict = treatment;
    return *this;
  }
  /// See `KindOptions::leave_out`.
  KindOptionsOf& leave_out() {
    options_.leave_out = true;
    return *this;
  }

  /// The options so far.
  operator KindOptions() const { return options_; }

 private:
  static constexpr void check_records() {
    static_assert(!std::same_as<T, BlobInfo>, "reel: a bucket has no attributes to rename and no records to change");
  }

  KindOptions options_;
};

/// The options of the collection of `T`.
template <class T>
[[nodiscard]] KindOptionsOf<T> kind_options() {
  return KindOptionsOf<T>({.id = schema_of<T>().id});
}
/// The options of a bucket.
[[nodiscard]] inline KindOptionsOf<BlobInfo> kind_options(const Bucket& bucket) {
  return KindOptionsOf<BlobInfo>({.id = bucket.id, .bucket = true});
}

}  // namespace reel
