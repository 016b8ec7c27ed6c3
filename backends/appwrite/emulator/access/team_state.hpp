#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <emulator/values/json.hpp>
#include <emulator/values/time.hpp>

namespace reel::emulator {

/// A team of a project.
struct Team {
  std::string id;
  std::string name;
  Time created{};
  Time updated{};
};

/// A confirmed membership of a user in a team.
struct Membership {
  std::string id;
  std::string team_id;
  std::string user_id;
  std::vector<std::string> roles;
  Time created{};  ///< Also the time of the invitation and of its acceptance.
  Time updated{};
};

/// The teams of a project and their memberships, both in the order of their creation. Guarded by the project's mutex.
struct TeamState {
  std::vector<Team> teams;
  std::vector<Membership> memberships;

  /// The team or membership with this id, compared without case; null if not found. Valid until one of its kind is
  /// added or removed.
  Team* find(std::string_view id);
  Membership* find_membership(std::string_view id);
  /// The membership of a user in a team; null if not found.
  const Membership* membership_of(const Team& team, std::string_view user_id) const;
  /// Number of memberships of a team.
  std::size_t members(const Team& team) const;

  /// Removes a team with its memberships.
  void remove(std::string_view id);
  /// Removes the memberships of a user.
  void remove_member(std::string_view user_id);

  /// The roles that the memberships of a user grant, in the server's order.
  std::vector<std::string> roles_of(std::string_view user_id) const;
};

/// The teams and memberships for a snapshot.
Json save_teams(const TeamState& state);
/// Restores the result of save_teams() into an empty state. Throws a JSON exception if a member is missing.
void load_teams(const Json& saved, TeamState& state);

}  // namespace reel::emulator
