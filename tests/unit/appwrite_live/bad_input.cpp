#include <emulator/emulator.hpp>
#include <reel/backends/appwrite/diagnosis.hpp>

#include "support/catch.hpp"
#include "unit/appwrite_live/line.hpp"

namespace bad_input_tests {

using namespace reel::appwrite;
using reel::Errc;

/// A server with a project `films`, whose key `limited` may only read documents.
struct Films {
  Films() {
    server.app().add_project("films", {{"all", "standard_5ec2e7", {"*"}}, {"limited", "limited", {"documents.read"}}});
    server.start();
  }
  [[nodiscard]] reel::AppwriteConfig config() const { return live::config(server.url()); }
  reel::emulator::Emulator server{{.project = "none"}};
};

reel::Error error_of(const reel::AppwriteConfig& config) {
  try {
    live::client(config).call({.request = {.path = "/databases"}});
  } catch (const reel::Error& error) {
    CHECK(std::string(error.what()).find("5ec2e7") == std::string::npos);
    return error;
  }
  throw std::logic_error("no error was thrown");
}

bool reason_contains(const reel::Error& error, std::string_view text) {
  return error.reason().find(text) != std::string::npos;
}

TEST_CASE("a wrong project, key, scope or endpoint is reported with the server's reason", "[appwrite]") {
  const Films films;
  reel::AppwriteConfig config = films.config();
  CHECK(live::client(config).call({.request = {.path = "/databases"}}).response.ok());

  config.project = "cinema";
  CHECK(error_of(config).code() == Errc::unauthorized);
  CHECK(reason_contains(error_of(config), "has no project 'cinema': check APPWRITE_PROJECT_ID"));

  config = films.config();
  config.key = reel::ApiKey("standard_wrong");
  CHECK(error_of(config).code() == Errc::unauthorized);
  CHECK(reason_contains(error_of(config), "does not accept the API key for project 'films'"));
  config.key = reel::ApiKey("limited");
  CHECK(error_of(config).code() == Errc::forbidden);
  CHECK(reason_contains(error_of(config), "databases.read"));
  config.key = reel::ApiKey();
  CHECK(error_of(config).code() == Errc::forbidden);
  CHECK(reason_contains(error_of(config), "set APPWRITE_API_KEY"));

  config = films.config();
  config.endpoint.replace(config.endpoint.find("/v1"), 3, "/api/v1");

  CHECK((error_of(config).code() == Errc::unsupported || error_of(config).code() == Errc::invalid));
  CHECK(reason_contains(error_of(config), "check that the endpoint"));
}

TEST_CASE("a diagnosis reports the scopes of a full and of a restricted key", "[appwrite]") {
  const Films films;
  const Diagnosis all = diagnose(live::client(films.config()));
  CHECK(all.version == ServerVersion{1, 8, 1});
  CHECK(all.healthy());
  CHECK(all.latency.count() > 0);

  reel::AppwriteConfig config = films.config();
  config.key = reel::ApiKey("limited");
  const Diagnosis little = diagnose(live::client(config));
  CHECK_FALSE(little.healthy());
  for (const ScopeCheck& check : little.scopes) {
    CAPTURE(check.scope, check.problem);
    CHECK(check.granted == (check.scope == "documents.read"));
  }
}

}  // namespace bad_input_tests
