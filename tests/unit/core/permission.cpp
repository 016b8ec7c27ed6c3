#include <reel/permission.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"

namespace permission_tests {

using reel::Permission;
using reel::Role;

TEST_CASE("roles are written in the form of the server", "[permission]") {
  CHECK(Role::any().str() == "any");
  CHECK(Role::guests().str() == "guests");
  CHECK(Role::users().str() == "users");
  CHECK(Role::user("ann").str() == "user:ann");
  CHECK(Role::team("red").str() == "team:red");
  CHECK(Role::team("red", "owner").str() == "team:red/owner");
  CHECK(Role::member("m1").str() == "member:m1");
  CHECK(Role::label("vip").str() == "label:vip");
}

TEST_CASE("a permission is parsed from its written form", "[permission]") {
  for (const Role& role : {Role::any(), Role::guests(), Role::users(), Role{"users/verified"}, Role::user("a.b-c_1"),
                           Role::user("ann/unverified"), Role::team("red"), Role::team("red", "owner"),
                           Role::member("m"), Role::label("vip")}) {
    for (const Permission& permission :
         {Permission::read(role), Permission::update(role), Permission::remove(role), Permission::create(role)}) {
      INFO(permission.str());
      CHECK(Permission::parse(permission.str()) == permission);
    }
  }
  CHECK(Permission::read(Role::any()).str() == "read(\"any\")");
  CHECK(Permission::update(Role::user("a")).str() == "update(\"user:a\")");
  CHECK(Permission::remove(Role::team("t", "r")).str() == "delete(\"team:t/r\")");
}

TEST_CASE("an invalid permission is not parsed", "[permission]") {
  for (const char* text : {"",
                           "read",
                           "read()",
                           "read(\"\")",
                           "read(any)",
                           "read('any')",
                           "write(\"any\")",
                           "Read(\"any\")",
                           "read(\"any\") ",
                           " read(\"any\")",
                           "read(\"any\"",
                           "read(\"everybody\")",
                           "read(\"user\")",
                           "read(\"user:\")",
                           "read(\"label:\")",
                           "read(\":x\")",
                           "read(\"group:x\")",
                           "read(\"users/other\")",
                           "read(\"user:a\"b\")",
                           "read(\"any\")read(\"any\")",
                           "remove(\"any\")"}) {
    INFO("'" << text << "'");
    CHECK_FALSE(Permission::parse(text));
  }
}

TEST_CASE("write permission includes update and delete", "[permission]") {
  CHECK(reel::write_permissions(Role::any()) ==
        std::vector<Permission>{Permission::update(Role::any()), Permission::remove(Role::any())});
}

}  // namespace permission_tests
