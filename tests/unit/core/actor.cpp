#include <reel/actor.hpp>

#include <cstdint>
#include <regex>
#include <string>
#include <vector>

#include <reel/as.hpp>
#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace actor_tests {

using reel::AccessRules;
using reel::Actor;
using reel::Errc;
using reel::Error;
using reel::Grant;
using reel::Membership;
using reel::Permission;
using reel::Role;
using reel::testing::error_from;
using reel::testing::TemporaryFolder;

using Roles = std::vector<std::string>;

struct Note {
  std::string text;
};
struct Draft {
  std::string text;
};

}  // namespace actor_tests

template <>
struct reel::Schema<actor_tests::Note> {
  using Note = actor_tests::Note;
  static constexpr auto collection =
      reel::collection("notes", "Notes", reel::permissions(Grant::read("any"), Grant::create("team:crew/editor")),
                       reel::attribute("text", &Note::text, reel::max_length(100)), reel::document_security(false));
};
template <>
struct reel::Schema<actor_tests::Draft> {
  using Draft = actor_tests::Draft;
  static constexpr auto collection =
      reel::collection("drafts", "Drafts", reel::attribute("text", &Draft::text, reel::max_length(100)));
};

namespace actor_tests {

TEST_CASE("an actor has the roles of a session", "[actor]") {
  CHECK(Actor::guest().roles() == Roles{"any", "guests"});
  CHECK(Actor::user("ada").roles() == Roles{"any", "users", "user:ada", "user:ada/unverified", "users/unverified"});
  const Actor ada = Actor::user(
      "ada", {.verified = true, .teams = {"crew/editor", Membership("owners", {"a", "b"}, "m1")}, .labels = {"gold"}});
  CHECK(ada.roles() == Roles{"any", "users", "user:ada", "user:ada/verified", "users/verified", "team:crew",
                             "team:crew/editor", "team:owners", "member:m1", "team:owners/a", "team:owners/b",
                             "label:gold"});
  CHECK(ada.str() == "user:ada");
  CHECK(ada.user_id() == "ada");
  CHECK(Actor::guest().user_id().empty());
}

TEST_CASE("an actor is parsed from a string", "[actor]") {
  CHECK(Actor::parse("guest").roles() == Actor::guest().roles());
  CHECK(Actor::parse("user:ada").roles() == Actor::user("ada").roles());
  CHECK(Actor::parse("user:ada,team:crew/editor,verified,label:gold").roles() ==
        Actor::user("ada", {.verified = true, .teams = {"crew/editor"}, .labels = {"gold"}}).roles());
  for (const char* text :
       {"", "ada", "user:", "user:ada,", ",user:ada", "team:crew", "user:ada,user:bob", "guest,verified",
        "user:ada,team:", "user:ada,label:not-a-label", "user:ada/verified", "user:a b", "user:ada,,verified"}) {
    INFO("'" << text << "'");
    CHECK(error_from([&] { static_cast<void>(Actor::parse(text)); }).code() == Errc::invalid);
  }
}

TEST_CASE("an actor is made from the role of one actor", "[actor]") {
  CHECK(Actor(Role::user("ada")).roles() == Actor::user("ada").roles());
  CHECK(Actor(Role{"user:ada/verified"}).roles() == Actor::user("ada", {.verified = true}).roles());
  CHECK(Actor(Role::guests()).roles() == Actor::guest().roles());
  for (const Role& role : {Role::any(), Role::users(), Role::team("crew"), Role::label("gold"), Role{"user:"}}) {
    INFO(role.str());
    CHECK(error_from([&] { static_cast<void>(Actor(role)); }).code() == Errc::invalid);
  }
}

TEST_CASE("a schema has the permissions of its collection", "[actor]") {
  CHECK(reel::schema_of<Note>().access ==
        AccessRules{.permissions = {Permission::read(Role::any()), Permission::create(Role::team("crew", "editor"))},
                    .item_security = false});
  CHECK(!reel::schema_of<Draft>().access.has_value());
}

TEST_CASE("a role is valid exactly if the form of the server allows it", "[actor][fuzz]") {
  const std::string id = "(?!0$|0/)[A-Za-z0-9][A-Za-z0-9._-]{0,35}";
  const std::regex form("any|guests|users(/(un)?verified)?|user:" + id + "(/(un)?verified)?|team:" + id +
                        "(/[A-Za-z0-9][A-Za-z0-9._-]{0,35})?|member:" + id + "|label:(?!0$)[A-Za-z0-9]{1,36}");
  const std::vector<std::string> pieces{"any",
                                        "guests",
                                        "users",
                                        "user",
                                        "team",
                                        "member",
                                        "label",
                                        ":",
                                        "/",
                                        "0",
                                        "verified",
                                        "unverified",
                                        "a",
                                        "A-b.c_d",
                                        "-",
                                        "\"",
                                        " ",
                                        "\xc3\xa4",
                                        std::string(36, 'x'),
                                        std::string(37, 'x'),
                                        "\n",
                                        "(",
                                        ")",
                                        "users/verified",
                                        std::string(1, '\0')};
  std::uint64_t chance = 1;
  int valid = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string role;
    chance = reel::driver::mixed(chance + 0x9E3779B97F4A7C15U);
    for (std::uint64_t n = chance % 5, k = 0; k <= n; ++k) {
      chance = reel::driver::mixed(chance + 0x9E3779B97F4A7C15U);
      role += pieces[chance % pieces.size()];
    }
    const bool expected = std::regex_match(role, form);
    valid += expected ? 1 : 0;
    if (Permission::is_valid_role(role) != expected) {
      INFO("'" << role << "'");
      CHECK(Permission::is_valid_role(role) == expected);
    }
    for (const char* action : {"read", "update", "delete", "create", "write", "Read", ""}) {
      const std::string text = std::string(action) + "(\"" + role + "\")";
      const auto parsed = Permission::parse(text);
      if (parsed && parsed->str() != text) FAIL("'" << text << "' was read as '" << parsed->str() << "'");
      const bool is_action = std::string("read update delete create").find(action) != std::string::npos && *action != 0;
      if (expected && is_action && !parsed) FAIL("'" << text << "' was not read");
    }
  }
  CHECK(valid > 500);
}

TEST_CASE("a setup that is refused keeps the permissions of the collection", "[actor]") {
  reel::Memory store;
  const auto drafts = reel::records<Draft>(store);
  drafts.setup();
  drafts.create({.text = "a"});
  reel::driver::CollectionSchema schema = reel::schema_of<Draft>();
  schema.attributes.push_back({.name = "pages", .kind = reel::driver::AttributeType::integer});
  schema.access = AccessRules{.permissions = {Permission::read(Role::any())}};
  CHECK(error_from([&] { store.ensure(schema); }).code() == Errc::conflict);
  CHECK(store.access(schema)->permissions.empty());
}

TEST_CASE("permissions that a record or a collection cannot have are refused", "[actor]") {
  reel::Memory store;
  const auto drafts = reel::records<Draft>(store);
  drafts.setup();
  const Error on_record =
      error_from([&] { drafts.create({.text = "a"}, {.permissions = {Permission::create(Role::any())}}); });
  CHECK(on_record.code() == Errc::invalid);
  const reel::Bucket bucket{.id = "b", .access = AccessRules{.permissions = {Permission::read(Role{"everyone"})}}};
  const Error on_bucket = error_from([&] { reel::BlobStore(store, bucket).setup(); });
  CHECK(on_bucket.code() == Errc::invalid);
  CHECK(on_bucket.reason().find("'everyone' is not a valid role") != std::string::npos);
}

TEST_CASE("the URL of a blob that may not be read is not found", "[actor]") {
  const TemporaryFolder folder;
  reel::Filesystem store(folder.path());
  const reel::Bucket bucket{.id = "b", .access = AccessRules{}};
  const reel::BlobStore blobs(store, bucket);
  blobs.setup();
  blobs.put(reel::BlobId{"a"}, reel::from_bytes("x"), {.permissions = {Permission::read(Role::user("ada"))}});
  auto ada = reel::as(store, Actor::user("ada")), bob = reel::as(store, Actor::user("bob"));
  CHECK(reel::BlobStore(ada, bucket).url(reel::BlobId{"a"}) == blobs.url(reel::BlobId{"a"}));
  CHECK(error_from([&] { static_cast<void>(reel::BlobStore(bob, bucket).url(reel::BlobId{"a"})); }).code() ==
        Errc::not_found);
}

}  // namespace actor_tests
