#include <reel/detail/migration_remedies.hpp>

#include <string>

#include "support/catch.hpp"

namespace migration_remedies_tests {

using reel::Errc;
using reel::PlanSubject;

TEST_CASE("every failure and finding of a migration has a remedy", "[migrate]") {
  for (int code = 0; code <= static_cast<int>(Errc::internal); ++code) {
    CHECK_FALSE(reel::detail::remedy_of(static_cast<Errc>(code)).empty());
    for (const char* operation : {"setup", "list", "validate", "reference", "find", "compare", "create", "overwrite",
                                  "verify", "permissions", "columns", "write", "read", "space", "another"})
      CHECK_FALSE(reel::detail::remedy_of(static_cast<Errc>(code), operation).empty());
  }
  for (int subject = 0; subject <= static_cast<int>(PlanSubject::permission); ++subject) {
    CHECK_FALSE(reel::detail::remedy_of(static_cast<PlanSubject>(subject)).empty());
    CHECK_FALSE(to_string(static_cast<PlanSubject>(subject)).empty());
  }
}

TEST_CASE("a remedy depends on the step where that says more than the code", "[migrate]") {
  using reel::detail::remedy_of;
  CHECK(remedy_of(Errc::already_exists, "compare") != remedy_of(Errc::already_exists, "create"));
  CHECK(remedy_of(Errc::invalid, "reference") != remedy_of(Errc::invalid, "validate"));
}

TEST_CASE("a failure of a plan is a finding on its subject", "[migrate]") {
  using reel::detail::subject_of;
  CHECK(subject_of(Errc::invalid, "validate") == PlanSubject::value);
  CHECK(subject_of(Errc::invalid, "reference") == PlanSubject::reference);
  CHECK(subject_of(Errc::already_exists, "compare") == PlanSubject::conflict);
  CHECK(subject_of(Errc::too_large, "create") == PlanSubject::limit);
  CHECK(subject_of(Errc::conflict, "columns") == PlanSubject::column);
  CHECK(subject_of(Errc::forbidden, "write") == PlanSubject::permission);
  CHECK(subject_of(Errc::unsupported, "setup") == PlanSubject::setup);
}

}  // namespace migration_remedies_tests
