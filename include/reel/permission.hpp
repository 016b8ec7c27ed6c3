#pragma once

#include <cstddef>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/enumerator_name.hpp>
#include <reel/id.hpp>

namespace reel {

/// The users that a permission is granted to, as in Appwrite (https://appwrite.io/docs/advanced/platform/permissions).
class Role {
 public:
  /// A role in its wire form, such as `users/verified`. Not checked here: an operation that receives a role that is not
  /// valid throws `Errc::invalid`, see `Permission::is_valid_role`.
  explicit Role(std::string text) : text_(std::move(text)) {}
  /// Everyone, signed in or not.
  [[nodiscard]] static Role any() { return Role{"any"}; }
  /// Everyone who is not signed in.
  [[nodiscard]] static Role guests() { return Role{"guests"}; }
  /// Every signed-in user.
  [[nodiscard]] static Role users() { return Role{"users"}; }
  /// One user.
  [[nodiscard]] static Role user(std::string_view id) { return Role{"user:" + std::string(id)}; }
  /// All members of a team.
  [[nodiscard]] static Role team(std::string_view id) { return Role{"team:" + std::string(id)}; }
  /// The members of a team that have a role in it.
  [[nodiscard]] static Role team(std::string_view id, std::string_view role) {
    return Role{"team:" + std::string(id) + "/" + std::string(role)};
  }
  /// One membership of a team.
  [[nodiscard]] static Role member(std::string_view id) { return Role{"member:" + std::string(id)}; }
  /// All users with a label.
  [[nodiscard]] static Role label(std::string_view name) { return Role{"label:" + std::string(name)}; }

  /// The wire form: `user:ada`.
  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  /// Compares the wire forms.
  friend bool operator==(const Role&, const Role&) = default;
  /// Writes `str()`.
  template <class Traits>
  friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const Role& role) {
    return out << role.str();
  }

 private:
  std::string text_;
};

/// The right of a role to read, update or remove a record or blob, or all those of a collection or bucket; there also
/// to create them. A store object acts with full rights and only keeps permissions. A store for an actor (`reel::as`)
/// enforces them, and an Appwrite server does for users with a session.
///
///     tracks.create(track, {.permissions = {Permission::read(Role::any()), Permission::update(Role::user("ada"))}});
class Permission {
 public:
  /// The action that a permission allows.
  enum class Action {
    read,    ///< find, list and download
    update,  ///< change
    remove,  ///< remove; `delete` in the wire form
    create,  ///< store new ones; only of a collection or bucket
  };

  /// Allows `action` to `role`.
  Permission(Action action, Role role) : action_(action), role_(std::move(role)) {}
  /// Allows finding, listing and downloading.
  [[nodiscard]] static Permission read(Role role) { return {Action::read, std::move(role)}; }
  /// Allows changing.
  [[nodiscard]] static Permission update(Role role) { return {Action::update, std::move(role)}; }
  /// Allows removing.
  [[nodiscard]] static Permission remove(Role role) { return {Action::remove, std::move(role)}; }
  /// Allows storing new records or blobs. `Errc::invalid` on a record or blob.
  [[nodiscard]] static Permission create(Role role) { return {Action::create, std::move(role)}; }

  /// The allowed action.
  [[nodiscard]] Action action() const noexcept { return action_; }
  /// The role that the action is allowed to.
  [[nodiscard]] const Role& role() const noexcept { return role_; }
  /// The name of an action in the wire form: `read`, `update`, `delete` or `create`.
  [[nodiscard]] static constexpr std::string_view name_of(Action action) {
    using enum Action;
    return driver::enumerator_name(action,
                                   {{read, "read"}, {update, "update"}, {remove, "delete"}, {create, "create"}});
  }
  /// The wire form of Appwrite: `read("any")`.
  [[nodiscard]] std::string str() const { return std::string(name_of(action_)) + "(\"" + role_.str() + "\")"; }
  /// The permission with this wire form, or nothing if it is not one. `write("…")` is not: it means several
  /// permissions, see `write_permissions`. The role is not checked beyond its form, so that what a store contains stays
  /// readable; see `is_valid_role`.
  [[nodiscard]] static std::optional<Permission> parse(std::string_view text) {
    for (const Action action : {Action::read, Action::update, Action::remove, Action::create}) {
      const std::string_view name = name_of(action);
      if (!text.starts_with(name) || !text.substr(name.size()).starts_with("(\"") || !text.ends_with("\")")) continue;
      const std::size_t head = name.size() + 2;
      if (text.size() <= head + 2) return std::nullopt;
      const std::string_view role = text.substr(head, text.size() - head - 2);
      if (has_role_form(role)) return Permission{action, Role{std::string(role)}};
    }
    return std::nullopt;
  }
  /// Whether `role` is one that an Appwrite 1.8.1 server accepts (its validators `Roles`, `Key` and `Label`):
  ///
  ///     any   guests   users[/verified|/unverified]   user:ID[/verified|/unverified]
  ///     team:ID[/ROLE]   member:ID   label:NAME
  ///
  /// `ID` and `ROLE` follow the rule of `is_valid_id`, `NAME` is 1 to 36 letters and digits.
  [[nodiscard]] static constexpr bool is_valid_role(std::string_view role) {
    const std::size_t slash = role.find('/');
    const std::string_view dimension = slash == std::string_view::npos ? std::string_view{} : role.substr(slash + 1);
    const std::string_view head = role.substr(0, slash);
    const std::size_t colon = head.find(':');
    const std::string_view kind = head.substr(0, colon);
    const bool has_dimension = slash != std::string_view::npos;
    const bool has_id = colon != std::string_view::npos;
    const bool is_verification = dimension == "verified" || dimension == "unverified";
    if (!has_id)
      return kind == "users" ? !has_dimension || is_verification
                             : (kind == "any" || kind == "guests") && !has_dimension;
    const std::string_view id = head.substr(colon + 1);
    if (!is_valid_id(id) || id == "0") return false;  // the server takes "0" for a missing id
    if (kind == "user") return !has_dimension || is_verification;
    if (kind == "team") return !has_dimension || is_valid_id(dimension);
    if (has_dimension) return false;
    return kind == "member" || (kind == "label" && id.find_first_of("._-") == std::string_view::npos);
  }
  /// Compares both parts.
  friend bool operator==(const Permission&, const Permission&) = default;
  /// Writes `str()`.
  template <class Traits>
  friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const Permission& one) {
    return out << one.str();
  }

 private:
  /// Whether the kind of the role is known and its name is not empty.
  static bool has_role_form(std::string_view role) {
    const std::size_t colon = role.find(':');
    if (colon == std::string_view::npos) return is_valid_role(role);
    const std::string_view kind = role.substr(0, colon), name = role.substr(colon + 1);
    return !name.empty() && name.find('"') == std::string_view::npos &&
           (kind == "user" || kind == "team" || kind == "member" || kind == "label");
  }

  Action action_;
  Role role_;
};

/// The largest number of permissions on one record, blob, collection or bucket, as on an Appwrite server. More are
/// `Errc::invalid`.
inline constexpr std::size_t max_permissions = 100;

/// The permissions to update and to remove, which is what Appwrite's `write("…")` means on a document or file.
[[nodiscard]] inline std::vector<Permission> write_permissions(const Role& role) {
  return {Permission::update(role), Permission::remove(role)};
}

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
/// `Permission::is_valid_role`, does not compile.
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
