#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/diagnosis.hpp>

#include "support/catch.hpp"
#include "unit/appwrite/scripted.hpp"

namespace diagnosis_tests {

using namespace reel::appwrite;
using namespace std::chrono_literals;
using scripted::Line;

/// Responses to six requests for the version, of which the third is the slowest.
void script_version(Line& line) {
  line.transport->answers(200, R"({"version":"1.8.0"})");
  for (const auto time : {2ms, 1ms, 900ms, 3ms, 4ms})
    line.transport->steps.emplace_back([&line, time](const HttpRequest&) {
      line.clock->passed += time;
      return HttpResponse{200, {}, R"({"version":"1.8.0"})"};
    });
}

TEST_CASE("a diagnosis reports version, latency and scopes and changes nothing", "[appwrite]") {
  Line line;
  script_version(line);
  for (std::size_t i = 0; i < std::size(scope_probes); ++i) {
    if (scope_probes[i].scope == "documents.write")
      line.transport->refuses(401, "general_unauthorized_scope", {}, "missing scope (documents.write)");
    else if (i % 2 == 0)
      line.transport->refuses(404, "database_not_found");
    else
      line.transport->refuses(400, "general_argument_invalid");
  }
  const Diagnosis diagnosis = diagnose(line.client());
  CHECK(diagnosis.version == ServerVersion{1, 8, 0});
  CHECK(diagnosis.latency == 3ms);
  CHECK(diagnosis.has(Ability::transactions));
  CHECK_FALSE(diagnosis.has(Ability::operators));
  CHECK_FALSE(diagnosis.healthy());
  REQUIRE(diagnosis.scopes.size() == 10);
  for (const ScopeCheck& check : diagnosis.scopes) CHECK(check.granted == (check.scope != "documents.write"));
  CHECK(diagnosis.scopes[5].problem.find("add it to the key in the console") != std::string::npos);
  for (std::size_t i = 6; i < line.transport->requests.size(); ++i) {
    const HttpRequest& request = line.transport->requests[i];
    CHECK((request.method == Method::get || request.body == "{}"));
    CHECK(request.path.find('*') == std::string::npos);
  }
  CHECK(line.transport->requests[6].path == "/databases/video_metadata");
}

TEST_CASE("a server that accepts every request is not an Appwrite server", "[appwrite]") {
  Line line;
  script_version(line);
  for (std::size_t i = 0; i < std::size(scope_probes); ++i) line.transport->answers(200, "{}");
  const reel::Error error = scripted::error_from([&] { static_cast<void>(diagnose(line.client())); });
  CHECK(error.code() == reel::Errc::invalid);
  CHECK(error.reason().find("check APPWRITE_ENDPOINT") != std::string::npos);
}

TEST_CASE("a diagnosis stops at an invalid key", "[appwrite]") {
  Line line;
  script_version(line);
  line.transport->refuses(401, "user_unauthorized");
  CHECK(scripted::error_from([&] { static_cast<void>(diagnose(line.client())); }).code() == reel::Errc::unauthorized);
}

}  // namespace diagnosis_tests
