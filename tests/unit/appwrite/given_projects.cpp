#include "support/given_projects.hpp"

#include <memory>
#include <string>

#include "support/catch.hpp"
#include "support/error_from.hpp"

namespace given_projects_tests {

using reel::testing::error_from;

reel::AppwriteConfig project(const std::string& id) {
  reel::AppwriteConfig config;
  config.endpoint = "http://localhost/v1";
  config.project = id;
  config.key = reel::ApiKey("secret of " + id);
  return config;
}

TEST_CASE("stores that are open at the same time are given different projects", "[appwrite]") {
  const GivenProjects projects({project("films"), project("copies")});
  const auto source = projects.lend();
  const auto target = projects.lend();
  CHECK(source->project == "films");
  CHECK(target->project == "copies");
}

TEST_CASE("a returned project is given to the next store", "[appwrite]") {
  const GivenProjects projects({project("films"), project("copies")});
  for (int i = 0; i < 3; ++i) CHECK(projects.lend()->project == "films");
}

TEST_CASE("a store that would share the buckets of an open one is refused with a remedy", "[appwrite]") {
  const GivenProjects projects({project("films")});
  const auto only = projects.lend();
  const reel::Error error = error_from([&] { static_cast<void>(projects.lend()); });
  CHECK(error.code() == reel::Errc::invalid);
  CHECK(std::string(error.what()).find("REEL_APPWRITE_SECOND_PROJECT_ID") != std::string::npos);
}

TEST_CASE("a project in use outlives its pool", "[appwrite]") {
  const auto lent = GivenProjects({project("films")}).lend();
  CHECK(lent->project == "films");
}

}  // namespace given_projects_tests
