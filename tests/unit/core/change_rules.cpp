#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include <reel/driver/change_rules.hpp>

#include "support/catch.hpp"

namespace change_rules_tests {

using namespace reel;
using namespace std::chrono_literals;

const Timestamp noon = *parse_timestamp("2026-01-02T12:00:00Z");
const driver::Document stored{.id = "a",
                              .created_at = noon,
                              .updated_at = noon,
                              .permissions = {Permission::read(Role::any()), Permission::update(Role::user("u"))},
                              .values = {driver::Value{std::int64_t{1}}, driver::Value{}}};

TEST_CASE("a new document is later than the one that was removed under its id", "[change_rules]") {
  driver::Document made{.id = "a"};
  driver::set_times(made, noon, noon + 5ms);
  CHECK(made.created_at == noon + 6ms);
  CHECK(made.updated_at == noon + 6ms);
  driver::Document later{.id = "a"};
  driver::set_times(later, noon, noon - 1s);
  CHECK(later.created_at == noon);
  driver::Document given{.id = "a", .created_at = noon - 1h};
  driver::set_times(given, noon, latest_timestamp);
  CHECK(given.created_at == noon - 1h);
  CHECK(given.updated_at == noon);
}

TEST_CASE("a change is stale if the record is later than the caller has seen it", "[change_rules]") {
  CHECK_NOTHROW(driver::check_unchanged(stored, std::nullopt));
  CHECK_NOTHROW(driver::check_unchanged(stored, noon));
  CHECK_NOTHROW(driver::check_unchanged(stored, noon + 1ms));
  CHECK_THROWS_AS(driver::check_unchanged(stored, noon - 1ms), Error);
}

TEST_CASE("a store whose clock may go back refuses every other version", "[change_rules]") {
  const auto at = [](Timestamp time) { return driver::Change{.if_unchanged_since = time}; };
  CHECK_NOTHROW(driver::check_same_version(stored, {}));
  CHECK_NOTHROW(driver::check_same_version(stored, at(noon)));
  CHECK_THROWS_AS(driver::check_same_version(stored, at(noon + 1ms)), Error);
  CHECK_THROWS_AS(driver::check_same_version(stored, at(noon - 1ms)), Error);

  driver::Change change = at(noon - 1ms);  // does not count beside the record that was read
  change.as_read = std::make_shared<const driver::Document>(stored);
  CHECK_NOTHROW(driver::check_same_version(stored, change));
  for (const auto& alter :
       {+[](driver::Document& d) { ++d.revision; }, +[](driver::Document& d) { ++d.sequence; },
        +[](driver::Document& d) { d.updated_at += 1ms; }, +[](driver::Document& d) { d.updated_at -= 1ms; }}) {
    driver::Document other = stored;
    alter(other);
    CHECK_THROWS_AS(driver::check_same_version(other, change), Error);
  }
}

TEST_CASE("permissions are compared as a set", "[change_rules]") {
  const Permission any = Permission::read(Role::any()), user = Permission::update(Role::user("u"));
  CHECK(driver::same_permissions({any, user}, {user, any}));
  CHECK(driver::same_permissions({any, user, any}, {user, any}));
  CHECK(driver::same_permissions({}, {}));
  CHECK_FALSE(driver::same_permissions({any}, {user}));
  CHECK_FALSE(driver::same_permissions({any}, {any, user}));
  CHECK_FALSE(driver::same_permissions({any, any}, {any, user}));
}

TEST_CASE("the permissions of collections are compared as a set, with item security", "[change_rules]") {
  const auto read = Permission::read(Role::any());
  const auto create = Permission::create(Role::users());
  const AccessRules rules{.permissions = {read, create}};
  CHECK(driver::same_access(rules, {.permissions = {create, read, create}}));
  CHECK_FALSE(driver::same_access(rules, {.permissions = {read}}));
  CHECK_FALSE(driver::same_access(rules, {.permissions = {read, create}, .item_security = false}));
}

TEST_CASE("storing an equal value is not a change", "[change_rules]") {
  const driver::Change same{.values = {{0, driver::Value{std::int64_t{1}}}, {1, driver::Value{}}},
                            .permissions = std::vector{stored.permissions[1], stored.permissions[0]},
                            .if_unchanged_since = noon,
                            .created_at = noon,
                            .updated_at = noon};
  CHECK(driver::changes_nothing(stored, same));
  CHECK(driver::changes_nothing(stored, driver::difference(stored, same)));
  CHECK(driver::difference(stored, same).if_unchanged_since == noon);
  const std::vector<driver::Change> others{{.values = {{1, driver::Value{std::int64_t{1}}}}},
                                           {.permissions = std::vector<Permission>{}},
                                           {.created_at = noon + 1ms},
                                           {.updated_at = noon - 1ms}};
  for (const driver::Change& other : others) {
    CHECK_FALSE(driver::changes_nothing(stored, other));
    CHECK_FALSE(driver::changes_nothing(stored, driver::difference(stored, other)));
  }
}

TEST_CASE("a change advances updated_at unless it sets it", "[change_rules]") {
  const driver::Change change{.values = {{0, driver::Value{std::int64_t{2}}}}};
  CHECK(driver::changed(stored, change, noon - 1h).updated_at == noon + 1ms);
  CHECK(driver::changed(stored, change, noon + 1h).updated_at == noon + 1h);
  CHECK(driver::changed(stored, {.updated_at = noon - 1h}, noon).updated_at == noon - 1h);
  const driver::Document after = driver::changed(stored, change, noon);
  CHECK(after.values == std::vector{driver::Value{std::int64_t{2}}, driver::Value{}});
  CHECK(after.permissions == stored.permissions);
  CHECK(after.created_at == noon);
}

TEST_CASE("a null is exempt from a unique index", "[change_rules]") {
  CHECK(driver::is_exempt({.name = "both", .parts = {{.attribute = 0}, {.attribute = 1}}}, stored));
  CHECK_FALSE(driver::is_exempt({.name = "one", .parts = {{.attribute = 0}}}, stored));
}

TEST_CASE("each refusal names the cause", "[change_rules]") {
  CHECK(driver::id_taken("blob").reason() == "a blob with this id already exists");
  CHECK(driver::id_taken("blob", "rename it").reason() == "a blob with this id already exists; rename it");
  CHECK(driver::unique_violation("by_title").reason() ==
        "another record has the same values in the unique index 'by_title'");
  CHECK(driver::unique_violation(std::nullopt).reason() == "another record has the same values in a unique index");
  CHECK(driver::cannot_make_unique("tracks", "by_title", "a").code() == Errc::conflict);
}

}  // namespace change_rules_tests
