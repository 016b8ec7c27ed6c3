#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reel {

/// Whom a permission is given to (contract 4).
class Role {
 public:
  explicit Role(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] static Role any() { return Role{"any"}; }
  [[nodiscard]] static Role guests() { return Role{"guests"}; }
  [[nodiscard]] static Role users() { return Role{"users"}; }
  [[nodiscard]] static Role user(std::string_view id) { return Role{"user:" + std::string(id)}; }
  [[nodiscard]] static Role team(std::string_view id) { return Role{"team:" + std::string(id)}; }
  [[nodiscard]] static Role team(std::string_view id, std::string_view role) {
    return Role{"team:" + std::string(id) + "/" + std::string(role)};
  }
  [[nodiscard]] static Role member(std::string_view id) { return Role{"member:" + std::string(id)}; }
  [[nodiscard]] static Role label(std::string_view name) { return Role{"label:" + std::string(name)}; }

  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  friend bool operator==(const Role&, const Role&) = default;

 private:
  std::string text_;
};

/// A right on one record or blob. Local stores keep permissions and give them back; only a server enforces them.
class Permission {
 public:
  enum class Action { read, update, remove };

  Permission(Action action, Role role) : action_(action), role_(std::move(role)) {}
  [[nodiscard]] static Permission read(Role role) { return {Action::read, std::move(role)}; }
  [[nodiscard]] static Permission update(Role role) { return {Action::update, std::move(role)}; }
  [[nodiscard]] static Permission remove(Role role) { return {Action::remove, std::move(role)}; }

  [[nodiscard]] Action action() const noexcept { return action_; }
  [[nodiscard]] const Role& role() const noexcept { return role_; }
  /// `read("any")`, the form on the wire.
  [[nodiscard]] std::string str() const {
    constexpr std::string_view names[] = {"read", "update", "delete"};
    return std::string(names[static_cast<std::size_t>(action_)]) + "(\"" + role_.str() + "\")";
  }
  /// The inverse of `str`; `write("…")` is two permissions and therefore none here.
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
  [[nodiscard]] static bool is_valid_role(std::string_view role) {
    if (role == "any" || role == "guests" || role == "users" || role == "users/verified" || role == "users/unverified")
      return true;
    const std::size_t colon = role.find(':');
    if (colon == std::string_view::npos || colon + 1 == role.size()) return false;
    const std::string_view kind = role.substr(0, colon), name = role.substr(colon + 1);
    if (name.find('"') != std::string_view::npos) return false;
    return kind == "user" || kind == "team" || kind == "member" || kind == "label";
  }
  friend bool operator==(const Permission&, const Permission&) = default;

 private:
  Action action_;
  Role role_;
};

/// At most this many on one record or blob (contract 4).
inline constexpr std::size_t max_permissions = 100;

/// The right to change and to remove: what `write("…")` means on a record (contract 4).
[[nodiscard]] inline std::vector<Permission> write_permissions(const Role& role) {
  return {Permission::update(role), Permission::remove(role)};
}

}  // namespace reel
