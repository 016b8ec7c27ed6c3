#include <emulator/access/team_state.hpp>

#include <algorithm>

namespace reel::emulator {
namespace {

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; }

bool is_same_id(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char left, char right) { return lower(left) == lower(right); });
}

template <typename Object>
Object* find_by_id(std::vector<Object>& objects, std::string_view id) {
  const auto found =
      std::find_if(objects.begin(), objects.end(), [&](const Object& one) { return is_same_id(one.id, id); });
  return found == objects.end() ? nullptr : &*found;
}

std::int64_t milliseconds(Time time) { return time.time_since_epoch().count(); }
Time time_at(const Json& milliseconds) { return Time{std::chrono::milliseconds{milliseconds.get<std::int64_t>()}}; }

}  // namespace

Team* TeamState::find(std::string_view id) { return find_by_id(teams, id); }
Membership* TeamState::find_membership(std::string_view id) { return find_by_id(memberships, id); }

const Membership* TeamState::membership_of(const Team& team, std::string_view user_id) const {
  const auto found = std::find_if(memberships.begin(), memberships.end(), [&](const Membership& one) {
    return one.team_id == team.id && one.user_id == user_id;
  });
  return found == memberships.end() ? nullptr : &*found;
}

std::size_t TeamState::members(const Team& team) const {
  return static_cast<std::size_t>(std::count_if(memberships.begin(), memberships.end(),
                                                [&](const Membership& one) { return one.team_id == team.id; }));
}

void TeamState::remove(std::string_view id) {
  std::erase_if(memberships, [&](const Membership& one) { return is_same_id(one.team_id, id); });
  std::erase_if(teams, [&](const Team& team) { return is_same_id(team.id, id); });
}

void TeamState::remove_member(std::string_view user_id) {
  std::erase_if(memberships, [&](const Membership& one) { return one.user_id == user_id; });
}

std::vector<std::string> TeamState::roles_of(std::string_view user_id) const {
  std::vector<std::string> roles;
  for (const Membership& membership : memberships) {
    if (membership.user_id != user_id) continue;
    const std::string team = "team:" + membership.team_id;
    roles.push_back(team);
    roles.push_back("member:" + membership.id);
    for (const std::string& role : membership.roles) roles.push_back(team + "/" + role);
  }
  return roles;
}

Json save_teams(const TeamState& state) {
  Json teams = Json::array();
  for (const Team& team : state.teams) {
    teams.push_back({{"id", team.id},
                     {"name", team.name},
                     {"created", milliseconds(team.created)},
                     {"updated", milliseconds(team.updated)}});
  }
  Json memberships = Json::array();
  for (const Membership& membership : state.memberships) {
    memberships.push_back({{"id", membership.id},
                           {"team", membership.team_id},
                           {"user", membership.user_id},
                           {"roles", membership.roles},
                           {"created", milliseconds(membership.created)},
                           {"updated", milliseconds(membership.updated)}});
  }
  return {{"teams", std::move(teams)}, {"memberships", std::move(memberships)}};
}

void load_teams(const Json& saved, TeamState& state) {
  for (const Json& team : saved.at("teams")) {
    state.teams.push_back({.id = team.at("id"),
                           .name = team.at("name"),
                           .created = time_at(team.at("created")),
                           .updated = time_at(team.at("updated"))});
  }
  for (const Json& membership : saved.at("memberships")) {
    state.memberships.push_back({.id = membership.at("id"),
                                 .team_id = membership.at("team"),
                                 .user_id = membership.at("user"),
                                 .roles = membership.at("roles").get<std::vector<std::string>>(),
                                 .created = time_at(membership.at("created")),
                                 .updated = time_at(membership.at("updated"))});
  }
}

}  // namespace reel::emulator
