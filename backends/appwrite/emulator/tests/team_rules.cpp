#include <filesystem>

#include "people.hpp"
#include "support/catch.hpp"

namespace team_rules_tests {

using namespace reel::emulator;

TEST_CASE("a key creates a team and adds confirmed members") {
  People server;
  server.add_user("ada");
  const Json team = server.call("POST", "/teams", {{"teamId", "crew"}, {"name", "The crew"}});
  CHECK(team.at("$id") == "crew");
  CHECK(team.at("total") == 0);
  CHECK(server.outcome("POST", "/teams", {{"teamId", "CREW"}, {"name", "x"}}) == "409 team_already_exists");

  const Json member =
      server.call("POST", "/teams/crew/memberships", {{"userId", "ada"}, {"roles", {"editor", "owner"}}});
  CHECK(member.at("userId") == "ada");
  CHECK(member.at("userEmail") == "ada@example.com");
  CHECK(member.at("teamName") == "The crew");
  CHECK(member.at("confirm") == true);
  CHECK(member.at("roles") == Json{"editor", "owner"});
  CHECK(server.call("GET", "/teams/crew").at("total") == 1);
  CHECK(server.outcome("POST", "/teams/crew/memberships", {{"userId", "ada"}, {"roles", Json::array()}}) ==
        "409 membership_already_confirmed");
}

TEST_CASE("mistakes in requests for teams get the server's errors") {
  People server;
  server.add_user("ada");
  server.add_team("crew");
  server.add_team("desk");
  const std::string member = server.join("crew", "ada", {});
  CHECK(server.outcome("POST", "/teams", {{"teamId", "_x"}, {"name", "x"}}) == "400 general_argument_invalid");
  CHECK(server.outcome("GET", "/teams/none") == "404 team_not_found");
  CHECK(server.outcome("POST", "/teams/none/memberships", {{"userId", "ada"}, {"roles", Json::array()}}) ==
        "404 team_not_found");
  CHECK(server.outcome("POST", "/teams/crew/memberships", {{"userId", "eve"}, {"roles", Json::array()}}) ==
        "404 user_not_found");
  CHECK(server.outcome("POST", "/teams/crew/memberships", {{"userId", "ada"}}) == "400 general_argument_invalid");
  CHECK(server.outcome("POST", "/teams/crew/memberships", {{"roles", Json::array()}}) ==
        "400 general_argument_invalid");
  CHECK(server.outcome("POST", "/teams/crew/memberships", {{"userId", "ada"}, {"roles", {"a role"}}}) ==
        "400 general_argument_invalid");
  CHECK(server.outcome("PATCH", "/teams/crew/memberships/none", {{"roles", Json::array()}}) ==
        "404 membership_not_found");
  CHECK(server.outcome("DELETE", "/teams/crew/memberships/none") == "404 team_invite_not_found");
  CHECK(server.outcome("DELETE", "/teams/desk/memberships/" + member) == "404 team_membership_mismatch");
}

TEST_CASE("an invitation by e-mail address creates the user") {
  People server;
  server.add_team("crew");
  const Json member =
      server.call("POST", "/teams/crew/memberships", {{"email", "new@example.com"}, {"roles", Json::array()}});
  CHECK(server.call("GET", "/users/" + member.at("userId").get<std::string>()).at("email") == "new@example.com");
}

TEST_CASE("a member has the roles of the membership until it changes or ends") {
  People server;
  server.add("string", "s", {{"size", 20}});
  server.add("integer", "n");
  server.add_user("ada");
  server.add_team("crew");
  server.allow({}, true);
  const std::string member = server.join("crew", "ada", {"editor"});
  server.put("team", {"read(\"team:crew\")"});
  server.put("role", {"read(\"team:crew/editor\")"});
  server.put("member", {"read(\"member:" + member + "\")"});
  for (const char* id : {"team", "role", "member"}) {
    CHECK(server.as("ada", "GET", server.all + "/" + id) == "200");
    CHECK(server.as("", "GET", server.all + "/" + id) == "404 document_not_found");
  }
  server.call("PATCH", "/teams/crew/memberships/" + member, {{"roles", {"viewer"}}});
  CHECK(server.as("ada", "GET", server.all + "/role") == "404 document_not_found");
  CHECK(server.as("ada", "GET", server.all + "/team") == "200");
  server.call("DELETE", "/teams/crew/memberships/" + member);
  CHECK(server.as("ada", "GET", server.all + "/team") == "404 document_not_found");
  CHECK(server.as("ada", "GET", server.all + "/member") == "404 document_not_found");
}

TEST_CASE("removing a team or a user removes the memberships") {
  People server;
  server.add_user("ada");
  server.add_user("bob");
  server.add_team("crew");
  server.join("crew", "ada", {});
  server.join("crew", "bob", {});
  server.call("DELETE", "/users/bob");
  CHECK(server.call("GET", "/teams/crew/memberships").at("total") == 1);
  server.call("DELETE", "/teams/crew");
  CHECK(server.outcome("GET", "/teams/crew/memberships") == "404 team_not_found");
  server.add_team("crew");
  CHECK(server.call("GET", "/teams/crew").at("total") == 0);
}

TEST_CASE("a user sees their own teams and owns those they create") {
  People server;
  server.add_user("ada");
  server.add_user("bob");
  server.add_team("crew");
  const std::string member = server.join("crew", "bob", {"viewer"});
  CHECK(server.as("ada", "GET", "/teams/crew") == "404 team_not_found");
  CHECK(server.body_as("bob", "GET", "/teams").at("total") == 1);
  CHECK(server.as("bob", "PUT", "/teams/crew", {{"name", "x"}}) == "401 user_unauthorized");
  CHECK(server.as("bob", "DELETE", "/teams/crew") == "401 user_unauthorized");
  CHECK(server.as("bob", "PATCH", "/teams/crew/memberships/" + member, {{"roles", Json::array()}}) ==
        "401 user_unauthorized");
  CHECK(server.as("bob", "DELETE", "/teams/crew/memberships/" + member) == "204");
  CHECK(server.as("bob", "POST", "/teams", {{"teamId", "own"}, {"name", "x"}}) == "201");
  CHECK(server.as("bob", "PUT", "/teams/own", {{"name", "y"}}) == "200");
  CHECK(server.as("", "GET", "/teams") == "401 general_unauthorized_scope");
}

TEST_CASE("a snapshot keeps teams and memberships") {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "reel-emulator-teams";
  std::filesystem::remove_all(folder);
  const Config config{.keys = {{"all", "secret", {"*"}}}, .data = folder};
  const auto ask = [](App& app, const std::string& method, const std::string& path, const std::string& body = {}) {
    Request request{method, path, {}, {{"x-appwrite-project", "test"}, {"x-appwrite-key", "secret"}}};
    request.headers.emplace_back("content-type", "application/json");
    request.body = body;
    return Json::parse(app.handle(request).body);
  };
  {
    App app{config};
    ask(app, "POST", "/users", R"({"userId":"ada"})");
    ask(app, "POST", "/teams", R"({"teamId":"crew","name":"The crew"})");
    ask(app, "POST", "/teams/crew/memberships", R"({"userId":"ada","roles":["editor"]})");
    app.save();
  }
  App app{config};
  CHECK(ask(app, "GET", "/teams/crew").at("name") == "The crew");
  CHECK(ask(app, "GET", "/teams/crew/memberships").at("memberships").at(0).at("roles") == Json{"editor"});
  std::filesystem::remove_all(folder);
}

}  // namespace team_rules_tests
