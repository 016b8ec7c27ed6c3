#include <reel/migration/remedies.hpp>

#include <string>

#include "support/catch.hpp"

namespace migration_remedies_tests {

using reel::Errc;
using reel::PlanSubject;

TEST_CASE("every failure and finding of a migration has a remedy", "[migrate]") {
  for (int code = 0; code <= static_cast<int>(Errc::internal); ++code) {
    CHECK_FALSE(reel::remedy_of(static_cast<Errc>(code)).empty());
    for (const char* operation : {"setup", "list", "validate", "reference", "find", "compare", "create", "overwrite",
                                  "backup", "verify", "permissions", "columns", "write", "read", "space", "another"})
      CHECK_FALSE(reel::remedy_of(static_cast<Errc>(code), operation).empty());
  }
  for (int subject = 0; subject <= static_cast<int>(PlanSubject::permission); ++subject) {
    CHECK_FALSE(reel::remedy_of(static_cast<PlanSubject>(subject)).empty());
    CHECK_FALSE(to_string(static_cast<PlanSubject>(subject)).empty());
  }
}

TEST_CASE("a remedy depends on the step where that is more specific than the code", "[migrate]") {
  using reel::remedy_of;
  CHECK(remedy_of(Errc::already_exists, "compare") != remedy_of(Errc::already_exists, "create"));
  CHECK(remedy_of(Errc::already_exists, "backup") == "use an empty store for the backup and migrate again");
  CHECK(remedy_of(Errc::corrupt, "find") != remedy_of(Errc::corrupt, "read"));  // of the target, not of the source
  CHECK(remedy_of(Errc::invalid, "reference") != remedy_of(Errc::invalid, "validate"));
}

}  // namespace migration_remedies_tests
