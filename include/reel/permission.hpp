#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

 private:
  std::string text_;
};

/// The right of a role to read, update or remove one record or blob. Local stores keep permissions and return them, but
/// do not enforce them; an Appwrite server does.
///
///     tracks.create(track, {.permissions = {Permission::read(Role::any()), Permission::update(Role::user("ada"))}});
class Permission {
 public:
  /// The action that a permission allows.
  enum class Action {
    read,    ///< find, list and download
    update,  ///< change
    remove,  ///< remove; `delete` in the wire form
  };

  /// Allows `action` to `role`.
  Permission(Action action, Role role) : action_(action), role_(std::move(role)) {}
  /// Allows to find, list and download.
  [[nodiscard]] static Permission read(Role role) { return {Action::read, std::move(role)}; }
  /// Allows to change.
  [[nodiscard]] static Permission update(Role role) { return {Action::update, std::move(role)}; }
  /// Allows to remove.
  [[nodiscard]] static Permission remove(Role role) { return {Action::remove, std::move(role)}; }

  /// The allowed action.
  [[nodiscard]] Action action() const noexcept { return action_; }
  /// The role that the action is allowed to.
  [[nodiscard]] const Role& role() const noexcept { return role_; }
  /// The wire form of Appwrite: `read("any")`.
  [[nodiscard]] std::string str() const {
    constexpr std::string_view names[] = {"read", "update", "delete"};
    return std::string(names[static_cast<std::size_t>(action_)]) + "(\"" + role_.str() + "\")";
  }
  /// The permission with this wire form, or nothing if it is not valid. `write("…")` is not valid here because it means
  /// two permissions, see `write_permissions`.
  [[nodiscard]] static std::optional<Permission> parse(std::string_view text) {
    constexpr std::pair<std::string_view, Action> actions[] = {
        {"read(\"", Action::read}, {"update(\"", Action::update}, {"delete(\"", Action::remove}};
    for (const auto& [head, action] : actions) {
      if (!text.starts_with(head) || !text.ends_with("\")") || text.size() <= head.size() + 2) continue;
      const std::string_view role = text.substr(head.size(), text.size() - head.size() - 2);
      if (is_valid_role(role)) return Permission{action, Role{std::string(role)}};
    }
    return std::nullopt;
  }
  /// Whether `role` is `any`, `guests`, `users`, `users/verified`, `users/unverified`, or `user:`, `team:`, `member:`
  /// or `label:` and a name without a double quote.
  [[nodiscard]] static bool is_valid_role(std::string_view role) {
    if (role == "any" || role == "guests" || role == "users" || role == "users/verified" || role == "users/unverified")
      return true;
    const std::size_t colon = role.find(':');
    if (colon == std::string_view::npos || colon + 1 == role.size()) return false;
    const std::string_view kind = role.substr(0, colon), name = role.substr(colon + 1);
    if (name.find('"') != std::string_view::npos) return false;
    return kind == "user" || kind == "team" || kind == "member" || kind == "label";
  }
  /// Compares both parts.
  friend bool operator==(const Permission&, const Permission&) = default;

 private:
  Action action_;
  Role role_;
};

/// The largest number of permissions on one record or blob, as on an Appwrite server. More are `Errc::invalid`.
inline constexpr std::size_t max_permissions = 100;

/// The permissions to update and to remove, which is what Appwrite's `write("…")` means on a document or file.
[[nodiscard]] inline std::vector<Permission> write_permissions(const Role& role) {
  return {Permission::update(role), Permission::remove(role)};
}

}  // namespace reel
