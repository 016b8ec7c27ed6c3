#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <reel/permission.hpp>

namespace reel {

/// The permissions of a collection or bucket as a whole. They apply to all of its records or blobs, in addition to the
/// permissions of each. `setup` stores them, if a schema or `Bucket` has them.
///
///     |            | allowed by                                                                |
///     |------------|---------------------------------------------------------------------------|
///     | create     | the collection                                                            |
///     | read       | the collection or, with `item_security`, the record                       |
///     | update     | the collection or, with `item_security`, the record                       |
///     | remove     | the collection or, with `item_security`, the record                       |
struct AccessRules {
  /// A set, at most `max_permissions`.
  std::vector<Permission> permissions{};
  /// The permissions of single records or blobs count, too: Appwrite's document security and file security.
  bool item_security = true;

  /// Compares all members; permissions with their order.
  friend bool operator==(const AccessRules&, const AccessRules&) = default;
};

/// A permission as a compile-time constant, for `reel::permissions`. A role that is not valid, see
/// `Permission::is_valid_role`, does
/// not compile.
class Grant {
 public:
  /// Allows finding, listing and downloading.
  [[nodiscard]] static consteval Grant read(std::string_view role) { return {Permission::Action::read, role}; }
  /// Allows changing.
  [[nodiscard]] static consteval Grant update(std::string_view role) { return {Permission::Action::update, role}; }
  /// Allows removing.
  [[nodiscard]] static consteval Grant remove(std::string_view role) { return {Permission::Action::remove, role}; }
  /// Allows storing new records.
  [[nodiscard]] static consteval Grant create(std::string_view role) { return {Permission::Action::create, role}; }

  /// The run-time form.
  [[nodiscard]] Permission permission() const { return {action_, Role{std::string(role_)}}; }

 private:
  consteval Grant(Permission::Action action, std::string_view role) : action_(action), role_(role) {
    if (!Permission::is_valid_role(role)) this_is_not_a_valid_role();
  }
  /// Not constexpr: calling it is the compile error.
  static void this_is_not_a_valid_role() {}

  Permission::Action action_;
  std::string_view role_;
};

}  // namespace reel
