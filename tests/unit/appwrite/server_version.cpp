#include <reel/backends/appwrite/server_version.hpp>

#include "support/catch.hpp"

namespace server_version_tests {

using namespace reel::appwrite;

TEST_CASE("a version has two or three numbers", "[appwrite]") {
  CHECK(ServerVersion::parse("1.8.1") == ServerVersion{1, 8, 1});
  CHECK(ServerVersion::parse("1.9") == ServerVersion{1, 9, 0});
  CHECK(ServerVersion::parse("1.10.0-rc.2") == ServerVersion{1, 10, 0});
  for (const char* none : {"", "1", "1.", "x.8.1", "1.8.1x", "1..2", "-1.8", "1.8.1.1"})
    CHECK_FALSE(ServerVersion::parse(none));
  CHECK(ServerVersion{1, 10, 0} > ServerVersion{1, 9, 6});
  CHECK(ServerVersion{1, 8, 0}.str() == "1.8.0");
}

TEST_CASE("every ability has a first version and stays available after it", "[appwrite]") {
  const auto from = [](Ability ability, ServerVersion first, ServerVersion before) {
    return has(first, ability) && !has(before, ability) && has({2, 0, 0}, ability);
  };
  CHECK(from(Ability::bulk_writes, {1, 7, 0}, {1, 6, 2}));
  CHECK(from(Ability::upsert, {1, 7, 4}, {1, 7, 3}));
  CHECK(from(Ability::increment, {1, 8, 0}, {1, 7, 4}));
  CHECK(from(Ability::tables_routes, {1, 8, 0}, {1, 7, 4}));
  CHECK(from(Ability::transactions, {1, 8, 0}, {1, 7, 4}));
  CHECK(from(Ability::sequence, {1, 8, 0}, {1, 7, 4}));
  CHECK(from(Ability::keeps_times, {1, 8, 0}, {1, 7, 4}));
  CHECK(from(Ability::negated_queries, {1, 8, 0}, {1, 7, 4}));
  CHECK(from(Ability::operators, {1, 8, 1}, {1, 8, 0}));
  CHECK(from(Ability::uncounted_lists, {1, 8, 1}, {1, 8, 0}));
  CHECK(from(Ability::inline_schema, {1, 9, 0}, {1, 8, 1}));
  CHECK(from(Ability::parallel_chunks, {1, 9, 5}, {1, 9, 0}));
  CHECK(to_string(static_cast<Ability>(ability_count - 1)) == "parallel chunks");
}

}  // namespace server_version_tests
