#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/validate.hpp>
#include <reel/error.hpp>
#include <reel/permission.hpp>

namespace reel {

/// A user's membership of a team.
struct Membership {
  std::string team{};                ///< id of the team
  std::vector<std::string> roles{};  ///< the roles that the user has in it, such as `editor`
  std::string id{};                  ///< of the membership; empty: it has none that a permission could name

  /// From `TEAM` or `TEAM/ROLE`: `"crew/editor"`.
  Membership(const char* text) : Membership(std::string_view(text)) {}  // NOLINT: a short form in lists
  /// The same.
  Membership(std::string_view text)  // NOLINT: a short form in lists
      : team(text.substr(0, text.find('/'))) {
    if (const std::size_t slash = text.find('/'); slash != text.npos) roles.emplace_back(text.substr(slash + 1));
  }
  /// A team, the roles in it, and the id of the membership.
  Membership(std::string team_id, std::vector<std::string> roles_in_it, std::string member_id = {})
      : team(std::move(team_id)), roles(std::move(roles_in_it)), id(std::move(member_id)) {}
};

/// What decides on the roles of a user, beside the id.
struct UserTraits {
  bool verified = false;              ///< has verified an e-mail address or a phone number
  std::vector<Membership> teams{};    ///< confirmed memberships
  std::vector<std::string> labels{};  ///< set by an administrator
};

/// The user, or guest, for whom a program acts: the holder of roles. See `reel::as`.
///
///     Actor::guest()                                                        any, guests
///     Actor::user("ada")                                                    any, users, user:ada, user:ada/unverified,
///                                                                           users/unverified
///     Actor::user("ada", {.verified = true, .teams = {"crew/editor"}})      any, users, user:ada, user:ada/verified,
///                                                                           users/verified, team:crew,
///                                                                           team:crew/editor
///
/// The roles are those of a session of that user on an Appwrite 1.8.1 server, in its order.
class Actor {
 public:
  /// Someone who is not signed in.
  [[nodiscard]] static Actor guest() { return Actor("guest", {}, {"any", "guests"}); }
  /// A signed-in user. Throws `invalid` for an id, team, role or label that no permission can name.
  [[nodiscard]] static Actor user(std::string id, const UserTraits& traits = {}) {
    const std::string user = "user:" + id;
    const std::string suffix = traits.verified ? "/verified" : "/unverified";
    std::vector<std::string> roles{"any", "users", user, user + suffix, "users" + suffix};
    for (const Membership& membership : traits.teams) {
      const std::string team = "team:" + membership.team;
      roles.push_back(team);
      if (!membership.id.empty()) roles.push_back("member:" + membership.id);
      for (const std::string& role : membership.roles) roles.push_back(team + "/" + role);
    }
    for (const std::string& label : traits.labels) roles.push_back("label:" + label);
    for (const std::string& role : roles) driver::check_role(role);
    return Actor(user, std::move(id), std::move(roles));
  }
  /// The actor that a text describes: `guest`, or `user:ID` followed by any of `,verified`, `,team:TEAM`,
  /// `,team:TEAM/ROLE` and `,label:NAME`. Throws `invalid` for another text.
  [[nodiscard]] static Actor parse(std::string_view text);
  /// The actor with a role: `Role::guests()`, `Role::user(ID)`, or `user:ID/verified`. Throws `invalid` for a role that
  /// is not that of one actor.
  Actor(const Role& role) : Actor(from_role(role.str())) {}  // NOLINT: as(store, Role::user("ada"))

  /// The id of the user; empty for a guest.
  [[nodiscard]] const std::string& user_id() const noexcept { return user_id_; }
  /// The roles, in the wire form.
  [[nodiscard]] const std::vector<std::string>& roles() const noexcept { return roles_; }
  /// Whether the actor has exactly this role. Compared with case, as the server compares it for single records.
  [[nodiscard]] bool has(std::string_view role) const {
    return std::find(roles_.begin(), roles_.end(), role) != roles_.end();
  }
  /// Whether one of the permissions allows the action to one of the roles.
  [[nodiscard]] bool is_allowed(Permission::Action action, const std::vector<Permission>& permissions) const {
    return std::any_of(permissions.begin(), permissions.end(),
                       [&](const Permission& one) { return one.action() == action && has(one.role().str()); });
  }
  /// A name for messages: `user:ada` or `guest`.
  [[nodiscard]] const std::string& str() const noexcept { return name_; }

 private:
  Actor(std::string name, std::string user_id, std::vector<std::string> roles)
      : name_(std::move(name)), user_id_(std::move(user_id)), roles_(std::move(roles)) {}

  static Actor from_role(std::string_view role) {
    if (role == "guests") return guest();
    const std::size_t slash = role.find('/');
    const bool is_user = role.starts_with("user:") && Permission::is_valid_role(role);
    if (!is_user)
      throw Error(Errc::invalid, "'" + std::string(role) +
                                     "' is not the role of one actor: use Role::guests() or Role::user(ID), or "
                                     "Actor::user(ID, {.teams = …}) for a member of a team");
    return user(std::string(role.substr(5, slash == role.npos ? role.npos : slash - 5)),
                {.verified = role.ends_with("/verified")});
  }

  std::string name_;
  std::string user_id_;
  std::vector<std::string> roles_;
};

inline Actor Actor::parse(std::string_view text) {
  const auto refuse = [&](std::string_view part) {
    throw Error(Errc::invalid,
                "'" + std::string(part) + "' in '" + std::string(text) +
                    "' does not describe an actor: use guest, or user:ID followed by ,verified ,team:TEAM "
                    ",team:TEAM/ROLE or ,label:NAME");
  };
  if (text == "guest" || text == "guests") return guest();
  std::optional<std::string> id;
  UserTraits traits;
  for (std::string_view rest = text; !rest.empty() || !id;) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    rest = comma == rest.npos ? std::string_view{} : rest.substr(comma + 1);
    if (!id && part.starts_with("user:")) {
      id = part.substr(5);
    } else if (id && part == "verified") {
      traits.verified = true;
    } else if (id && part.starts_with("team:")) {
      traits.teams.emplace_back(part.substr(5));
    } else if (id && part.starts_with("label:")) {
      traits.labels.emplace_back(part.substr(6));
    } else {
      refuse(part);
    }
    if (comma != text.npos && rest.empty()) refuse(rest);
  }
  return user(*std::move(id), traits);
}

}  // namespace reel
