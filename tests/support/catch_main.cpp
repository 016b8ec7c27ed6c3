#define CATCH_CONFIG_RUNNER
#include "catch.hpp"

/// A test case without assertions cannot fail, so that it counts as a failure.
int main(int argc, char** argv) {
  Catch::Session session;
  session.configData().warnings = Catch::WarnAbout::NoAssertions;
  return session.run(argc, argv);
}
