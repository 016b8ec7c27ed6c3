#include <algorithm>
#include <utility>

#include <emulator/access/user_state.hpp>
#include <emulator/server/project.hpp>
#include <emulator/server/router.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/values/listing.hpp>

namespace reel::emulator {
namespace {

TeamState& teams_of(const Call& call) { return call.project.users->teams; }

Json team_json(const Call& call, const Team& team) {
  return {{"$id", team.id},    {"$createdAt", write_time(team.created)}, {"$updatedAt", write_time(team.updated)},
          {"name", team.name}, {"total", teams_of(call).members(team)},  {"prefs", Json::object()}};
}

Json membership_json(const Call& call, const Team& team, const Membership& membership) {
  const User* user = call.project.users->find(membership.user_id);
  return {{"$id", membership.id},
          {"$createdAt", write_time(membership.created)},
          {"$updatedAt", write_time(membership.updated)},
          {"userId", membership.user_id},
          {"userName", user == nullptr ? std::string{} : user->name},
          {"userEmail", user == nullptr ? std::string{} : user->email},
          {"teamId", team.id},
          {"teamName", team.name},
          {"invited", write_time(membership.created)},
          {"joined", write_time(membership.created)},
          {"confirm", true},
          {"mfa", false},
          {"roles", membership.roles}};
}

/// Whether the caller may read the team: a key, or a member.
bool may_read(const Call& call, const Team& team) {
  return call.caller.is_key || call.caller.has_role("team:" + team.id);
}
/// Whether the caller may change the team: a key, or a member with the role `owner`.
bool may_change(const Call& call, const Team& team) {
  return call.caller.is_key || call.caller.has_role("team:" + team.id + "/owner");
}

[[noreturn]] void refuse_caller(
    const std::string& message = "The current user is not authorized to perform the requested action.") {
  throw ServerError{401, "user_unauthorized", message};
}

Team& find_team(const Call& call, const std::string& id) {
  Team* team = teams_of(call).find(id);
  if (team != nullptr && may_read(call, *team)) return *team;
  throw ServerError{404, "team_not_found", "Team with the requested ID could not be found."};
}

/// The parameter `roles` of a membership.
std::vector<std::string> read_roles(const Call& call) {
  return call.parameters.required("roles", list_of(key(), key_sentence(), 100)).get<std::vector<std::string>>();
}

Membership& add_member(const Call& call, const Team& team, std::string user_id, std::vector<std::string> roles) {
  return teams_of(call).memberships.emplace_back(Membership{.id = make_id(),
                                                            .team_id = team.id,
                                                            .user_id = std::move(user_id),
                                                            .roles = std::move(roles),
                                                            .created = call.now,
                                                            .updated = call.now});
}

/// A user who creates a team becomes its owner. A key does not become a member.
Response create_team(Call& call) {
  const std::string id = call.parameters.required_text("teamId", custom_id());
  const std::string name = call.parameters.required_text("name", text(128));
  auto roles = call.parameters.optional("roles", Json{"owner"}, list_of(key(), key_sentence(), 100))
                   .get<std::vector<std::string>>();
  Team team{.id = id == "unique()" ? make_id() : id, .name = name, .created = call.now, .updated = call.now};
  if (teams_of(call).find(team.id) != nullptr) {
    throw ServerError{409, "team_already_exists",
                      "Team with requested ID already exists. Please choose a different ID and try again."};
  }
  teams_of(call).teams.push_back(team);
  if (call.caller.is_user()) {
    if (std::find(roles.begin(), roles.end(), "owner") == roles.end()) roles.emplace_back("owner");
    add_member(call, team, call.caller.user_id, std::move(roles));
  }
  return json_response(201, team_json(call, team));
}

Response list_teams(Call& call) {
  std::vector<const Team*> readable;
  std::vector<Row> rows;
  for (const Team& team : teams_of(call).teams) {
    if (!may_read(call, team)) continue;
    readable.push_back(&team);
    rows.push_back(
        {team.id, 0, write_time(team.created), write_time(team.updated), {}, {team.name, team.id + " " + team.name}});
  }
  const Listed listed = list_objects(call, {{"name", 0}}, std::move(rows), "Team", 1);
  Json list = Json::array();
  for (const std::size_t position : listed.positions) list.push_back(team_json(call, *readable[position]));
  return json_response(200, {{"total", listed.total}, {"teams", std::move(list)}});
}

Response show_team(Call& call) { return json_response(200, team_json(call, find_team(call, call.id("teamId")))); }

Response rename_team(Call& call) {
  const std::string id = call.id("teamId");
  const std::string name = call.parameters.required_text("name", text(128));
  Team& team = find_team(call, id);
  if (!may_change(call, team)) refuse_caller();
  team.name = name;
  team.updated = call.now;
  return json_response(200, team_json(call, team));
}

Response delete_team(Call& call) {
  const Team& team = find_team(call, call.id("teamId"));
  if (!may_change(call, team)) refuse_caller();
  teams_of(call).remove(std::string{team.id});
  return no_content();
}

/// The parameters of an invitation.
struct Invitation {
  std::string email;
  std::string user_id;
  std::string phone;
  std::vector<std::string> roles;
  std::string url;
  std::string name;
};

Invitation read_invitation(const Call& call) {
  Invitation invitation;
  const auto read = [&](const char* parameter, const Validator& validator) {
    return call.parameters.optional(parameter, "", validator).get<std::string>();
  };
  invitation.email = read("email", email_address());
  invitation.user_id = read("userId", uid());
  invitation.phone = read("phone", phone_number());
  invitation.roles = read_roles(call);
  invitation.url = read("url", text(0, 0));
  invitation.name = read("name", text(128, 0));
  if (invitation.url.empty() && !call.caller.is_key) invalid_argument("URL is required");
  if (invitation.user_id.empty() && invitation.email.empty() && invitation.phone.empty()) {
    invalid_argument("At least one of userId, email, or phone is required");
  }
  return invitation;
}

/// The invited user: the one with the id, e-mail address or phone number, or a new one.
User& invited_user(Call& call, const Invitation& invitation) {
  UserState& state = *call.project.users;
  if (!invitation.user_id.empty()) {
    if (User* user = state.find(invitation.user_id)) return *user;
    throw ServerError{404, "user_not_found", "User with given userId doesn't exist."};
  }
  for (auto& [id, user] : state.users) {
    const bool is_named = invitation.email.empty() ? user.phone == invitation.phone : user.email == invitation.email;
    if (is_named) return user;
  }
  User user{.id = make_id(),
            .email = invitation.email,
            .phone = invitation.phone,
            .name = invitation.name.empty() ? invitation.email : invitation.name,
            .target_id = make_id(),
            .has_password = true,
            .labels = {},
            .created = call.now,
            .updated = call.now};
  const std::string id = user.id;
  state.add(std::move(user));
  return *state.find(id);
}

/// An invitation by a key is accepted at once. Users invite by e-mail, which this server does not send.
Response create_membership(Call& call) {
  const std::string team_id = call.id("teamId");
  const Invitation invitation = read_invitation(call);
  if (!call.caller.is_key) {
    throw ServerError{503, "general_smtp_disabled",
                      "SMTP is disabled on your Appwrite instance. You can <a href=\"/docs/email-delivery\">learn more "
                      "about setting up SMTP</a> in our docs."};
  }
  const Team& team = find_team(call, team_id);
  const User& user = invited_user(call, invitation);
  if (teams_of(call).membership_of(team, user.id) != nullptr) {
    throw ServerError{409, "membership_already_confirmed", "Membership is already confirmed."};
  }
  return json_response(201, membership_json(call, team, add_member(call, team, user.id, invitation.roles)));
}

Response list_memberships(Call& call) {
  const Team& team = find_team(call, call.id("teamId"));
  std::vector<const Membership*> members;
  std::vector<Row> rows;
  for (const Membership& membership : teams_of(call).memberships) {
    if (membership.team_id != team.id) continue;
    members.push_back(&membership);
    rows.push_back({membership.id,
                    0,
                    write_time(membership.created),
                    write_time(membership.updated),
                    {},
                    {membership.user_id, membership.id + " " + membership.user_id}});
  }
  const Listed listed = list_objects(call, {{"userId", 0}}, std::move(rows), "Membership", 1);
  Json list = Json::array();
  for (const std::size_t position : listed.positions) list.push_back(membership_json(call, team, *members[position]));
  return json_response(200, {{"total", listed.total}, {"memberships", std::move(list)}});
}

Membership& find_membership(const Call& call, const std::string& id, const char* type, const char* message) {
  if (Membership* membership = teams_of(call).find_membership(id)) return *membership;
  throw ServerError{404, type, message};
}

Response show_membership(Call& call) {
  const std::string team_id = call.id("teamId");
  const std::string id = call.id("membershipId");
  const Team& team = find_team(call, team_id);
  return json_response(200, membership_json(call, team,
                                            find_membership(call, id, "membership_not_found",
                                                            "Membership with the requested ID could not be found.")));
}

Response update_membership(Call& call) {
  const std::string team_id = call.id("teamId");
  const std::string id = call.id("membershipId");
  std::vector<std::string> roles = read_roles(call);
  const Team& team = find_team(call, team_id);
  Membership& membership =
      find_membership(call, id, "membership_not_found", "Membership with the requested ID could not be found.");
  if (!may_change(call, team)) refuse_caller("User is not allowed to modify roles");
  membership.roles = std::move(roles);
  membership.updated = call.now;
  return json_response(200, membership_json(call, team, membership));
}

Response delete_membership(Call& call) {
  const std::string team_id = call.id("teamId");
  const std::string id = call.id("membershipId");
  const Membership& membership =
      find_membership(call, id, "team_invite_not_found", "The requested team invitation could not be found.");
  const Team& team = find_team(call, team_id);
  if (membership.team_id != team.id) {
    throw ServerError{404, "team_membership_mismatch", "The membership ID does not belong to the team ID."};
  }
  if (!may_change(call, team) && membership.user_id != call.caller.user_id) refuse_caller();
  std::erase_if(teams_of(call).memberships, [found = membership.id](const Membership& one) { return one.id == found; });
  return no_content();
}

}  // namespace

void add_team_routes(Router& router) {
  const RouteOptions read{.area = "teams", .scopes = {"teams.read"}};
  const RouteOptions write{.area = "teams", .scopes = {"teams.write"}};
  router.add("POST", "/teams", write, create_team);
  router.add("GET", "/teams", read, list_teams);
  router.add("GET", "/teams/:teamId", read, show_team);
  router.add("PUT", "/teams/:teamId", write, rename_team);
  router.add("DELETE", "/teams/:teamId", write, delete_team);
  router.add("POST", "/teams/:teamId/memberships", write, create_membership);
  router.add("GET", "/teams/:teamId/memberships", read, list_memberships);
  router.add("GET", "/teams/:teamId/memberships/:membershipId", read, show_membership);
  router.add("PATCH", "/teams/:teamId/memberships/:membershipId", write, update_membership);
  router.add("DELETE", "/teams/:teamId/memberships/:membershipId", write, delete_membership);
}

}  // namespace reel::emulator
