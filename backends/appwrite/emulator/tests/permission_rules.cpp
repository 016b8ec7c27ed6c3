#include <emulator/access/permissions.hpp>

#include "support/catch.hpp"

namespace permission_rules_tests {

using namespace reel::emulator;

std::string problem(const std::string& permission) {
  return permissions_problem(Json::array({permission}), content_actions(), {1, 8, 1}).value_or("none");
}

TEST_CASE("invalid permissions get the server's messages") {
  CHECK(problem("read(\"any\")") == "none");
  CHECK(problem("update(\"user:a.b-c/verified\")") == "none");
  CHECK(problem("delete(\"team:a/owner\")") == "none");
  CHECK(problem("read(\"label:vip\")") == "none");
  CHECK(problem("create(\"any\")") ==
        "Permission \"create(\"any\")\" is not allowed. Must be one of: read, update, delete, write.");
  CHECK(problem("read(any)") == "Invalid permission string format: \"read(any)\".");
  CHECK(problem("reading(\"any\")") == "Invalid permission type: \"reading\".");
  CHECK(problem("read(\"user\")") == "Role \"user\" must have an ID value.");
  CHECK(problem("read(\"any:x\")") == "Role \"any\" can not have an ID value.");
  CHECK(problem("read(\"any/x\")") == "Role \"any\" can not have a dimension value.");
  CHECK(problem("read(\"users/\")") == "Dimension must not be empty");
  CHECK(problem("read(\"user:a/b/c\")") == "Only one dimension can be provided");
  CHECK(problem("read(\"users/new\")") ==
        "Role \"users\" dimension value is invalid. Must be one of: verified, unverified.");
  CHECK(problem("read(\"nobody\")") ==
        "Role \"nobody\" is not allowed. Must be one of: any, guests, users, user, team, member, label.");
  CHECK(problem("*") == "Wildcard permission \"*\" has been replaced. Use \"any\" instead.");
  CHECK(permissions_problem("read", content_actions(), {1, 8, 1}) == "Permissions must be an array of strings.");
  CHECK(permissions_problem(Json::array({1}), content_actions(), {1, 8, 1}) ==
        "Every permission must be of type string.");
  const Json many(101, "read(\"any\")");
  CHECK(permissions_problem(many, content_actions(), {1, 8, 1}) == "You can only provide up to 100 permissions.");
}

TEST_CASE("write expands to the allowed actions, and duplicates are removed") {
  const Json list{"write(\"users\")", "read(\"any\")", "update(\"users\")"};
  CHECK(expand_permissions(list, content_actions()) ==
        Permissions{"update(\"users\")", "delete(\"users\")", "read(\"any\")"});
  CHECK(expand_permissions(list, container_actions()) ==
        Permissions{"create(\"users\")", "update(\"users\")", "delete(\"users\")", "read(\"any\")"});
}

TEST_CASE("a permission grants one action to one role") {
  const Permissions granted{"read(\"user:a\")", "update(\"users\")"};
  CHECK(permits(granted, "read", {"any", "users", "user:a"}));
  CHECK_FALSE(permits(granted, "read", {"any", "users", "user:ab"}));
  CHECK_FALSE(permits(granted, "delete", {"user:a"}));
  CHECK(permits(granted, "update", {"users"}));
  CHECK(own_permissions("a") == Permissions{"read(\"user:a\")", "update(\"user:a\")", "delete(\"user:a\")"});
  CHECK(own_permissions("").empty());
}

TEST_CASE("the role in a team has up to 36 characters and from 1.9 on up to 81") {
  const auto problem_with = [](std::size_t length, Version version) {
    const std::string permission = "read(\"team:a/" + std::string(length, 'x') + "\")";
    return permissions_problem(Json::array({permission}), content_actions(), version).value_or("none");
  };
  CHECK(problem_with(36, {1, 8, 1}) == "none");
  CHECK(problem_with(37, {1, 8, 1})
            .starts_with("Role \"team\" dimension value is invalid: Parameter must contain at most 36 chars."));
  CHECK(problem_with(81, {1, 9, 0}) == "none");
  CHECK(problem_with(82, {1, 9, 0})
            .starts_with("Role \"team\" dimension value is invalid: Parameter must contain at most 81 chars."));
}

TEST_CASE("roles of a list are compared without case and its permissions must differ in more") {
  CHECK(permits_in_list({"read(\"team:A\")"}, "read", {"team:a"}));
  CHECK_FALSE(permits({"read(\"team:A\")"}, "read", {"team:a"}));
  CHECK_FALSE(permits_in_list({"read(\"team:A\")"}, "update", {"team:a"}));
  CHECK(collide({"read(\"label:a\")", "read(\"label:A\")"}));
  CHECK_FALSE(collide({"read(\"label:a\")", "update(\"label:A\")"}));
}

}  // namespace permission_rules_tests
